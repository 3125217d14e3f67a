//go:build conformance

package names

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/client"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Topics that are made one by one, a thousand, are each known to a Java name server as soon as the broker has
// answered: told alone or with all others, which costs 6 ms a topic either way, most of it for topics.json.
func TestTopicsOneByOne(t *testing.T) {
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	for single, count := range map[string]int{"true": 1000, "false": 200} {
		b := process.Run(t, process.Options{Role: "broker", Set: map[string]string{
			"namesrvAddr": ns.Addr, "brokerName": "single-" + single, "enableSingleTopicRegister": single,
		}})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		if err := javaenv.AwaitNamesrv(ctx, ns.Addr); err != nil {
			t.Fatal(err)
		}
		c, err := client.New(client.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close(context.Background()) }()
		began := time.Now()
		for i := range count {
			topic := fmt.Sprintf("single-%s-%d", single, i)
			askOK(ctx, t, c, b.Broker, &remoting.Message{Code: protocol.UpdateAndCreateTopic, Header: &protocol.CreateTopicRequest{
				Topic: topic, DefaultTopic: "TBW102", ReadQueueNums: 4, WriteQueueNums: 4, Perm: 6, TopicFilterType: "SINGLE_TAG",
			}})
			askOK(ctx, t, c, ns.Addr, &remoting.Message{Code: protocol.GetRouteInfoByTopic, Header: &protocol.RouteRequest{Topic: topic}})
		}
		t.Logf("enableSingleTopicRegister=%s: %d topics in %v", single, count, time.Since(began))
	}
}

func askOK(ctx context.Context, t *testing.T, c *client.Client, addr string, m *remoting.Message) {
	t.Helper()
	answer, err := c.Call(ctx, addr, m)
	if err != nil || answer.Code != protocol.Success {
		t.Fatalf("code %d at %s: %v, %v", m.Code, addr, answer, err)
	}
}
