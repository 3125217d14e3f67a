package topic_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/topic"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/vfs"
)

func serve(t testing.TB, o topic.Options) (*topic.Table, *remoting.Router) {
	t.Helper()
	return serveOn(t, vfs.NewMem(), o)
}

func serveOn(t testing.TB, fs vfs.FS, o topic.Options) (*topic.Table, *remoting.Router) {
	t.Helper()
	table := open(t, fs, o)
	pool := remoting.NewPool("admin", 1, 64)
	t.Cleanup(func() {
		if err := pool.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return table, peer.Router(t, table.Routes(pool))
}

func TestGoldenUpdate(t *testing.T) {
	frames := peer.Recorded(t, 17, 12)
	for i := range frames {
		f := &frames[i]
		table, router := serve(t, options())
		peer.LikeJava(t, f, peer.Ask(t, router, f.Request))
		name, _ := peer.Decode(t, f.Request).Lookup("topic")
		if (f.ResponseCode == "0") != table.Exists(name) && len(name) > 0 && !table.IsSystem(string(name)) {
			t.Errorf("%s: Java answered %s, topic %q exists: %t", f.ReqFile, f.ResponseCode, name, table.Exists(name))
		}
	}
}

// request makes the frame of a code 17 request.
func request(t testing.TB, h *protocol.CreateTopicRequest) []byte {
	t.Helper()
	m := remoting.Message{Code: protocol.UpdateAndCreateTopic, Header: h}
	frame, err := m.Append(nil, new(wire.Encoder), wire.Head{Opaque: 7})
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

func TestUpdateRefuses(t *testing.T) {
	good := protocol.CreateTopicRequest{
		Topic: "A", DefaultTopic: "TBW102", ReadQueueNums: 1, WriteQueueNums: 1, Perm: 6, TopicFilterType: "SINGLE_TAG",
	}
	tests := []struct {
		edit   func(*protocol.CreateTopicRequest)
		code   int32
		remark string
	}{
		{func(h *protocol.CreateTopicRequest) {}, 0, "not set any response code"},
		{func(h *protocol.CreateTopicRequest) { h.Perm = 8 }, 29, "perm 8 is invalid"},
		{func(h *protocol.CreateTopicRequest) { h.Perm = -1 }, 29, "perm -1 is invalid"},
		{func(h *protocol.CreateTopicRequest) { h.ReadQueueNums = -1 }, 29, "-1 read and 1 write queues"},
		{func(h *protocol.CreateTopicRequest) { h.WriteQueueNums = 1 << 30 }, 29, "1 read and 1073741824 write queues"},
		{func(h *protocol.CreateTopicRequest) { h.TopicFilterType = "X" }, 1, "topicFilterType = [X] value invalid"},
		{func(h *protocol.CreateTopicRequest) { h.TopicFilterType = "" }, 1, "topicFilterType = [null] value invalid"},
		{func(h *protocol.CreateTopicRequest) { h.Topic = "../x" }, 29, "The specified topic contains illegal"},
		{func(h *protocol.CreateTopicRequest) { h.Topic = "a\x00b" }, 29, "The specified topic contains illegal"},
		{func(h *protocol.CreateTopicRequest) { h.Topic = strings.Repeat("x", 200) }, 29, "The specified topic is longer"},
		{func(h *protocol.CreateTopicRequest) { h.Topic = "rmq_sys_x" }, 29, "The topic[rmq_sys_x] is conflict"},
		{func(h *protocol.CreateTopicRequest) { h.Topic = "broker-a" }, 29, "The topic[broker-a] is conflict"},
		{func(h *protocol.CreateTopicRequest) { h.Attributes = "+message.type=MIXED" }, 29, "MIXED message type"},
	}
	_, router := serve(t, options())
	for _, tt := range tests {
		h := good
		tt.edit(&h)
		got := peer.Ask(t, router, request(t, &h))
		if got.Code != tt.code || !strings.HasPrefix(string(got.Remark), tt.remark) {
			t.Errorf("%.60s: %d %.80q, want %d %q", fmt.Sprint(h), got.Code, got.Remark, tt.code, tt.remark)
		}
	}
}

func TestUpdateMixedAndSystemAllowed(t *testing.T) {
	o := options()
	o.MixedType, o.GuardSystem = true, false
	table, router := serve(t, o)
	h := protocol.CreateTopicRequest{
		Topic: "TBW102", DefaultTopic: "TBW102", Perm: 6, TopicFilterType: "SINGLE_TAG", Attributes: "+message.type=MIXED",
	}
	if got := peer.Ask(t, router, request(t, &h)); got.Code != protocol.Success {
		t.Fatalf("code %d %q", got.Code, got.Remark)
	}
	if c := table.Lookup([]byte("TBW102")); c.Perm != 6 || c.Attributes["message.type"] != "MIXED" {
		t.Errorf("TBW102 is %s", c)
	}
}
