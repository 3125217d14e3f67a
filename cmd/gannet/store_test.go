package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/vfs"
)

// runVerify is runStore with `verify`.
func runVerify(t *testing.T, args ...string) (out string, status int, err error) {
	t.Helper()
	return runStore(t, append([]string{"verify"}, args...)...)
}

// runStore runs `gannet store ARGS` and returns what it printed and its exit status.
func runStore(t *testing.T, args ...string) (out string, status int, err error) {
	t.Helper()
	var b bytes.Buffer
	cmd := root()
	cmd.SetOut(&b)
	cmd.SetErr(&b)
	cmd.SetArgs(append([]string{"store"}, args...))
	if err = cmd.Execute(); err != nil {
		status = statusOf(err)
	}
	return b.String(), status, err
}

// The directory is found by either of its names, and its own broker.conf has the sizes of the index.
func TestVerifyCleanImage(t *testing.T) {
	data := golden.Store(t, "basic-clean")
	for _, dir := range []string{data, filepath.Join(data, "store")} {
		out, status, err := runVerify(t, dir, "-c", filepath.Join(data, "broker.conf"))
		if status != 0 || !strings.Contains(out, "1693 messages") || !strings.Contains(out, "2473 keys") || !strings.HasSuffix(out, "\nclean\n") {
			t.Errorf("%s: exit %d, %v, got\n%s", dir, status, err, out)
		}
	}
}

func TestVerifyFindings(t *testing.T) {
	out, status, err := runVerify(t, golden.Store(t, "basic-killed"))
	if status != exitError || !errors.Is(err, errFindings) || !strings.Contains(out, "0 damaged, 1 that the next start recovers") {
		t.Errorf("exit %d, %v, got\n%s", status, err, out)
	}
	if strings.Contains(out, "damaged: ") {
		t.Errorf("got\n%swant no damage", out)
	}
}

func TestVerifyUsage(t *testing.T) {
	empty := t.TempDir()
	for name, args := range map[string][]string{
		"no directory":       {},
		"two directories":    {empty, empty},
		"absent":             {filepath.Join(empty, "absent")},
		"no store in it":     {empty},
		"no such flag":       {empty, "--repair"},
		"no such config":     {golden.Store(t, "api-put"), "-c", filepath.Join(empty, "absent.conf")},
		"a size that is not": {golden.Store(t, "api-put"), "--set", "maxIndexNum=many"},
	} {
		if out, status, err := runVerify(t, args...); status != exitUsage {
			t.Errorf("%s: exit %d, %v, want %d; got\n%s", name, status, err, exitUsage, out)
		}
	}
}

// A directory that somebody has open is not looked at, and the answer names who has it.
func TestVerifyRunning(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(vfs.NewOS(dir), store.Options{LogFileSize: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	_, status, err := runVerify(t, dir)
	if status != exitUsage || !errors.Is(err, vfs.ErrLocked) || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("exit %d, %v, want %d, %v and process %d", status, err, exitUsage, vfs.ErrLocked, os.Getpid())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if out, status, err := runVerify(t, dir); status != 0 {
		t.Errorf("after the end of the process: exit %d, %v, got\n%s", status, err, out)
	}
}
