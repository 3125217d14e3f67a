//go:build conformance && javapair

package javasuite_test

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
)

func TestJavaPairMembersAreTold(t *testing.T) {
	for _, client := range toldClients {
		t.Run(client.Name(), func(t *testing.T) {
			ns := javaenv.StartNamesrv(t, javaenv.Options{})
			broker := javaenv.StartBroker(t, javaenv.Options{
				Namesrv: ns.Addr, JVM: []string{"-Drocketmq.broker.rebalance.lockMaxLiveTime=" + forever},
			})
			membersAreTold(t, client, ns.Addr, broker.Addr)
		})
	}
}
