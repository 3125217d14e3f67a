package protocol

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/golden"
)

// javaBodies are the texts of Java's own encoder for objects that FactsC.java built. Each must be
// read and written again to the same value, byte for byte unless Java's HashMap order is in it.
var javaBodies = []struct {
	name      string
	body      any
	unordered bool // a map with several keys
}{
	{"DataVersion", new(DataVersion), false},
	{"KVTable", new(KVTable), false},
	{"KVTable.empty", new(KVTable), false},
	{"TopicList", new(TopicList), false},
	{"TopicList.brokerAddr", new(TopicList), false},
	{"TopicList.empty", new(TopicList), false},
	{"TopicRouteData.default", new(TopicRouteData), false},
	{"TopicRouteData.orderTopicConf.default", new(TopicRouteData), false},
	{"TopicRouteData.unicode.default", new(TopicRouteData), false},
	{"TopicRouteData.static.default", new(TopicRouteData), false},
	{"TopicRouteData.empty", new(TopicRouteData), false},
	{"ClusterInfo", new(ClusterInfo), false},
	{"TopicConfig", new(TopicConfig), false},
	{"TopicConfig.attributes", new(TopicConfig), false},
	{"TopicConfig.order", new(TopicConfig), false},
	{"TopicConfig.null", new(TopicConfig), false},
	{"TopicConfigAndQueueMapping", new(TopicConfigWithMapping), false},
	{"TopicConfigAndQueueMapping.noMapping", new(TopicConfigWithMapping), false},
	{"TopicConfigAndMappingSerializeWrapper", new(TopicTable), true},
	{"TopicConfigAndMappingSerializeWrapper.static", new(TopicTable), true},
	{"TopicQueueMappingInfo", new(TopicMappingInfo), false},
	{"TopicQueueMappingDetail", new(TopicMappingDetail), false},
	{"CreateTopicListRequestBody", new(CreateTopicList), false},
	{"RegisterBrokerBody", new(RegisterBody), true},
	{"SubscriptionGroupConfig", new(SubscriptionGroupConfig), false},
	{"SubscriptionGroupConfig.exponential", new(SubscriptionGroupConfig), false},
	{"GroupRetryPolicy.customized", new(GroupRetryPolicy), false},
	{"SubscriptionGroupList", new(SubscriptionGroupList), false},
	{"HeartbeatData", new(HeartbeatData), false},
	{"HeartbeatData.v2", new(HeartbeatData), false},
	{"HeartbeatData.empty", new(HeartbeatData), false},
	{"ConsumerData.pull", new(ConsumerData), false},
	{"ConsumerData.pop", new(ConsumerData), false},
	{"SubscriptionData", new(SubscriptionData), false},
	{"SubscriptionData.sql", new(SubscriptionData), false},
	{"CheckClientRequestBody", new(ClientConfigCheck), false},
	{"GetConsumerListByGroupResponseBody", new(ConsumerList), false},
	{"MessageQueue", new(MessageQueue), false},
	{"MessageQueue[] as list", new([]MessageQueue), false},
	{"LockBatchRequestBody", new(LockBatchRequest), false},
	{"LockBatchRequestBody.onlyThisBroker", new(LockBatchRequest), false},
	{"UnlockBatchRequestBody", new(LockBatchRequest), false},
	{"LockBatchResponseBody", new(LockBatchResponse), false},
	{"LockBatchResponseBody.empty", new(LockBatchResponse), false},
	{"ConsumerConnection", new(ConsumerConnections), false},
	{"ProducerConnection", new(ProducerConnections), false},
	{"ProducerTableInfo", new(AllProducers), false},
	{"QuerySubscriptionResponseBody", new(GroupSubscription), false},
	{"QuerySubscriptionResponseBody.offline", new(GroupSubscription), false},
	{"TopicStatsTable", new(TopicStats), false},
	{"TopicStatsTable.empty", new(TopicStats), false},
	{"ConsumeStats", new(ConsumeStats), false},
	{"ConsumeStats.empty", new(ConsumeStats), false},
	{"ConsumeStatsList", new(BrokerConsumeStats), false},
	{"GroupList", new(GroupList), false},
	{"QueryConsumeTimeSpanBody (JVM time zone UTC)", new(ConsumeTimeSpans), false},
	{"BrokerStatsData", new(BrokerStats), false},
	{"ResetOffsetBody", new(ResetOffsets), false},
	{"ResetOffsetBodyForC", new(ResetOffsetList), false},
	{"GetConsumerStatusBody.client", new(ConsumerStatus), false},
	{"GetConsumerStatusBody.broker", new(ConsumerStatus), false},
	{"QueryConsumeQueueResponseBody", new(ConsumeQueueEntries), false},
}

