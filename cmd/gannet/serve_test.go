package main

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestPortHint(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, inUse := net.Listen("tcp", l.Addr().String())
	p := &process{role: "serve"}
	got := portHint(inUse, p.setName("listenPort", "namesrv."))
	if !errors.Is(got, syscall.EADDRINUSE) || !strings.Contains(got.Error(), "--set namesrv.listenPort=PORT") {
		t.Errorf("got %v, want the cause and how to choose another port", got)
	}
	other := errors.New("something else")
	if got := portHint(other, "listenPort"); !errors.Is(got, other) || got.Error() != other.Error() {
		t.Errorf("got %v, want it unchanged", got)
	}
}

func TestReachable(t *testing.T) {
	for listening, want := range map[string]string{
		"0.0.0.0:9876":   "127.0.0.1:9876",
		"[::]:9876":      "127.0.0.1:9876",
		"10.1.2.3:9876":  "10.1.2.3:9876",
		"127.0.0.1:9876": "127.0.0.1:9876",
	} {
		if got := reachable(listening); got != want {
			t.Errorf("%s: got %s, want %s", listening, got, want)
		}
	}
}

func TestDataThatIsAFileIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := root()
	cmd.SetArgs([]string{"serve", "--data", file})
	err := cmd.Execute()
	if want := "--data " + file + " is no directory"; err == nil || err.Error() != want || statusOf(err) != exitUsage {
		t.Errorf("got %v, want %q with status %d", err, want, exitUsage)
	}
}

// --data "$DATA" with nothing in DATA must not begin a store in the directory that somebody is in.
func TestEmptyDataIsRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, role := range []string{"serve", "broker", "namesrv"} {
		cmd := root()
		cmd.SetArgs([]string{role, "--data", ""})
		err := cmd.Execute()
		if err == nil || !strings.Contains(err.Error(), "--data") || statusOf(err) != exitUsage {
			t.Errorf("%s: got %v, want a refusal of --data with status %d", role, err, exitUsage)
		}
	}
	if files, err := os.ReadDir("."); err != nil || len(files) > 0 {
		t.Errorf("%d files in the directory, %v; want none", len(files), err)
	}
}
