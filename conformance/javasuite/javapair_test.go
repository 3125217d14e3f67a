//go:build conformance && javapair

package javasuite_test

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
)

// What the programs that meet a broker's limits ask for is what Java does at its own.
func TestJavaPair(t *testing.T) {
	t.Run("busy", func(t *testing.T) {
		ns := javaenv.StartNamesrv(t, javaenv.Options{})
		javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr, Conf: map[string]string{
			"flushDiskType": "SYNC_FLUSH", "sendThreadPoolQueueCapacity": "1", "sendMessageThreadPoolNums": "1",
		}})
		for _, client := range javasuite.Clients("Busy") {
			busy(t, client, ns.Addr, "[OVERLOAD]system busy, start flow control for a while")
		}
	})
	t.Run("cold", func(t *testing.T) {
		ns := javaenv.StartNamesrv(t, javaenv.Options{})
		broker := javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr, Conf: coldConf})
		clients := javasuite.Clients("Cold")
		makeCold(t, broker.Addr, clients)
		for _, client := range clients {
			t.Run(client.Name(), func(t *testing.T) {
				t.Parallel()
				cold(t, client, ns.Addr, coldRemark)
			})
		}
	})
}
