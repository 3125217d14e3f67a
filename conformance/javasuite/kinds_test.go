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
		for _, kind := range []string{"BatchQueues", "LightQueues"} {
			for _, client := range javasuite.Clients(kind) {
				t.Run(kind+" "+client.Name(), func(t *testing.T) {
					t.Parallel()
					r := javaenv.RunClient(t, client.Module, kind, client.Props(), "--namesrv", g.Namesrv, "--prefix", kind+"-"+client.Name())
					t.Logf("%s", r.Line)
				})
			}
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
