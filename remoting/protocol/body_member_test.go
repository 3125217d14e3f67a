package protocol

import (
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
)

// The text of Java's own encoder is read and written again byte for byte.
func TestMemberGroupOfJava(t *testing.T) {
	want := javaBody(t, "GetBrokerMemberGroupResponseBody")
	var body MemberGroupBody
	if err := fastjson.Unmarshal([]byte(want), &body); err != nil {
		t.Fatalf("%q: %v", want, err)
	}
	if got := string(fastjson.Append(nil, &body)); got != want || len(body.Group.BrokerAddrs) != 2 {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Of a name that nobody has Java says so with an empty map.
func TestEmptyMemberGroup(t *testing.T) {
	body := &MemberGroupBody{MemberGroup{BrokerName: "fake", Cluster: "FakeCluster"}}
	const want = `{"brokerMemberGroup":{"brokerAddrs":{},"brokerName":"fake","cluster":"FakeCluster"}}`
	if got := string(fastjson.Append(nil, body)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzMemberGroup(f *testing.F) {
	f.Add([]byte(`{"brokerMemberGroup":{"brokerAddrs":{0:"127.0.0.1:10911"},"brokerName":"b","cluster":"C"}}`))
	fuzzBody(f, func() any { return new(MemberGroupBody) })
}

func FuzzTopicRouteData(f *testing.F) {
	f.Add([]byte(`{"queueDatas":[{"brokerName":"b","perm":6,"readQueueNums":2,"topicSysFlag":0,"writeQueueNums":2}]}`))
	f.Add([]byte(`{"brokerDatas":[{"brokerAddrs":{0:"a:1"},"brokerName":"b"}],"orderTopicConf":"b:8"}`))
	fuzzBody(f, func() any { return new(TopicRouteData) })
}

// fuzzBody: what can be read is written so that it is read and written the same again.
func fuzzBody(f *testing.F, empty func() any) {
	f.Fuzz(func(t *testing.T, data []byte) {
		body := empty()
		if fastjson.Unmarshal(data, body) != nil {
			return
		}
		once := fastjson.Append(nil, body)
		again := empty()
		if err := fastjson.Unmarshal(once, again); err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if twice := fastjson.Append(nil, again); string(twice) != string(once) {
			t.Errorf("got %s, want %s", twice, once)
		}
	})
}
