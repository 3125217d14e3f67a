//go:build conformance

package hostile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// badNames can be no topic and no group.
var badNames = map[string]string{
	"empty":             "",
	"blank":             "   ",
	"dot":               ".",
	"dots":              "..",
	"up":                "../../../evil",
	"absolute":          "/tmp/evil",
	"slash":             "evil/evil",
	"backslash":         `..\evil`,
	"NUL":               "evil\x00",
	"NUL in front":      "\x00",
	"new line":          "evil\nINFO forged line",
	"separator":         "evil@evil",
	"256 characters":    strings.Repeat("n", 256), // longer than any kind of name may be
	"32,000 characters": strings.Repeat("n", 32_000),
	"unicode":           "主题",
	"right to left":     "evil\u202egpj",
	"emoji":             "\U0001f600",
	"retry of dots":     "%RETRY%../evil",
	"dead letter":       "%DLQ%..",
	"property bytes":    "evil\x01evil\x02",
	"not UTF-8":         "evil\xff",
}

// What cannot be a name is refused wherever a name is expected, and never becomes a path.
func TestNames(t *testing.T) {
	attack(t, limits{}, func(v *victim) {
		p, names := dial(t, v.Broker), dial(t, v.Namesrv)
		before := outside(t, v)
		for kind, name := range badNames {
			spoilTopic(p, kind, name)
			spoilGroup(p, kind, name)
			spoilRoute(names, kind, name)
		}
		p.want("a topic of 128 bytes", protocol.SendMessageV2, sendTo(strings.Repeat("n", 128)), []byte("body"), 29)
		p.want("a device of Windows", protocol.SendMessageV2, sendTo("CON"), []byte("body"), 0)
		wantStillRouted(t, v)
		v.works(steps)
		if after := outside(t, v); after != before {
			t.Errorf("beside the data directory: %s, want %s", after, before)
		}
		wantOnlyKnownPaths(t, v)
	})
}

func spoilTopic(p *peer, kind, name string) {
	body := []byte("body")
	// An empty value is an absent one: then a field is missing, and that is SYSTEM_ERROR.
	invalid := codes(29)
	if name == "" {
		invalid = codes(1, 29)
	}
	p.want("send to "+kind, protocol.SendMessageV2, sendTo(name), body, invalid...)
	p.want("send 10 to "+kind, protocol.SendMessage, ext{
		"producerGroup": "attackers", "topic": name, "defaultTopic": "TBW102", "defaultTopicQueueNums": "4", "queueId": "0",
		"sysFlag": "0", "bornTimestamp": "0", "flag": "0",
	}, body, invalid...)
	p.want("send after "+kind, protocol.SendMessageV2, sendTo("AfterNothing").with("c", name), body, 1, 17)
	p.want("create "+kind, protocol.UpdateAndCreateTopic, createTopic(name), nil, 29)
	p.want("pull of "+kind, protocol.PullMessage, pullFrom(name), nil, 1, 17)
	p.want("commit of "+kind, protocol.UpdateConsumerOffset, commitOf(name, "0", "1"), nil, 17)
	p.want("offset of "+kind, protocol.QueryConsumerOffset, offsetOf(name, "0"), nil, 1, 22)
	for _, code := range []int32{29, 30, 31, 32} {
		p.want(fmt.Sprintf("%d of %s", code, kind), code, queueOf(name, "0").with("timestamp", "0"), nil, 0, 1)
	}
}

func spoilGroup(p *peer, kind, name string) {
	pull := pullFrom(quietTopic).with("consumerGroup", name)
	p.want("pull by "+kind, protocol.PullMessage, pull, nil, 1, 26)
	p.want("commit by "+kind, protocol.UpdateConsumerOffset, commitOf(quietTopic, "0", "1").with("consumerGroup", name), nil, 26)
	p.want("members of "+kind, protocol.GetConsumerListByGroup, ext{"consumerGroup": name}, nil, 1)
	p.want("a producer of "+kind, protocol.SendMessageV2, sendTo("CON").with("a", name), []byte("body"), 0, 1)
	heartbeat := protocol.HeartbeatData{
		ClientID:        "attacker@" + kind,
		ProducerDataSet: []protocol.ProducerData{{GroupName: name}},
		ConsumerDataSet: []protocol.ConsumerData{{
			GroupName: name, SubscriptionDataSet: []protocol.SubscriptionData{{Topic: name, SubString: "*"}},
		}},
	}
	p.want("heartbeat of "+kind, protocol.HeartBeat, ext{}, fastjson.Append(nil, &heartbeat), 0, 29)
	lock := protocol.LockBatchRequest{ConsumerGroup: name, ClientID: name, MQSet: []protocol.MessageQueue{{BrokerName: name, Topic: name}}}
	p.want("lock by "+kind, protocol.LockBatchMQ, ext{}, fastjson.Append(nil, &lock), 0, 29)
}

func spoilRoute(p *peer, kind, name string) {
	p.want("route of "+kind, protocol.GetRouteInfoByTopic, ext{"topic": name}, nil, 17)
	body := protocol.RegisterBody{Topics: protocol.TopicTable{TopicConfigTable: map[string]protocol.TopicConfig{
		name: {TopicName: name, ReadQueueNums: 4, WriteQueueNums: 4, Perm: 6}, name + "2": {TopicName: name + "2", Perm: 6},
	}}}
	register := ext{"brokerName": name, "brokerAddr": "10.0.0.1:" + name, "clusterName": name, "haServerAddr": name, "brokerId": "0"}
	p.want("registration of "+kind, protocol.RegisterBroker, register, fastjson.Append(nil, &body), 0, 1)
}

// outside lists what lies beside the data directory and in the places that the names point to.
func outside(t *testing.T, v *victim) string {
	t.Helper()
	var all []string
	for dir := filepath.Dir(v.Dir); len(all) < 2; dir = filepath.Dir(dir) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			all = append(all, e.Name())
		}
		if strings.HasPrefix(filepath.Base(dir), "Test") {
			break
		}
	}
	for _, path := range []string{"/tmp/evil", "/evil"} {
		if _, err := os.Lstat(path); err == nil {
			all = append(all, path)
		}
	}
	return strings.Join(all, " ")
}

// known are the paths that a data directory has, below which topics and queues have their own.
var known = regexp.MustCompile(`^(\.|store|namesrv` +
	`|store/(abort|checkpoint|lock|commitlog|consumequeue|index|config)` +
	`|store/(commitlog|index)/[0-9]+|store/config/[a-zA-Z]+\.json(\.bak)?` +
	`|store/consumequeue/(Neighbour|CON|[A-Z_a-z]*(SYS|sys)[A-Z_a-z-]*|%RETRY%[a-z]+)(/[0-9]+(/[0-9]+)?)?)$`)

func wantOnlyKnownPaths(t *testing.T, v *victim) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(v.Dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(v.Dir, path)
		if err != nil {
			return err
		}
		seen++
		if !known.MatchString(rel) {
			t.Errorf("the data directory has %q, which no good name makes", rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 10 {
		t.Errorf("only %d paths in the data directory: the test looked at the wrong one", seen)
	}
}
