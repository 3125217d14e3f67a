//go:build conformance && javapair

package transactions

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
)

// The programs ask for nothing but what Java does. It has a tag of its own (make java-control): it says nothing about ours.
func TestJavaPair(t *testing.T) {
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr, Conf: with("traceTopicEnable", "true")})
	r := javaenv.RunClient(t, javaenv.Client533, "Transactions", nil, "--namesrv", ns.Addr)
	t.Logf("%s", r.Line)
	for _, client := range javasuite.Clients("TransactionTraces") {
		t.Run(client.Name(), running("TransactionTraces", client, ns.Addr))
	}
}

// Java gives transactions up as the program wants it.
func TestJavaPairGivesUp(t *testing.T) {
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr, Conf: with("transactionCheckMax", "5")})
	for _, client := range javasuite.Clients("Abandoned") {
		t.Run(client.Name(), running("Abandoned", client, ns.Addr))
	}
}
