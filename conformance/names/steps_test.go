//go:build conformance

package names

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// step is one request, or the end of a connection.
type step struct {
	conn    string
	version int32
	code    int32
	ext     []any // names and values by turns
	body    string
	hangUp  bool
}

func (q step) String() string {
	return fmt.Sprintf("code %d of %s %.200q %.200s", q.code, q.conn, q.ext, q.body)
}

// question reports whether asking again changes nothing.
func (q step) question() bool {
	return slices.Contains([]int32{101, 105, 106, 206, 219, 224, 304, 311, 312, 313, 322, 901}, q.code)
}

// shown is an answer without its remark as text, with lists and maps in an order of their own.
func shown(t *testing.T, q step, a *wire.Command) string {
	t.Helper()
	ext := make(map[string]string)
	for _, pair := range a.Ext {
		ext[string(pair.Key)] = string(pair.Value)
	}
	var fields []string
	for _, key := range slices.Sorted(maps.Keys(ext)) {
		fields = append(fields, key+"="+ext[key])
	}
	return fmt.Sprintf("%d %q %s", a.Code, fields, sortedBody(t, q.code, a.Body))
}

// same: the same code, fields and body; Java's remark comes first in ours, unless it is an exception, for
// which ours says the cause.
func same(t *testing.T, q step, theirs, ours *wire.Command) bool {
	t.Helper()
	exception := false
	for _, of := range []string{"java.", "com.", "org."} {
		exception = exception || bytes.HasPrefix(theirs.Remark, []byte(of))
	}
	return shown(t, q, theirs) == shown(t, q, ours) &&
		(bytes.HasPrefix(ours.Remark, theirs.Remark) || exception && len(ours.Remark) > 0)
}

func sortedBody(t *testing.T, code int32, body []byte) string {
	t.Helper()
	if len(body) == 0 {
		return "no body"
	}
	var v any
	switch code {
	case 105:
		v = new(protocol.TopicRouteData)
	case 106:
		v = new(protocol.ClusterInfo)
	case 206, 224, 304, 311, 312, 313:
		v = new(protocol.TopicList)
	case 103, 219:
		v = new(protocol.KVTable)
	case 319:
		return "a text"
	default:
		return string(body)
	}
	if err := fastjson.Unmarshal(body, v); err != nil {
		t.Errorf("code %d: %s: %v", code, body, err)
	}
	switch v := v.(type) {
	case *protocol.TopicRouteData:
		slices.SortFunc(v.BrokerDatas, func(a, b protocol.BrokerData) int { return strings.Compare(a.BrokerName, b.BrokerName) })
		slices.SortFunc(v.QueueDatas, func(a, b protocol.QueueData) int { return strings.Compare(a.BrokerName, b.BrokerName) })
	case *protocol.ClusterInfo:
		for _, names := range v.ClusterAddrTable {
			slices.Sort(names)
		}
	case *protocol.TopicList:
		slices.Sort(v.TopicList)
	}
	form := "raw "
	if strings.Contains(string(body), `"0":"`) || strings.Contains(string(body), `"1":"`) {
		form = "standard "
	}
	return form + string(fastjson.Append(nil, v))
}

// life is a list of steps under way.
type life struct{ steps []step }

func (l *life) ask(code int32, ext ...any) {
	l.steps = append(l.steps, step{conn: "admin", version: 479, code: code, ext: ext})
}

func (l *life) body(code int32, body string, ext ...any) {
	l.steps = append(l.steps, step{conn: "admin", version: 479, code: code, body: body, ext: ext})
}

func (l *life) hangUp(conn string) {
	l.steps = append(l.steps, step{conn: conn, version: 479, hangUp: true})
}

// look asks all that clients can see.
func (l *life) look() {
	for _, topic := range []string{"T", "U", "V", "W", "Static", "Unit", "New", "absent", "rmq_sys_SYNC_BROKER_MEMBER_a"} {
		l.ask(105, "topic", topic)
		l.steps = append(l.steps, step{conn: "old", version: 393, code: 105, ext: []any{"topic", topic}})
	}
	for _, code := range []int32{106, 206, 311, 312, 313} {
		l.ask(code)
	}
	for _, cluster := range []string{"C", "D", "nowhere"} {
		l.ask(224, "cluster", cluster)
	}
	for _, broker := range []string{"a", "b", "nobody"} {
		l.ask(901, "clusterName", "C", "brokerName", broker)
	}
}

// broker is what a broker says of itself.
type broker struct {
	name, cluster, addr string
	id                  int
	acting              string // "", "true", "false"
	version, state      int
	topics              string // name:perm:sysFlag, separated by blanks
	extra               []any
}

func (b broker) identity() []any {
	return []any{"brokerName", b.name, "brokerAddr", b.addr, "clusterName", b.cluster, "brokerId", b.id}
}

