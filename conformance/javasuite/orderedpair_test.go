//go:build conformance && javapair

package javasuite_test

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
)

func TestJavaPairOrderedTopic(t *testing.T) {
	ns := javaenv.StartNamesrv(t, javaenv.Options{Conf: map[string]string{"orderMessageEnable": "true"}})
	javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr})
	for _, client := range javasuite.Clients("OrderedTopic") {
		t.Run(client.Name(), func(t *testing.T) { orderedTopic(t, client, ns.Addr) })
	}
}
