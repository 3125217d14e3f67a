package process

import (
	"context"
	"flag"
	"strconv"
	"testing"
)

// AtOnce lets so many parallel tests run at once, whatever the number of processors: for suites whose tests mostly wait. It is
// called by TestMain.
func AtOnce(tests int) {
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(tests)); err != nil {
		panic(err)
	}
}

// Run starts a process for a test, on a directory of its own unless o names one; it is killed at
// the end of the test if it still runs, and its output is shown if the test failed.
func Run(t testing.TB, o Options) *Gannet {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	g, err := Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	g.End(t)
	return g
}

// End registers the end of the process with the test.
func (g *Gannet) End(t testing.TB) {
	t.Cleanup(func() {
		g.Kill()
		if t.Failed() {
			t.Logf("gannet %s (pid %d) printed:\n%s", g.options.Role, g.Pid, g.Output())
		}
	})
}
