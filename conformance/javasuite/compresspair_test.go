//go:build conformance && javapair

package javasuite_test

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
)

// Bodies that Java's clients compress do at Java's broker what TestCompressedBodies wants of ours.
func TestJavaPairCompresses(t *testing.T) {
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr, Conf: shortLevels})
	for _, client := range javasuite.Clients("Compressing") {
		t.Run(client.Name(), func(t *testing.T) { compressing(t, client, ns.Addr) })
	}
}
