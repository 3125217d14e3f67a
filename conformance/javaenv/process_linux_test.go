package javaenv

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const orphanDir = "GANNET_TEST_ORPHAN_DIR" // set: be the parent that dies

// TestDieWithParent runs this test again as a process that starts a server and exits without ending it, as a test binary
// does on a time-out. The server must not outlive it.
func TestDieWithParent(t *testing.T) {
	if dir := os.Getenv(orphanDir); dir != "" {
		e := &Env{dir: dir, java: filepath.Join(dir, "java")}
		p, err := e.start(jvm{name: "orphan", dir: dir, module: Server533, main: "Main"})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("pid=%d\n", p.Pid())
		os.Exit(0)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "java"), []byte("#!/bin/sh\nexec sleep 300\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDieWithParent$")
	cmd.Env = append(os.Environ(), orphanDir+"="+dir)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(out), "pid=")
	text, _, _ := strings.Cut(rest, "\n")
	pid, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("parent printed %q, want pid=N", out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := await(ctx, "end of the orphan", func() error {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || bytes.Contains(stat, []byte(") Z ")) {
			return nil
		}
		return fmt.Errorf("still there: %s", stat)
	}); err != nil {
		t.Error(err)
	}
}
