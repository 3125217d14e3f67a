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
	"github.com/gannetmq/gannet/remoting/wire"
)

// Topics that are made one by one, a thousand, are each known to a Java name server as soon as the broker has
// answered: told alone or with all others, which costs 6 ms a topic either way, most of it for topics.json. Who is told of
// one topic alone keeps the version of the broker's topics that it had; only a heartbeat in between changes it.
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
		began, version, looks, changes := time.Now(), "", 0, 0
		for i := range count {
			topic := fmt.Sprintf("single-%s-%d", single, i)
			askOK(ctx, t, c, b.Broker, &remoting.Message{Code: protocol.UpdateAndCreateTopic, Header: &protocol.CreateTopicRequest{
				Topic: topic, DefaultTopic: "TBW102", ReadQueueNums: 4, WriteQueueNums: 4, Perm: 6, TopicFilterType: "SINGLE_TAG",
			}})
			askOK(ctx, t, c, ns.Addr, &remoting.Message{Code: protocol.GetRouteInfoByTopic, Header: &protocol.RouteRequest{Topic: topic}})
			if (i+1)%batch > 0 {
				continue
			}
			now := storedVersion(ctx, t, c, ns.Addr, b.Broker)
			if version != "" {
				looks++
				if now != version {
					changes++
				}
			}
			version = now
		}
		t.Logf("enableSingleTopicRegister=%s: %d topics in %v, another version at %d of %d looks", single, count, time.Since(began), changes, looks)
		if single == "true" && changes > looks/2 || single == "false" && changes < looks {
			t.Errorf("enableSingleTopicRegister=%s: another version at %d of %d looks, want few with true and all with false", single, changes, looks)
		}
	}
}

// batch is how many topics are made between two looks at the version.
const batch = 50

// storedVersion is the version of a broker's topics that the name server has, as it prints it.
func storedVersion(ctx context.Context, t *testing.T, c *client.Client, names, broker string) string {
	t.Helper()
	answer := askOK(ctx, t, c, names, &remoting.Message{
		Code: protocol.QueryDataVersion, Body: []byte(`{"counter":0,"stateVersion":0,"timestamp":0}`),
		Header: &protocol.BrokerRequest{ClusterName: "DefaultCluster", BrokerName: "any", BrokerAddr: broker},
	})
	if len(answer.Body) == 0 {
		t.Fatalf("the name server has no version of %s", broker)
	}
	return string(answer.Body)
}

func askOK(ctx context.Context, t *testing.T, c *client.Client, addr string, m *remoting.Message) *wire.Command {
	t.Helper()
	answer, err := c.Call(ctx, addr, m)
	if err != nil || answer.Code != protocol.Success {
		t.Fatalf("code %d at %s: %v, %v", m.Code, addr, answer, err)
	}
	return answer
}
