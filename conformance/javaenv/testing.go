package javaenv

import (
	"context"
	"time"
)

// TB is what the functions below need of a *testing.T or *testing.B.
type TB interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Failed() bool
	Cleanup(func())
	TempDir() string
}

// runLimit ends a program that hangs. The programs' own limits are shorter and say what they waited for.
const runLimit = 4 * time.Minute

// Setup opens the environment or fails the test with the cure. Calling it again costs a millisecond.
func Setup(t TB) *Env {
	t.Helper()
	e, err := Open(context.Background())
	if err != nil {
		t.Fatalf("%v", err)
	}
	return e
}

// StartNamesrv starts a Java name server that ends with the test. Without o.Dir it lives in a temporary directory.
func StartNamesrv(t TB, o Options) *Server {
	t.Helper()
	return start(t, o, Setup(t).StartNamesrv)
}

// StartBroker starts a Java broker that ends with the test. Without o.Dir it lives in a temporary directory.
func StartBroker(t TB, o Options) *Server {
	t.Helper()
	return start(t, o, Setup(t).StartBroker)
}

func start(t TB, o Options, by func(context.Context, Options) (*Server, error)) *Server {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	began := time.Now()
	s, err := by(context.Background(), o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Logf("%s %s serves after %v", s.name, s.Addr, time.Since(began).Round(10*time.Millisecond))
	t.Cleanup(func() {
		if err := s.Kill(); err != nil {
			t.Errorf("%v", err)
		}
		if t.Failed() {
			t.Logf("%s", s.Diagnosis())
		}
	})
	return s
}

// Stop stops a server in the orderly way and fails the test when it does not end, or ended before.
func Stop(t TB, s *Server) {
	t.Helper()
	if err := s.Stop(); err != nil {
		t.Fatalf("%v", err)
	}
}

// Kill kills a server as a crash would.
func Kill(t TB, s *Server) {
	t.Helper()
	if err := s.Kill(); err != nil {
		t.Fatalf("%v", err)
	}
}

// RunClient runs a client program, e.g. "QuickProducer", and fails the test unless all its expectations hold. A test
// that wants a failure uses Env.RunClient.
func RunClient(t TB, client Module, mainClass string, jvmProps map[string]string, args ...string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), runLimit)
	defer cancel()
	dir := t.TempDir()
	r, err := Setup(t).RunClient(ctx, Program{Dir: dir, Module: client, Main: mainClass, Props: jvmProps, Args: args})
	if err != nil {
		t.Fatalf("%v", err)
	}
	failed := r.Failed()
	for _, f := range failed {
		t.Errorf("%s %s: %s", mainClass, client, f)
	}
	if len(failed) > 0 {
		t.Fatalf("%s %q: exit %d\n%s", mainClass, args, r.Output.Exit, warnings(dir))
	}
	return r
}

// StoreDump lets Java open a copy of a store directory; see Env.StoreDump. The caller checks the exit status.
func StoreDump(t TB, storeDir string, args ...string) (exit int, summary Summary) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), runLimit)
	defer cancel()
	exit, summary, err := Setup(t).StoreDump(ctx, t.TempDir(), storeDir, args...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return exit, summary
}

// MQAdmin runs one mqadmin command and answers what it printed; a command that failed fails the test.
func MQAdmin(t TB, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), runLimit)
	defer cancel()
	out, err := Setup(t).MQAdmin(ctx, t.TempDir(), args...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return out
}
