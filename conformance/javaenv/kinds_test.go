//go:build conformance && javapair

package javaenv_test

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
)

// What javasuite asks of batch queues and light queues is what Java's broker does.
func TestJavaPairKindsOfQueues(t *testing.T) {
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	conf := map[string]string{"enableLmq": "true", "enableMultiDispatch": "true"}
	javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr, Conf: conf})
	r := javaenv.RunClient(t, javaenv.Client533, "QueueKinds", nil, "--namesrv", ns.Addr)
	if len(r.Reports) != 2 {
		t.Errorf("%d reports, want 2", len(r.Reports))
	}
}
