//go:build conformance

package retries

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
)

// short are levels that a test can wait for. The first failure waits for level 3.
var short = map[string]string{"messageDelayLevel": "1s 2s 1s 2s 3s"}

// Java consumers of both generations find what they find at a Java broker: retries that wait longer each time, dead letters,
// levels, and ordered queues that wait for a message that fails. Java opens what is left.
func TestJavaConsumers(t *testing.T) {
	g := process.Run(t, process.Options{Set: short})
	t.Run("clients", func(t *testing.T) {
		for _, client := range []javaenv.Module{javaenv.Client533, javaenv.Client494} {
			t.Run(string(client), func(t *testing.T) {
				t.Parallel() // they wait most of the time
				failures(t, client, g.Namesrv)
			})
		}
	})
	if err := g.Stop(); err != nil {
		t.Fatal(err)
	}
	args := []string{"--expect-clean", "--set", "messageDelayLevel=" + short["messageDelayLevel"]}
	if exit, sum := javaenv.StoreDump(t, filepath.Join(g.Dir, "store"), args...); exit != 0 {
		t.Errorf("Java does not accept the directory: exit %d\n%v", exit, sum)
	}
}

func failures(t *testing.T, client javaenv.Module, namesrv string) {
	t.Helper()
	r := javaenv.RunClient(t, client, "Failures", nil, "--namesrv", namesrv, "--prefix", strings.ReplaceAll("F-"+string(client), ".", "_"))
	for _, report := range r.Reports {
		t.Logf("%s: %s", client, report.Line)
	}
	if len(r.Reports) != 4 {
		t.Errorf("%s: %d reports, want 4", client, len(r.Reports))
	}
}
