package broker

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/client"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// consumer is a client on one connection, which answers when it is asked how it is.
func consumer(t testing.TB, b *Broker) func(code int32, h wire.Header, body []byte) *wire.Command {
	t.Helper()
	router, err := remoting.NewRouter([]remoting.Route{{
		Code: protocol.GetConsumerRunningInfo, Run: remoting.Inline, Access: remoting.Open,
		Handle: func(r *remoting.Request) { r.Reply(nil, []byte("fine")) },
	}}, remoting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(client.Options{Router: router, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return func(code int32, h wire.Header, body []byte) *wire.Command {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		a, err := c.Call(ctx, b.Addr(), &remoting.Message{Code: code, Header: h, Body: body})
		if err != nil {
			t.Fatalf("code %d: %v", code, err)
		}
		return a
	}
}

// told reads the body of an answer.
func told[T any](t *testing.T, a *wire.Command) (v T) {
	t.Helper()
	if err := fastjson.Unmarshal(a.Body, &v); err != nil || a.Code != protocol.Success {
		t.Fatalf("%d %s, body %q: %v", a.Code, a.Remark, a.Body, err)
	}
	return v
}

// sent is a broker with three messages in queue 1 of topic T, and a consumer that has got two and consumed one.
func sent(t *testing.T) (b *Broker, call func(code int32, h wire.Header, body []byte) *wire.Command) {
	t.Helper()
	b = running(t, nil)
	call = consumer(t, b)
	call(protocol.UpdateAndCreateTopic, &protocol.CreateTopicRequest{
		Topic: "T", DefaultTopic: "TBW102", ReadQueueNums: 2, WriteQueueNums: 2, Perm: 6, TopicFilterType: protocol.SingleTag,
	}, nil)
	beat := protocol.HeartbeatData{ClientID: "c", ConsumerDataSet: []protocol.ConsumerData{{
		GroupName: "G", ConsumeType: protocol.ConsumePassively, MessageModel: protocol.Clustering,
		SubscriptionDataSet: []protocol.SubscriptionData{{Topic: "T", SubString: "*"}},
	}}}
	call(protocol.HeartBeat, nil, fastjson.Append(nil, &beat))
	for range 3 {
		a := call(protocol.SendMessage, &protocol.SendRequest{
			ProducerGroup: []byte("P"), Topic: []byte("T"), DefaultTopic: []byte("TBW102"), QueueID: 1, BornTimestamp: 1,
		}, []byte("x"))
		if a.Code != protocol.Success {
			t.Fatalf("send: %d %s", a.Code, a.Remark)
		}
	}
	a := call(protocol.PullMessage, &protocol.PullRequest{
		ConsumerGroup: []byte("G"), Topic: []byte("T"), QueueID: 1, MaxMsgNums: 2, SysFlag: protocol.PullSuspend, SuspendTimeoutMillis: 5000,
	}, nil)
	if a.Code != protocol.Success {
		t.Fatalf("pull: %d %s", a.Code, a.Remark)
	}
	call(protocol.UpdateConsumerOffset, &protocol.UpdateOffsetRequest{
		ConsumerGroup: []byte("G"), Topic: []byte("T"), QueueID: 1, CommitOffset: 1,
	}, nil)
	return b, call
}

// What a broker tells of what was sent, fetched and consumed.
func TestProgressOfABroker(t *testing.T) {
	b, call := sent(t)
	queue := protocol.MessageQueue{BrokerName: b.cfg.BrokerName, QueueID: 1, Topic: "T"}

	topic := told[protocol.TopicStats](t, call(protocol.GetTopicStatsInfo, &protocol.TopicRequest{Topic: "T"}, nil))
	if got := topic.OffsetTable[queue]; len(topic.OffsetTable) != 2 || got.MaxOffset != 3 || got.LastUpdateTimestamp < b.born.UnixMilli() {
		t.Errorf("202: %+v", topic)
	}
	group := told[protocol.ConsumeStats](t, call(protocol.GetConsumeStats, &protocol.ConsumeStatsRequest{ConsumerGroup: "G"}, nil))
	if got := group.OffsetTable[queue]; got.BrokerOffset != 3 || got.ConsumerOffset != 1 || got.PullOffset != 2 || got.LastTimestamp < b.born.UnixMilli() {
		t.Errorf("208: %+v", group)
	}
	all := told[protocol.BrokerConsumeStats](t, call(protocol.GetBrokerConsumeStats, &protocol.BrokerConsumeStatsRequest{}, nil))
	if all.TotalDiff != 2 || all.TotalInflightDiff != 1 || all.BrokerAddr != b.storeHost().String() {
		t.Errorf("317: %+v", all)
	}
	if got := told[protocol.GroupList](t, call(protocol.QueryTopicConsumeByWho, &protocol.TopicRequest{Topic: "T"}, nil)).GroupList; !slices.Equal(got, []string{"G"}) {
		t.Errorf("300: %q, want G", got)
	}
	if got := told[protocol.TopicList](t, call(protocol.QueryTopicsByConsumer, &protocol.GroupRequest{Group: "G"}, nil)).TopicList; !slices.Equal(got, []string{"T"}) {
		t.Errorf("343: %q, want T", got)
	}
	spans := told[protocol.ConsumeTimeSpans](t, call(protocol.QueryConsumeTimeSpan, &protocol.ConsumeTimeSpanRequest{Topic: "T", Group: "G"}, nil))
	if got := spans.ConsumeTimeSpanSet; len(got) != 2 || got[0].MaxTimeStamp != -1 || got[1].ConsumeTimeStamp != group.OffsetTable[queue].LastTimestamp {
		t.Errorf("303: %+v", got)
	}
	info := call(protocol.GetConsumerRunningInfo, &protocol.RunningInfoRequest{ConsumerGroup: "G", ClientID: "c"}, nil)
	if string(info.Body) != "fine" {
		t.Errorf("307: %d %s, body %q", info.Code, info.Remark, info.Body)
	}
}

// figures of 315 that a broker has counted, by their names and keys.
var counted = [][2]string{
	{"TOPIC_PUT_NUMS", "T"}, {"TOPIC_PUT_SIZE", "T"}, {"TOPIC_PUT_LATENCY", "1@T"},
	{"GROUP_GET_NUMS", "T@G"}, {"GROUP_GET_SIZE", "T@G"}, {"GROUP_GET_LATENCY", "1@T@G"},
}

// What is counted of a topic or a group is forgotten with it.
func TestStatsGoWithTheirNames(t *testing.T) {
	_, call := sent(t)
	there := func() (names []string) {
		for _, c := range counted {
			if call(protocol.ViewBrokerStatsData, &protocol.StatsDataRequest{StatsName: c[0], StatsKey: c[1]}, nil).Code == protocol.Success {
				names = append(names, c[0])
			}
		}
		return names
	}
	if got := there(); len(got) != len(counted) {
		t.Errorf("figures of %q, want all", got)
	}
	call(protocol.DeleteSubscriptionGroup, &protocol.DeleteGroupRequest{GroupName: "G"}, nil)
	if got, want := there(), []string{"TOPIC_PUT_NUMS", "TOPIC_PUT_SIZE", "TOPIC_PUT_LATENCY"}; !slices.Equal(got, want) {
		t.Errorf("without the group %q, want %q", got, want)
	}
	call(protocol.DeleteTopicInBroker, &protocol.TopicRequest{Topic: "T"}, nil)
	if got := there(); got != nil {
		t.Errorf("without the topic %q", got)
	}
	// The broker's own figures stay.
	told[protocol.BrokerStats](t, call(protocol.ViewBrokerStatsData, &protocol.StatsDataRequest{StatsName: "BROKER_PUT_NUMS", StatsKey: "DefaultCluster"}, nil))
}
