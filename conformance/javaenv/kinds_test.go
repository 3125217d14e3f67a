//go:build conformance && javapair

package javaenv_test

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
)

// What javasuite asks of batch queues and light queues is what Java's broker does.
func TestJavaPairKindsOfQueues(t *testing.T) {
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	conf := map[string]string{"enableLmq": "true", "enableMultiDispatch": "true"}
	javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr, Conf: conf})
	for _, kind := range []string{"BatchQueues", "LightQueues"} {
		for _, client := range javasuite.Clients(kind) {
			t.Run(kind+" "+client.Name(), func(t *testing.T) {
				r := javaenv.RunClient(t, client.Module, kind, client.Props(), "--namesrv", ns.Addr)
				t.Logf("%s", r.Line)
			})
		}
	}
}
