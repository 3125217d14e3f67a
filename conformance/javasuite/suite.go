// Package javasuite is what the official Java clients, unmodified, must be able to do with a cluster.
// It is run against Java's own name server and broker, which shows that it asks for nothing but what
// RocketMQ does, and against ours.
package javasuite

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
)

// Count is how many messages the quick start programs send and receive.
const Count = 1000

// All are the clients with which the scenarios are run.
func All() []Client { return Clients("sync") }

// Run runs the quick start with the newest client and one of 4.x, and every scenario that they know with each of the clients.
func Run(t *testing.T, namesrv string, clients []Client) {
	for _, c := range clients {
		if c.Module == javaenv.Client533 || c.Module == javaenv.Client494 {
			t.Run("quick-"+c.Name(), func(t *testing.T) { quick(t, namesrv, c) })
		}
	}
	t.Run("scenarios", func(t *testing.T) {
		for _, c := range clients {
			t.Run(c.Name(), func(t *testing.T) {
				t.Parallel() // they mostly wait
				runScenarios(t, namesrv, c)
			})
		}
	})
}

// Quick runs the quick start alone, with JSON headers.
func Quick(t *testing.T, namesrv string, client javaenv.Module) {
	t.Helper()
	quick(t, namesrv, Client{client, JSON})
}

// quick sends and receives with the quick start programs and wants each message exactly once.
func quick(t *testing.T, namesrv string, client Client) {
	topic := "Quick-" + client.Name()
	count := fmt.Sprint(Count)
	p := javaenv.RunClient(t, client.Module, "QuickProducer", client.Props(), "--namesrv", namesrv, "--topic", topic, "--count", count)
	c := javaenv.RunClient(t, client.Module, "QuickConsumer", client.Props(), "--namesrv", namesrv, "--topic", topic, "--count", count,
		"--group", "G-"+topic)
	for _, r := range []javaenv.Result{p, c} {
		if r.Client != client.Version() || r.Serialize != client.Headers {
			t.Errorf("%s ran client %s with %s headers, want %v", r.Program, r.Client, r.Serialize, client)
		}
	}
	if p.Sent != Count {
		t.Errorf("sent %d, want %d", p.Sent, Count)
	}
	if c.Received != Count || c.Distinct != Count || c.MinIndex != 0 || c.MaxIndex != Count-1 {
		t.Errorf("received %d, %d distinct, indexes %d to %d; want %d, each of 0 to %d once",
			c.Received, c.Distinct, c.MinIndex, c.MaxIndex, Count, Count-1)
	}
	if len(c.Queues) != 4 {
		t.Errorf("consumed from queues %v, want 4", c.Queues)
	}
}

func runScenarios(t *testing.T, namesrv string, c Client) {
	want := scenarios(c)
	r := javaenv.RunClient(t, c.Module, "Scenario", c.Props(), append([]string{
		"--namesrv", namesrv, "--threads", "8", "--prefix", c.Name(),
	}, want...)...)
	var got []string
	for _, report := range r.Reports {
		got = append(got, report.Program)
		t.Logf("%s", report.Line)
	}
	if !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
}
