package javaenv

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// tools puts a directory with only these shell scripts on PATH, and an empty cache behind os.UserCacheDir.
func tools(t *testing.T, scripts map[string]string) (cache string) {
	t.Helper()
	bin, home := t.TempDir(), t.TempDir()
	for name, text := range scripts {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	t.Setenv("JAVA_HOME", "")
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, ".cache"))
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(user, "gannet-conformance")
}

// fakeMaven makes the directory of -Dgannet.out and writes a line for each run beside the script.
const fakeMaven = `echo run >> "$0.runs"
for a in "$@"; do
  case "$a" in -Dgannet.out=*) PATH=/bin:/usr/bin mkdir -p "${a#-Dgannet.out=}/client-5.3.3/classes" ;; esac
done
`

func TestMissingTools(t *testing.T) {
	t.Run("java", func(t *testing.T) {
		tools(t, nil)
		wantCure(t, `"java"`)
	})
	t.Run("mvn", func(t *testing.T) {
		tools(t, map[string]string{"java": ""})
		wantCure(t, `"mvn"`)
	})
}

func wantCure(t *testing.T, tool string) {
	t.Helper()
	_, err := Open(t.Context())
	if err == nil || !strings.Contains(err.Error(), tool) || !strings.Contains(err.Error(), "install a JDK 17") {
		t.Errorf("without %s: %v, want an error that names it and the cure", tool, err)
	}
}

// TestBuildOnce lets many ask at the same time: one build, one result, nothing half made.
func TestBuildOnce(t *testing.T) {
	cache := tools(t, map[string]string{"java": "", "mvn": fakeMaven})
	var wg sync.WaitGroup
	envs, errs := make([]*Env, 8), make([]error, 8)
	for i := range envs {
		wg.Go(func() { envs[i], errs[i] = Open(t.Context()) })
	}
	wg.Wait()
	for i := range envs {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		if envs[i].dir != envs[0].dir || filepath.Dir(envs[i].dir) != cache {
			t.Errorf("directories %s and %s, want the same below %s", envs[i].dir, envs[0].dir, cache)
		}
	}
	runs, err := os.ReadFile(filepath.Join(os.Getenv("PATH"), "mvn.runs"))
	if err != nil || string(runs) != "run\n" {
		t.Errorf("mvn ran %q (%v), want once", runs, err)
	}
	want := filepath.Join(envs[0].dir, "client-5.3.3", "classes") + ":" + filepath.Join(envs[0].dir, "client-5.3.3", "lib", "*")
	if got := envs[0].classPath(Client533); got != want {
		t.Errorf("class path: got %s, want %s", got, want)
	}
}

// TestFailedBuild wants Maven's own text, nothing in the cache that looks like a build, and success after the repair.
func TestFailedBuild(t *testing.T) {
	cache := tools(t, map[string]string{"java": "", "mvn": fakeMaven + "echo Could not resolve X; exit 1\n"})
	if _, err := Open(t.Context()); err == nil || !strings.Contains(err.Error(), "Could not resolve X") {
		t.Errorf("failed build: %v, want an error with Maven's output", err)
	}
	left, err := filepath.Glob(filepath.Join(cache, "*"))
	if err != nil || len(left) != 2 { // lock and part
		t.Errorf("cache after a failed build: %v (%v), want lock and part", left, err)
	}
	mvn := filepath.Join(os.Getenv("PATH"), "mvn")
	if err := os.WriteFile(mvn, []byte("#!/bin/sh\n"+fakeMaven), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context()); err != nil {
		t.Errorf("after the repair: %v, want none", err)
	}
}

func TestPrune(t *testing.T) {
	cache := t.TempDir()
	now := time.Now()
	for name, age := range map[string]time.Duration{"old": 3 * time.Hour, "used": time.Minute} {
		dir := filepath.Join(cache, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(cache, "lock"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := prune(cache, now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"old": false, "used": true, "lock": true} {
		if got := exists(filepath.Join(cache, name)); got != want {
			t.Errorf("%s exists: got %v, want %v", name, got, want)
		}
	}
}

func TestLockFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lockFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := lockFile(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("second holder: %v, want DeadlineExceeded", err)
	}
	unlock()
	unlock, err = lockFile(t.Context(), path)
	if err != nil {
		t.Fatalf("after unlock: %v, want the lock", err)
	}
	unlock()
}

// TestFreePort wants the whole triple free, so a listener on any of its ports excludes it.
func TestFreePort(t *testing.T) {
	port, err := freePort(brokerOffsets)
	if err != nil {
		t.Fatal(err)
	}
	for _, off := range brokerOffsets {
		l, err := net.Listen("tcp", loopback(port+off))
		if err != nil {
			t.Fatal(err)
		}
		if err := canListen(port, brokerOffsets); err == nil {
			t.Errorf("port %d counts as free while %d is taken", port, port+off)
		}
		l.Close()
	}
}

func TestReadAnswer(t *testing.T) {
	frame := func(total, header uint32, text string) []byte {
		b := binary.BigEndian.AppendUint32(nil, total)
		return append(binary.BigEndian.AppendUint32(b, header), text...)
	}
	whole := func(header, body string) []byte {
		return frame(uint32(4+len(header)+len(body)), uint32(len(header)), header+body)
	}
	body, err := readAnswer(bytes.NewReader(whole(`{"code":0,"opaque":1}`, "body")))
	if err != nil || string(body) != "body" {
		t.Errorf("good answer: %q, %v; want body", body, err)
	}
	for name, bad := range map[string][]byte{
		"empty":                   nil,
		"short":                   frame(100, 20, "{}"),
		"header behind the frame": frame(6, 20, "{}"),
		"negative length":         frame(0, 0, ""),
		"huge":                    frame(1<<31, 2, "{}"),
		"not JSON":                whole("code=0", ""),
		"no code":                 whole("{}", ""),
		"refused":                 whole(`{"code":1,"remark":"no"}`, ""),
	} {
		if body, err := readAnswer(bytes.NewReader(bad)); err == nil {
			t.Errorf("%s: %q without error, want one", name, body)
		}
	}
}

// TestAwait wants the last answer in the error when nothing serves, and the end of the wait with its context.
func TestAwait(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	port, err := freePort([]int{0})
	if err != nil {
		t.Fatal(err)
	}
	err = AwaitNamesrv(ctx, loopback(port))
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), fmt.Sprint(port)) {
		t.Errorf("nobody listens: %v, want DeadlineExceeded and the address", err)
	}
}

func TestModuleRoot(t *testing.T) {
	root, err := moduleRoot()
	if err != nil || !exists(filepath.Join(root, "conformance", "javaenv", "build_test.go")) {
		t.Errorf("root: %s, %v; want the directory of go.mod", root, err)
	}
	t.Chdir(t.TempDir())
	if root, err := moduleRoot(); err == nil {
		t.Errorf("outside the repository: %s, want an error", root)
	}
}
