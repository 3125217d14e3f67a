package query_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
)

func entriesOf(t *testing.T, body []byte) (e protocol.ConsumeQueueEntries) {
	t.Helper()
	if err := fastjson.Unmarshal(body, &e); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	return e
}

// The recorded questions about queues are answered as by Java, but for where messages lie.
func TestGoldenEntries(t *testing.T) {
	for _, f := range peer.Recorded(t, 321, 4) {
		b := start(t)
		if want := peer.Decode(t, f.Response); len(want.Body) > 0 {
			e := entriesOf(t, want.Body)
			b.put(t, "TopicA", 0, []byte("TAGS\x01TagA\x02"), []byte("x"))
			for range e.MaxQueueIndex - 1 {
				b.put(t, "TopicA", 0, nil, []byte("x"))
			}
			got := peer.Ask(t, b.router, f.Request)
			peer.LikeJava(t, &f, got)
			is := entriesOf(t, got.Body)
			for i := range e.QueueData {
				is.QueueData[i].PhysicOffset, is.QueueData[i].PhysicSize = e.QueueData[i].PhysicOffset, e.QueueData[i].PhysicSize
			}
			is.SubscriptionData.SubVersion = e.SubscriptionData.SubVersion
			if text := fastjson.Append(nil, &is); string(text) != string(want.Body) {
				t.Errorf("%s:\n%s, Java\n%s", f.ReqFile, text, want.Body)
			}
			continue
		}
		b.put(t, "TopicPull", 0, nil, []byte("x"))
		peer.LikeJava(t, &f, peer.Ask(t, b.router, f.Request))
	}
}

// Where an answer begins and how much it tells.
func TestEntries(t *testing.T) {
	b := start(t)
	for range 5 {
		b.put(t, "T", 0, nil, []byte("x"))
	}
	for _, tt := range []struct {
		index, count int64
		want         int
		remark       string
	}{
		{0, 3, 3, "not set"}, {3, 10, 2, "not set"}, {0, 0, 0, "not set"}, {0, math.MinInt32, 0, "not set"}, {4, math.MaxInt32, 1, "not set"},
		{5, 1, -1, "Index 5 of 0@T"}, {-1, 1, -1, "Index -1 of 0@T"}, {math.MaxInt64, 9, -1, "Index 9223372036854775807 of 0@T"}, {math.MinInt64, 9, -1, "Index -9223372036854775808 of"},
	} {
		got := b.ask(t, 321, "topic", "T", "queueId", 0, "index", tt.index, "count", tt.count)
		n := -1
		if len(got.Body) > 0 {
			e := entriesOf(t, got.Body)
			if n = len(e.QueueData); e.MaxQueueIndex != 5 || e.MinQueueIndex != 0 || e.FilterData != "" {
				t.Errorf("%d: %s", tt.index, got.Body)
			}
		}
		if got.Code != 0 || n != tt.want || !strings.HasPrefix(string(got.Remark), tt.remark) {
			t.Errorf("%d entries from %d on: %d %s, %d; want %d", tt.count, tt.index, got.Code, got.Remark, n, tt.want)
		}
	}
	got := b.ask(t, 321, "topic", "T", "queueId", 0, "index", 0, "count", 1, "consumerGroup", "nobody")
	if e := entriesOf(t, got.Body); e.FilterData != "nobody@T is not online!" || e.SubscriptionData != nil {
		t.Errorf("of a group that is not online: %s", got.Body)
	}
}