// javaBody returns the text of one fact.
func javaBody(t testing.TB, name string) string {
	t.Helper()
	var facts struct{ Bodies map[string]json.RawMessage }
	golden.Facts(t, "fastjson", &facts)
	var text string
	if err := json.Unmarshal(facts.Bodies[name], &text); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return text
}

func TestBodies(t *testing.T) {
	for _, b := range javaBodies {
		text := javaBody(t, b.name)
		if err := fastjson.Unmarshal([]byte(text), b.body); err != nil {
			t.Errorf("%s: %v", b.name, err)
			continue
		}
		out := string(fastjson.Append(nil, b.body))
		if out != text && !b.unordered {
			t.Errorf("%s:\n%s, want\n%s", b.name, out, text)
		}
		if len(out) != len(text) {
			t.Errorf("%s: %d bytes, want %d", b.name, len(out), len(text))
		}
		again := reflect.New(reflect.TypeOf(b.body).Elem()).Interface()
		if err := fastjson.Unmarshal([]byte(out), again); err != nil || !reflect.DeepEqual(again, b.body) {
			t.Errorf("%s: read again: %+v, %v, want %+v", b.name, again, err, b.body)
		}
	}
}

func TestAppendRoute(t *testing.T) {
	for _, name := range []string{"TopicRouteData", "TopicRouteData.orderTopicConf", "TopicRouteData.unicode", "TopicRouteData.static"} {
		standard := name + ".standardJson"
		if name == "TopicRouteData" {
			standard += "(BrowserCompatible,QuoteFieldNames,SkipTransientField,MapSortField)"
		}
		var r TopicRouteData
		if err := fastjson.Unmarshal([]byte(javaBody(t, name+".default")), &r); err != nil {
			t.Fatal(err)
		}
		if got, want := string(AppendRoute([]byte("x"), &r, false)), "x"+javaBody(t, name+".default"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		got := AppendRoute(nil, &r, true)
		if want := javaBody(t, standard); string(got) != want {
			t.Errorf("%s, standard: %s, want %s", name, got, want)
		}
		if !json.Valid(got) {
			t.Errorf("%s is not JSON", got)
		}
	}
}

// TestAppendRouteOrder: Go clients read the text, the master has to come first.
func TestAppendRouteOrder(t *testing.T) {
	r := TopicRouteData{
		BrokerDatas: []BrokerData{{BrokerName: "b", BrokerAddrs: map[int64]string{10: "k:1", 0: "m:1", 2: "s:1"}}},
	}
	const want = `{"brokerDatas":[{"brokerAddrs":{0:"m:1",2:"s:1",10:"k:1"},"brokerName":"b","enableActingMaster":false}],` +
		`"filterServerTable":{},"queueDatas":[]}`
	for range 20 {
		if got := AppendRoute(nil, &r, false); string(got) != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}

// TestEmptyBodies: Java dereferences what is missing, so lists and maps that are nil are written.
func TestEmptyBodies(t *testing.T) {
	for want, body := range map[string]any{
		`{"brokerAddrTable":{},"clusterAddrTable":{}}`:  ClusterInfo{},
		`{"brokerAddrs":{},"enableActingMaster":false}`: BrokerData{},
		`{"consumerIdList":[]}`:                         ConsumerList{},
		`{"lockOKMQSet":[]}`:                            LockBatchResponse{},
		`{"dataVersion":{"counter":0,"stateVersion":0,"timestamp":0},"forbiddenTable":{},"subscriptionGroupTable":{}}`: SubscriptionGroupTable{},
	} {
		if got := fastjson.Append(nil, body); string(got) != want {
			t.Errorf("%T: %s, want %s", body, got, want)
		}
	}
}

func TestDefaults(t *testing.T) {
	var group SubscriptionGroupConfig
	group.SetDefaults()
	if err := fastjson.Unmarshal([]byte(`{"groupName":"GID"}`), &group); err != nil {
		t.Fatal(err)
	}
	if got, want := string(fastjson.Append(nil, &group)), javaBody(t, "SubscriptionGroupConfig"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	var topics CreateTopicList
	if err := fastjson.Unmarshal([]byte(`{"topicConfigList":[{}]}`), &topics); err != nil {
		t.Fatal(err)
	}
	if got, want := string(fastjson.Append(nil, topics.TopicConfigList[0])), javaBody(t, "TopicConfig.null"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestHeartbeats reads every recorded heartbeat that Java took, of Java and Go clients.
func TestHeartbeats(t *testing.T) {
	read := 0
	for _, f := range golden.Frames(t) {
		if f.Code != int(HeartBeat) || f.ResponseCode != "0" || f.ReqBodyLen == 0 {
			continue
		}
		var h HeartbeatData
		if err := fastjson.Unmarshal(f.Request[len(f.Request)-f.ReqBodyLen:], &h); err != nil {
			t.Errorf("%s: %v", f.ReqFile, err)
			continue
		}
		read++
		if h.ClientID == "" || len(h.ProducerDataSet)+len(h.ConsumerDataSet) == 0 {
			t.Errorf("%s: %+v", f.ReqFile, h)
		}
		for _, c := range h.ConsumerDataSet {
			if c.GroupName == "" || c.ConsumeType == 0 || c.MessageModel == 0 || c.ConsumeFromWhere == 0 {
				t.Errorf("%s: %+v", f.ReqFile, c)
			}
		}
	}
	if read < 8 {
		t.Errorf("%d heartbeats read", read)
	}
}

func TestHeartbeatTolerance(t *testing.T) {
	const text = `{"clientID":"c","unknown":{"a":[1]},"producerDataSet":null,"consumerDataSet":[{"groupName":"g",` +
		`"consumeType":"CONSUME_SOMEHOW","messageModel":"clustering","consumeFromWhere":null,"unitMode":"false",` +
		`"subscriptionDataSet":[{"topic":"t","subString":"TagA","tagsSet":null,"codeSet":["2598919"],"filterClassSource":"x"},` +
		`{"topic":"s","expressionType":"SQL92","subVersion":"7"}]}]}`
	var h HeartbeatData
	if err := fastjson.Unmarshal([]byte(text), &h); err != nil {
		t.Fatal(err)
	}
	want := HeartbeatData{ClientID: "c", ConsumerDataSet: []ConsumerData{{
		GroupName: "g", MessageModel: Clustering, SubscriptionDataSet: []SubscriptionData{
			{Topic: "t", SubString: "TagA", CodeSet: []int32{2598919}, ExpressionType: ExpressionTag},
			{Topic: "s", SubVersion: 7, ExpressionType: ExpressionSQL92},
		},
	}}}
	if !reflect.DeepEqual(h, want) {
		t.Errorf("%+v, want %+v", h, want)
	}
}

func TestEnums(t *testing.T) {
	var facts struct {
		Enums map[string][]struct {
			Name    string
			Ordinal int
		}
	}
	golden.Facts(t, "codes", &facts)
	for class, names := range map[string][]string{
		"remoting.protocol.heartbeat.ConsumeType":  consumeTypes,
		"remoting.protocol.heartbeat.MessageModel": messageModels,
		"common.consumer.ConsumeFromWhere":         consumeFromWheres,
	} {
		want := facts.Enums[class]
		if len(names) != len(want) || len(want) == 0 {
			t.Fatalf("%s: %v, want %v", class, names, want)
		}
		for i, w := range want {
			if names[i] != w.Name || w.Ordinal != i {
				t.Errorf("%s: %s, want %+v", class, names[i], w)
			}
		}
	}
	if got := ConsumeType(0).String() + ConsumeType(9).String(); got != "" {
		t.Errorf("null and unknown are %q", got)
	}
	if got := MessageModel(Broadcasting).String() + FromTimestamp.String(); got != "BROADCASTINGCONSUME_FROM_TIMESTAMP" {
		t.Errorf("%q", got)
	}
}
