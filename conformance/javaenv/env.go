package javaenv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Module names one compiled Maven module: its own classes and the jars it runs with.
type Module string

const (
	Client533 Module = "client-5.3.3" // rocketmq-client 5.3.3 and our client programs
	Client514 Module = "client-5.1.4" // the same programs on rocketmq-client 5.1.4,
	Client494 Module = "client-4.9.4" // 4.9.4,
	Client471 Module = "client-4.7.1" // 4.7.1
	Client432 Module = "client-4.3.2" // and 4.3.2
	Server533 Module = "server-5.3.3" // broker, name server, mqadmin and StoreDump
)

const modulePath = "github.com/gannetmq/gannet"

// Env is the compiled Java side. It is immutable and safe for concurrent use.
type Env struct {
	dir  string // MODULE/{classes,lib} of this state of the sources
	java string // the JVM
}

// Open compiles the Java sources and fetches the jars unless the cache already holds them for this state of the sources.
// Processes that come at the same time wait for the first one. The first build on a machine needs Maven Central.
func Open(ctx context.Context) (*Env, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	java, err := tool("java")
	if err != nil {
		return nil, err
	}
	dir, err := compiled(ctx, root)
	if err != nil {
		return nil, err
	}
	return &Env{dir: dir, java: java}, nil
}

// classPath lists the module's classes before its jars.
func (e *Env) classPath(m Module) string {
	dir := filepath.Join(e.dir, string(m))
	return filepath.Join(dir, "classes") + string(os.PathListSeparator) + filepath.Join(dir, "lib", "*")
}

// moduleRoot walks up from the working directory, where go test runs a package's tests.
func moduleRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("javaenv: working directory: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(mod, []byte("module "+modulePath+"\n")) {
			return dir, nil
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("javaenv: looking for the module root: %w", err)
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("javaenv: no go.mod of %s in %s or above: run inside the repository", modulePath, start)
		}
	}
}

// tool finds a program of the JDK or Maven: JAVA_HOME first, as Maven does, then PATH.
func tool(name string) (string, error) {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		path := filepath.Join(home, "bin", name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("javaenv: %q is needed and not found: install a JDK 17 or newer and Maven 3.8 or newer "+
			"(Debian: apt-get install openjdk-17-jdk-headless maven), or leave out -tags conformance: %w", name, err)
	}
	return path, nil
}