// register registers over a connection of the broker's own.
func (l *life) register(conn string, b broker) {
	body := fastjson.Append(nil, b.body())
	l.steps = append(l.steps, step{conn: conn, version: 479, code: 103, ext: append(b.header("false"), "bodyCrc32", jvalue.CRC32(body)), body: string(body)})
}

// registerCompressed is register with a compressed body.
func (l *life) registerCompressed(conn string, b broker) {
	body := b.body().AppendCompressed(nil)
	l.steps = append(l.steps, step{conn: conn, version: 479, code: 103, ext: append(b.header("true"), "bodyCrc32", jvalue.CRC32(body)), body: string(body)})
}

func (b broker) header(compressed string) []any {
	ext := append(b.identity(), "haServerAddr", "ha-"+b.addr, "compressed", compressed)
	if b.acting != "" {
		ext = append(ext, "enableActingMaster", b.acting)
	}
	return append(ext, b.extra...)
}

func (b broker) body() *protocol.RegisterBody {
	table := protocol.TopicTable{
		DataVersion:      protocol.DataVersion{Counter: int64(b.version), StateVersion: int64(b.state), Timestamp: 1700000000000},
		TopicConfigTable: make(map[string]protocol.TopicConfig),
	}
	for _, text := range strings.Fields(b.topics) {
		c := protocol.TopicConfig{ReadQueueNums: 4, WriteQueueNums: 4, TopicFilterType: protocol.SingleTag}
		parts := strings.Split(text, ":")
		c.TopicName = parts[0]
		fmt.Sscan(parts[1], &c.Perm)
		fmt.Sscan(parts[2], &c.TopicSysFlag)
		table.TopicConfigTable[c.TopicName] = c
		if c.TopicName == "Static" {
			table.TopicQueueMappingInfoMap = map[string]protocol.TopicMappingInfo{
				"Static": {BrokerName: b.name, Topic: "Static", TotalQueues: 2, CurrIDMap: map[int32]int32{0: 0, 1: 1}, Scope: "__global__"},
			}
		}
	}
	return &protocol.RegisterBody{FilterServerList: []string{}, Topics: table}
}

// steps is the life of two clusters.
func steps() []step {
	const all = "T:6:0 U:7:0 Unit:6:1 Sub:6:2 Both:6:3"
	var l life
	l.look()
	a := broker{name: "a", cluster: "C", addr: "127.0.0.1:1", version: 1, topics: "T:6:0"}
	l.register("a", a) // one topic is too little
	a.topics = all + " rmq_sys_SYNC_BROKER_MEMBER_a:6:0"
	a.acting = "true"
	l.register("a", a)
	damaged := &l.steps[len(l.steps)-1]
	damaged.body = " " + damaged.body
	l.register("a", a)
	l.look()
	l.ask(304)
	l.version(a, 1, 2)

	slave := a
	slave.addr, slave.id = "127.0.0.1:2", 1
	l.register("s", slave)
	second := a
	second.addr, second.id, second.topics = "127.0.0.1:3", 2, all+" W:6:0"
	l.register("s2", second)
	b := broker{name: "b", cluster: "D", addr: "127.0.0.1:4", version: 1, topics: "T:6:0 V:4:0 Static:6:0", extra: []any{"__ZONE_NAME", "z1"}}
	l.register("b", b)
	l.look()
	l.zones()
	l.permissions()
	l.topics()

	// Versions: the same changes nothing but what is missing, another one everything.
	l.register("a", a)
	l.look()
	a.version, a.topics = 2, "T:6:0 U:6:0 rmq_sys_SYNC_BROKER_MEMBER_a:6:0"
	l.register("a", a)
	l.look()
	a.version = 1
	l.register("a", a)
	l.version(a, 1, 2)
	l.look()

	// One topic alone, as brokers of 5.x send it; compressed tables.
	l.body(318, "deleteTopicWithBrokerRegistration=false\n")
	single := a
	single.version, single.topics = 3, "New:6:0"
	l.register("a", single)
	l.look()
	l.body(318, "deleteTopicWithBrokerRegistration=true\n")
	packed := broker{name: "z", cluster: "D", addr: "127.0.0.1:21", version: 1, topics: "T:6:0 Unit:6:1 Z:4:0"}
	l.registerCompressed("z", packed)
	l.look()
	packed.version, packed.topics = 2, "T:6:0 Unit:4:1"
	l.registerCompressed("z", packed)
	l.look()
	l.hangUp("z")
	l.look()

	// The master goes, the slave stands in, the master comes back with another address.
	l.hangUp("a")
	l.look()
	l.register("s", slave)
	l.look()
	a.addr = "127.0.0.1:5"
	l.register("a", a)
	l.look()
	l.ask(104, slave.identity()...)
	l.look()
	l.ask(104, second.identity()...)
	l.ask(104, second.identity()...)
	l.look()

	l.controller()
	l.values()
	l.damage()
	l.hangUp("a")
	l.hangUp("b")
	l.look()
	l.ask(304)
	return l.steps
}

