//go:build conformance

package javasuite_test

import (
	"path/filepath"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
	"github.com/gannetmq/gannet/conformance/process"
)

// lightConf switches light queues on, as Java does.
var lightConf = map[string]string{"enableLmq": "true", "enableMultiDispatch": "true"}

// Java's clients find batch queues and light queues as they do at Java's broker, which opens what it left, after
// kill -9 and after a clean stop.
func TestKindsOfQueues(t *testing.T) {
	g := process.Run(t, process.Options{Set: lightConf})
	t.Run("clients", func(t *testing.T) {
		for _, client := range javasuite.Clients("QueueKinds") {
			t.Run(client.Name(), func(t *testing.T) {
				t.Parallel()
				runKinds(t, client, g.Namesrv)
			})
		}
	})
	args := []string{"--set", "enableLmq=true", "--set", "enableMultiDispatch=true"}
	g.Kill()
	store := filepath.Join(g.Dir, "store")
	if exit, killed := javaenv.StoreDump(t, store, args...); exit != 0 {
		t.Errorf("Java does not accept the directory after kill -9: exit %d\n%v", exit, killed)
	}
	again, err := g.Restart(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Stop(); err != nil {
		t.Fatal(err)
	}
	if exit, clean := javaenv.StoreDump(t, store, append(args, "--expect-clean")...); exit != 0 {
		t.Errorf("Java does not accept the directory after a clean stop: exit %d\n%v", exit, clean)
	}
}

func runKinds(t *testing.T, client javasuite.Client, namesrv string) {
	t.Helper()
	r := javaenv.RunClient(t, client.Module, "QueueKinds", client.Props(), "--namesrv", namesrv, "--prefix", "K-"+client.Name())
	for _, report := range r.Reports {
		t.Logf("%s", report.Line)
	}
	if len(r.Reports) != 2 {
		t.Errorf("%d reports, want 2", len(r.Reports))
	}
}
