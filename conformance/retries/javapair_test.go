//go:build conformance && javapair

package retries

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
)

// The programs ask for nothing but what Java does.
func TestJavaPair(t *testing.T) {
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr, Conf: short})
	failures(t, javasuite.Client{Module: javaenv.Client533, Headers: javasuite.JSON}, ns.Addr, "1000")
	for _, client := range javasuite.Clients("NamespaceFailures") {
		t.Run("namespaces "+client.Name(), func(t *testing.T) { namespaces(t, client, ns.Addr) })
	}
}
