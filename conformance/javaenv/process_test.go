package javaenv

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shell starts a shell script in place of the JVM and waits until it has printed ready.
func shell(t *testing.T, script string) *process {
	t.Helper()
	java := filepath.Join(t.TempDir(), "java")
	if err := os.WriteFile(java, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	e := &Env{dir: t.TempDir(), java: java}
	p, err := e.start(jvm{name: "fake", dir: t.TempDir(), module: Server533, main: "Main"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err = await(ctx, "script", func() error {
		if text, err := os.ReadFile(p.Output()); err != nil || !strings.Contains(string(text), "ready") {
			return errors.New("not ready")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStop(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		limit        time.Duration
		want         error  // nil: no error unless text
		text         string // in the error
	}{
		{"exits as a JVM does", "trap 'exit 143' TERM; echo ready; while :; do sleep 0.01; done", time.Minute, nil, ""},
		{"exits with 3", "trap 'echo broken; exit 3' TERM; echo ready; while :; do sleep 0.01; done", time.Minute, nil, "broken"},
		{"goes on", "trap '' TERM; echo ready; while :; do sleep 0.01; done", 100 * time.Millisecond, context.DeadlineExceeded, "SIGTERM"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := shell(t, tt.script)
			ctx, cancel := context.WithTimeout(t.Context(), tt.limit)
			defer cancel()
			err := p.Stop(ctx)
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if (err != nil) != (tt.want != nil || tt.text != "") || err != nil && !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, want an error with %q", err, tt.text)
			}
			select {
			case <-p.Ended():
			default:
				t.Errorf("process %d still runs after Stop", p.Pid())
			}
		})
	}
}

// TestEnded wants the exit status where somebody waits for a process that ends by itself.
func TestEnded(t *testing.T) {
	p := shell(t, "echo ready; exit 7")
	ctx, cancel := p.while(t.Context())
	defer cancel()
	err := await(ctx, "server", func() error { return errors.New("connection refused") })
	for _, text := range []string{"exit status 7", "connection refused"} {
		if !errors.Is(err, ErrEnded) || !strings.Contains(err.Error(), text) {
			t.Errorf("wait for an ended process: %v, want ErrEnded with %q", err, text)
		}
	}
	if err := p.Stop(t.Context()); !errors.Is(err, ErrEnded) {
		t.Errorf("Stop of an ended process: %v, want ErrEnded", err)
	}
	if err := p.Kill(); err != nil {
		t.Errorf("Kill of an ended process: %v, want nil", err)
	}
}

// TestCommand wants a JVM that leaves its traces in its directory and is not bent by the caller's environment.
func TestCommand(t *testing.T) {
	t.Setenv("JAVA_TOOL_OPTIONS", "-Xmx1m")
	t.Setenv("NAMESRV_ADDR", "elsewhere:9876")
	dir := t.TempDir()
	e := &Env{dir: "/build", java: "/bin/java"}
	cmd, err := e.command(t.Context(), jvm{
		dir: dir, module: Client494, args: []string{"-Xmx64m"}, props: map[string]string{"b": "2", "a": "1"}, main: "M", params: []string{"x", "y"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(cmd.Args, " ")
	for _, want := range []string{
		"-Duser.home=" + dir + "/home", "-Djava.io.tmpdir=" + dir + "/tmp",
		"-Xmx64m -Da=1 -Db=2 -cp /build/client-4.9.4/classes:/build/client-4.9.4/lib/* M x y",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("command %q lacks %q", got, want)
		}
	}
	for _, v := range cmd.Env {
		if strings.HasPrefix(v, "JAVA_TOOL_OPTIONS=") || strings.HasPrefix(v, "NAMESRV_ADDR=") {
			t.Errorf("environment holds %s", v)
		}
	}
}
