//go:build conformance

package retries

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
	"github.com/gannetmq/gannet/conformance/process"
)

func TestMain(m *testing.M) {
	process.AtOnce(3)
	os.Exit(m.Run())
}

// short are levels that a test can wait for. The first failure waits for level 3.
var short = map[string]string{"messageDelayLevel": "1s 2s 1s 2s 3s"}

// Java consumers of all versions find what they find at a Java broker: retries that wait longer each time, dead letters,
// levels, ordered queues that wait for a message that fails, what a group's settings make of a failure, and all that within namespaces.
// Java opens what is left.
func TestJavaConsumers(t *testing.T) {
	g := process.Run(t, process.Options{Set: short})
	t.Run("clients", func(t *testing.T) {
		for _, client := range javasuite.Clients("Failures") {
			t.Run(client.Name(), func(t *testing.T) {
				t.Parallel() // they wait most of the time
				failures(t, client, g.Namesrv, "1000")
			})
		}
		for _, client := range javasuite.Clients("NamespaceFailures") {
			t.Run("namespaces "+client.Name(), func(t *testing.T) {
				t.Parallel()
				namespaces(t, client, g.Namesrv)
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

func namespaces(t *testing.T, client javasuite.Client, namesrv string) {
	t.Helper()
	// It starts one consumer after the other: each would come to its queues up to 20 s later.
	props := map[string]string{"rocketmq.client.rebalance.waitInterval": "2000", "rocketmq.client.rebalance.lockInterval": "1000"}
	maps.Copy(props, client.Props())
	r := javaenv.RunClient(t, client.Module, "NamespaceFailures", props, "--namesrv", namesrv, "--prefix", "NF-"+client.Name())
	t.Logf("%s", r.Line)
}

// failures lets messages of levels be stored again so many ms late at most.
func failures(t *testing.T, client javasuite.Client, namesrv, late string) {
	t.Helper()
	r := javaenv.RunClient(t, client.Module, "Failures", client.Props(), "--namesrv", namesrv, "--prefix", "F-"+client.Name(), "--late", late)
	for _, report := range r.Reports {
		t.Logf("%s", report.Line)
	}
	if len(r.Reports) != 5 {
		t.Errorf("%d reports, want 5", len(r.Reports))
	}
}
