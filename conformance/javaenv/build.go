package javaenv

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

const (
	buildLimit = 10 * time.Minute    // jars over a slow line included
	cacheAge   = 14 * 24 * time.Hour // builds of sources not used for so long are removed
)

// compiled answers the directory with the build of the present sources, making it when it is missing. A build appears
// under its final name by one rename, so a directory that exists is complete.
func compiled(ctx context.Context, root string) (string, error) {
	sum, err := sourceSum(root)
	if err != nil {
		return "", err
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("javaenv: no cache directory, set HOME or XDG_CACHE_HOME: %w", err)
	}
	cache := filepath.Join(user, "gannet-conformance")
	dir := filepath.Join(cache, sum)
	if exists(dir) {
		return dir, touch(dir)
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("javaenv: %w", err)
	}
	unlock, err := lockFile(ctx, filepath.Join(cache, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if exists(dir) { // built by another process while this one waited
		return dir, nil
	}
	if err := prune(cache, time.Now().Add(-cacheAge)); err != nil {
		return "", err
	}
	part := filepath.Join(cache, "part") // of a build that was cut off: nobody else has the lock
	if err := os.RemoveAll(part); err != nil {
		return "", fmt.Errorf("javaenv: %w", err)
	}
	if err := maven(ctx, filepath.Join(root, "conformance", "javaclient"), part); err != nil {
		return "", err
	}
	if err := os.Rename(part, dir); err != nil {
		return "", fmt.Errorf("javaenv: %w", err)
	}
	return dir, nil
}

// maven compiles all modules and copies their jars into out; the source tree stays untouched.
func maven(ctx context.Context, project, out string) error {
	mvn, err := tool("mvn")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, buildLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, mvn, "-q", "-B", "--strict-checksums", "-Dstyle.color=never", "-Dgannet.out="+out, "compile")
	cmd.Dir = project
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	err = cmd.Run()
	if ctx.Err() != nil {
		return fmt.Errorf("javaenv: mvn in %s: %w after up to %v; is Maven Central or a mirror (settings.xml) reachable?\n%s",
			project, ctx.Err(), buildLimit, text.Bytes())
	}
	if err != nil {
		return fmt.Errorf("javaenv: mvn in %s: %w (a JDK is needed, not only a JRE, and Maven Central or a mirror in "+
			"settings.xml)\n%s", project, err, text.Bytes())
	}
	return nil
}

// sourceSum is the hash, in hex, over path and content of everything the build reads.
func sourceSum(root string) (string, error) {
	project := filepath.Join(root, "conformance", "javaclient")
	files := []string{filepath.Join(root, "conformance", "golden", "store", "check", "StoreDump.java")}
	err := filepath.WalkDir(project, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "target":
			return filepath.SkipDir
		case d.Name() == "pom.xml" || strings.HasSuffix(path, ".java"):
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("javaenv: Java sources: %w", err)
	}
	sort.Strings(files)
	h := sha256.New()
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("javaenv: Java sources: %w", err)
		}
		name := strings.TrimPrefix(path, root)
		fmt.Fprintf(h, "%d %s %d\n", len(name), name, len(content))
		h.Write(content)
	}
	return hex.EncodeToString(h.Sum(nil)[:12]), nil
}

// prune removes builds last used before the given time. Called with the lock held.
func prune(cache string, before time.Time) error {
	entries, err := os.ReadDir(cache)
	if err != nil {
		return fmt.Errorf("javaenv: %w", err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("javaenv: %w", err)
		}
		if !e.IsDir() || info.ModTime().After(before) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(cache, e.Name())); err != nil {
			return fmt.Errorf("javaenv: %w", err)
		}
	}
	return nil
}

// touch keeps a used build from being pruned.
func touch(dir string) error {
	now := time.Now()
	if err := os.Chtimes(dir, now, now); err != nil {
		return fmt.Errorf("javaenv: %w", err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