// version asks whether versions are known.
func (l *life) version(b broker, counters ...int) {
	for _, counter := range counters {
		l.body(322, fmt.Sprintf(`{"counter":%d,"stateVersion":0,"timestamp":1700000000000}`, counter), b.identity()...)
	}
	l.ask(904, b.identity()...)
	b.addr = "nobody:1"
	l.body(322, `{"counter":1,"stateVersion":0,"timestamp":1}`, b.identity()...)
	l.ask(904, b.identity()...)
}

// zones asks as clients do that know theirs. Java's form is always the bare one: asked by old clients.
func (l *life) zones() {
	for _, zone := range []string{"z1", "Z1", "z2", " "} {
		l.steps = append(l.steps, step{conn: "old", version: 393, code: 105, ext: []any{"topic", "T", "__ZONE_MODE", "true", "__ZONE_NAME", zone}})
	}
	l.steps = append(l.steps, step{conn: "old", version: 393, code: 105, ext: []any{"topic", "T", "__ZONE_MODE", "false", "__ZONE_NAME", "z1"}})
}

func (l *life) permissions() {
	for _, code := range []int32{205, 327, 205} {
		l.ask(code, "brokerName", "a")
		l.ask(code, "brokerName", "nobody")
		l.look()
	}
}

func (l *life) topics() {
	const queues = `{"queueDatas":[{"brokerName":"b","perm":6,"readQueueNums":2,"topicSysFlag":0,"writeQueueNums":2}]}`
	l.body(217, queues, "topic", "W")
	l.body(217, `{"queueDatas":[{"brokerName":"nobody","perm":6}]}`, "topic", "absent")
	l.body(217, `{}`, "topic", "absent")
	l.look()
	l.ask(216, "topic", "T", "clusterName", "nowhere")
	l.ask(216, "topic", "T", "clusterName", "D")
	l.look()
	l.ask(216, "topic", "W")
	l.ask(216, "topic", "absent")
	l.look()
}

// controller is what brokers do that a controller leads: states count, and ids change.
func (l *life) controller() {
	c := broker{name: "c", cluster: "C", addr: "127.0.0.1:11", acting: "true", version: 1, state: 2, topics: "T:6:0 V:6:0"}
	l.register("c1", c)
	d := c
	d.addr, d.id = "127.0.0.1:12", 2
	l.register("c2", d)
	l.look()
	l.hangUp("c1")
	l.look()
	d.id, d.state = 0, 3 // elected
	l.register("c2", d)
	l.look()
	c.id = 1 // the former master comes back as a slave
	l.register("c1", c)
	l.look()
	l.hangUp("c1")
	l.hangUp("c2")
	l.look()
}

func (l *life) values() {
	const orders = "ORDER_TOPIC_CONFIG"
	l.ask(101, "namespace", "N", "key", "k")
	l.ask(219, "namespace", "N")
	l.ask(100, "namespace", "N", "key", "k", "value", "v")
	l.ask(101, "namespace", "N", "key", "k")
	l.ask(101, "namespace", "N", "key", "l")
	l.ask(101, "namespace", "N")
	l.ask(100, "namespace", "N", "key", "l")
	l.ask(100, "key", "l")
	l.ask(219, "namespace", "N")
	l.ask(102, "namespace", "N", "key", "k")
	l.ask(102, "namespace", "N")
	l.ask(219, "namespace", "N")
	l.ask(100, "namespace", orders, "key", "T", "value", "a:4")
	l.look()
	l.register("b", broker{name: "b", cluster: "D", addr: "127.0.0.1:4", version: 1, topics: "T:6:0 V:4:0", extra: []any{"__ZONE_NAME", "z1"}})
	l.ask(102, "namespace", orders, "key", "T")
	l.look()
	l.body(318, "enableTopicList=false\n")
	l.look()
	l.body(318, "enableTopicList=true\n")
	l.body(318, "kvConfigPath=/x\n")
	l.body(318, "enableAllTopicList=false\nconfigBlackList=x\n")
	l.body(318, "")
	l.look()
	l.ask(319)
	for _, code := range []int32{10, 902, 903, 905, 999, 1005} {
		l.ask(code)
	}
}

// damage is answered with an error by both and changes nothing.
func (l *life) damage() {
	id := broker{name: "x", cluster: "C", addr: "127.0.0.1:9"}.identity()
	for _, body := range []string{"{", `{"topicConfigSerializeWrapper":[1]}`, "\x78\x9c\x00"} {
		l.body(103, body, append(id, "haServerAddr", "ha", "compressed", "false", "bodyCrc32", 0)...)
	}
	l.body(217, `{"queueDatas":[`, "topic", "T")
	l.body(322, `{"counter":`, id...)
	l.look()
}
