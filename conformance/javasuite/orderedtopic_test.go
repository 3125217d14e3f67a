//go:build conformance

package javasuite_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
	"github.com/gannetmq/gannet/conformance/process"
)

// Producers send to the queues that the name server tells of an ordered topic, and to others when it tells others; consumers read all.
func TestOrderedTopic(t *testing.T) {
	t.Parallel() // it mostly waits
	g := process.Run(t, process.Options{Set: map[string]string{"namesrv.orderMessageEnable": "true", "brokerName": "broker-a"}})
	for _, client := range javasuite.Clients("OrderedTopic") {
		t.Run(client.Name(), func(t *testing.T) {
			t.Parallel()
			orderedTopic(t, client, g.Namesrv)
		})
	}
}

// orderedTopic has mqadmin make the topic, and tell less queues than it has. The broker's name is broker-a.
func orderedTopic(t *testing.T, client javasuite.Client, namesrv string) {
	t.Helper()
	topic := "OrderedTopic-" + client.Name()
	for _, step := range []struct{ command, want string }{
		{"updateTopic -c DefaultCluster -r 8 -w 8 -o true", "set cluster orderConf. isOrder=true, orderConf=[broker-a:8]"},
		{"updateOrderConf -m put -v broker-a:2", "update orderConf success. topic=[" + topic + "], orderConf=[broker-a:2]"},
	} {
		printed := javaenv.MQAdmin(t, append(strings.Fields(step.command), "-n", namesrv, "-t", topic)...)
		if !strings.Contains(printed, step.want) {
			t.Fatalf("%s printed %s\nwant %s", step.command, printed, step.want)
		}
	}
	// A client 4.x whose first rebalance is late would get its queues 20 s later.
	props := map[string]string{"rocketmq.client.rebalance.waitInterval": "2000", "rocketmq.client.rebalance.lockInterval": "1000"}
	maps.Copy(props, client.Props())
	r := javaenv.RunClient(t, client.Module, "OrderedTopic", props, "--namesrv", namesrv, "--topic", topic, "--queues", "8")
	t.Logf("%s", r.Line)
}
