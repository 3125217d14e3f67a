package send_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// later serves delays: it sends their messages to queue 1.
type later struct{}

func (later) BeforePut(m *record.Message, asks send.Asks) (send.Asks, error) {
	if asks&send.AsksDelay != 0 {
		m.QueueID = 1
		m.Properties = record.AppendProperty(m.Properties, record.PropRealQueueID, "0")
	}
	return asks &^ send.AsksDelay, nil
}

// A hook serves what a message asks for, whoever puts it; what it leaves is refused.
func TestServedAsks(t *testing.T) {
	o := options()
	o.Encode.MaxMessageSize = 1000
	b := start(t, vfs.NewMem(), smallStore(), o, later{})
	props := "DELAY\x013\x02"
	if got := peer.New().Ask(t, b.router, message{topic: "TopicA", body: []byte("client"), props: props}.frame(t, wire.JSON)); got.Code != 0 {
		t.Errorf("a client's delay: %d %q", got.Code, got.Remark)
	}
	m := record.Message{Topic: []byte("TopicA"), Body: []byte("broker"), Properties: []byte(props), StoreHost: options().StoreHost, BornHost: options().StoreHost}
	if _, err := b.Store(&m, send.AsksOf(m.Properties)); err != nil {
		t.Errorf("the broker's delay: %v", err)
	}
	if placed, err := b.Store(&m, 0); err != nil || placed.QueueOffset != 0 { // it comes back
		t.Errorf("a message whose delay is over: %v, at %d", err, placed.QueueOffset)
	}
	m.Properties = []byte("TIMER_DELAY_MS\x011\x02")
	if _, err := b.Store(&m, send.AsksOf(m.Properties)); err == nil || !strings.Contains(err.Error(), "TIMER_*") {
		t.Errorf("what nobody serves: %v", err)
	}
	m.Properties = bytes.Repeat([]byte("k\x01v\x02"), 9000)
	if _, err := b.Store(&m, 0); !errors.Is(err, record.ErrPropertiesTooLarge) || !store.IsIllegal(err) {
		t.Errorf("too many properties: %v", err)
	}
	for _, body := range [][]byte{nil, make([]byte, 2000)} { // stored by a broker that took them
		m.Properties, m.Body = nil, body
		if _, err := b.Store(&m, 0); err != nil {
			t.Errorf("a body of %d bytes: %v", len(body), err)
		}
	}
	var queues []int32
	for _, v := range b.stored(t) {
		queues = append(queues, v.QueueID)
		if real, _ := v.Property(record.PropRealQueueID); (string(real) == "0") != (v.QueueID == 1) {
			t.Errorf("queue %d, properties %q", v.QueueID, v.Properties)
		}
	}
	if want := []int32{1, 1, 0, 0, 0}; !slices.Equal(queues, want) {
		t.Errorf("queues %v, want %v", queues, want)
	}
}

// halves serves transactions, and counts those that were stored.
type halves struct{ stored []string }

func (*halves) BeforePut(m *record.Message, asks send.Asks) (send.Asks, error) {
	return asks &^ send.AsksTransaction, nil
}

func (h *halves) AfterPut(m *record.Message, asks send.Asks) {
	if asks&send.AsksTransaction != 0 {
		h.stored = append(h.stored, string(m.Body))
	}
}

// A follower is told of what was stored, once, and of nothing else.
func TestFollower(t *testing.T) {
	h := &halves{}
	b := start(t, vfs.NewMem(), smallStore(), options(), later{}, h)
	half := "TRAN_MSG\x01true\x02"
	for _, m := range []message{
		{topic: "TopicA", body: []byte("ordinary")},
		{topic: "TopicA", body: []byte("half"), props: half, sys: 4},
		{topic: "TopicA", body: []byte("refused"), props: half + "TIMER_DELAY_MS\x011\x02"},
		{topic: "TopicA", body: []byte("delayed"), props: "DELAY\x011\x02"},
	} {
		peer.New().Ask(t, b.router, m.frame(t, wire.JSON))
	}
	if len(h.stored) != 1 || h.stored[0] != "half" {
		t.Errorf("told of %q, want the half", h.stored)
	}
	if v := b.stored(t)[1]; v.Transaction() != record.SysTranNone {
		t.Errorf("stored with sysFlag %#x", v.SysFlag)
	}
}
