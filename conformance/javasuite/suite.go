// Package javasuite is what the official Java clients, unmodified, must be able to do with a cluster.
// It is run against Java's own name server and broker, which shows that it asks for nothing but what
// RocketMQ does, and against ours.
package javasuite

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
)

// Count is how many messages the quick start programs send and receive.
const Count = 1000

// scenarios of conformance/javaclient, in the order in which Scenario runs them when none is named.
var scenarios = []string{
	"sync", "async", "oneway", "batch", "ordered", "tags", "pull", "longpoll", "resume", "offsets", "createtopic", "properties",
	"limits", "broadcast", "from", "query", "reset", "handover", "unit", "assign", "subscribe", "rpc", "trace", "namespace",
}

// Scenarios are the names of all.
func Scenarios() []string { return slices.Clone(scenarios) }

// basics are what is run with the versions between the newest and the oldest: what applications do every day. The client
// 4.3.2 knows no request and no DefaultLitePullConsumer.
var (
	oldBasics = []string{"sync", "batch", "ordered", "tags", "pull", "broadcast", "query", "unit", "from"}
	basics    = append(slices.Clone(oldBasics), "subscribe", "rpc", "trace", "namespace")
)

// Variant is one client version with one form of headers.
type Variant struct {
	Name      string
	Client    javaenv.Module
	Props     map[string]string
	Scenarios []string // nil for the quick start and all scenarios
}

// Variants are all that are tested.
func Variants() []Variant {
	return []Variant{
		{"json-5.3.3", javaenv.Client533, nil, nil},
		{"rocketmq-5.3.3", javaenv.Client533, map[string]string{"rocketmq.serialize.type": "ROCKETMQ"}, nil},
		{"json-4.9.4", javaenv.Client494, nil, nil},
		{"json-5.1.4", javaenv.Client514, nil, basics},
		{"json-4.7.1", javaenv.Client471, nil, basics},
		{"json-4.3.2", javaenv.Client432, nil, oldBasics},
	}
}

// Run runs the quick start and every scenario with each of the variants.
func Run(t *testing.T, namesrv string, variants []Variant) {
	for _, v := range variants {
		if v.Scenarios == nil {
			t.Run("quick-"+v.Name, func(t *testing.T) { quick(t, namesrv, v.Client, v.Props, v.Name) })
		}
		t.Run("scenarios-"+v.Name, func(t *testing.T) { runScenarios(t, namesrv, &v) })
	}
}

// Quick runs the quick start alone, with JSON headers.
func Quick(t *testing.T, namesrv string, client javaenv.Module) {
	t.Helper()
	quick(t, namesrv, client, nil, string(client))
}

// quick sends and receives with the quick start programs and wants each message exactly once.
func quick(t *testing.T, namesrv string, client javaenv.Module, props map[string]string, topic string) {
	topic = strings.ReplaceAll("Quick-"+topic, ".", "_")
	count := fmt.Sprint(Count)
	wantSerialize := "JSON"
	if props != nil {
		wantSerialize = "ROCKETMQ"
	}
	p := javaenv.RunClient(t, client, "QuickProducer", props, "--namesrv", namesrv, "--topic", topic, "--count", count)
	c := javaenv.RunClient(t, client, "QuickConsumer", props, "--namesrv", namesrv, "--topic", topic, "--count", count,
		"--group", "G-"+topic)
	for _, r := range []javaenv.Result{p, c} {
		if "client-"+r.Client != string(client) || r.Serialize != wantSerialize {
			t.Errorf("%s ran client %s with %s headers, want %s with %s", r.Program, r.Client, r.Serialize, client, wantSerialize)
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

func runScenarios(t *testing.T, namesrv string, v *Variant) {
	r := javaenv.RunClient(t, v.Client, "Scenario", v.Props, append([]string{"--namesrv", namesrv, "--threads", "8"}, v.Scenarios...)...)
	want := v.Scenarios
	if want == nil {
		want = scenarios
	}
	var got []string
	for _, report := range r.Reports {
		got = append(got, report.Program)
		t.Logf("%s", report.Line)
	}
	if !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
}
