//go:build conformance && javapair

package javasuite_test

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
)

// What the programs ask for that meet a broker's limits is what Java does at its own.
func TestJavaPair(t *testing.T) {
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr, Conf: map[string]string{
		"flushDiskType": "SYNC_FLUSH", "sendThreadPoolQueueCapacity": "1", "sendMessageThreadPoolNums": "1",
	}})
	for _, client := range javasuite.Clients("Busy") {
		busy(t, client, ns.Addr, "[OVERLOAD]system busy, start flow control for a while")
	}
}
