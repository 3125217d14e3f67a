package send_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// postman brings replies to whoever is not called nobody…, at once or when later is closed.
type postman struct {
	sent  chan *remoting.Message
	later chan struct{}
}

func newPostman() *postman { return &postman{sent: make(chan *remoting.Message, 10)} }

func (p *postman) Deliver(client string, m *remoting.Message, done func(string)) {
	if strings.HasPrefix(client, "nobody") {
		done("push reply message fail, channel of <" + client + "> not found.")
		return
	}
	p.sent <- m
	if p.later == nil {
		done("")
		return
	}
	go func() {
		<-p.later
		done("")
	}()
}

const replyTopic = "DefaultCluster_REPLY_TOPIC"

func startReplies(t *testing.T, so store.Options, o send.Options) (*broker, *postman) {
	t.Helper()
	p := newPostman()
	o.Replies = p
	b := start(t, vfs.NewMem(), so, o)
	b.tables.topics[replyTopic] = send.Topic{Queues: 1, WriteQueues: 1}
	return b, p
}

// Recorded replies are answered as by Java, and go to the client with the fields that Java's have.
func TestGoldenReplies(t *testing.T) {
	var pushed *wire.Command
	for _, f := range golden.Frames(t) {
		if f.Code == 326 && f.Direction == "broker->client" {
			pushed = peer.Decode(t, f.Request)
		}
	}
	for code, n := range map[int]int{324: 2, 325: 3} {
		for _, f := range peer.Recorded(t, code, n) {
			b, p := startReplies(t, smallStore(), options())
			request := peer.Decode(t, f.Request)
			likeJava(t, f.ReqFile, peer.New().Ask(t, b.router, f.Request), peer.Decode(t, f.Response))
			stored := b.stored(t)
			if len(stored) != 1 || string(stored[0].Body) != string(request.Body) || string(stored[0].Topic) != replyTopic {
				t.Errorf("%s: stored %+v", f.ReqFile, stored)
			}
			if len(p.sent) == 0 {
				continue // the client is not there
			}
			frame, err := (<-p.sent).Append(nil, new(wire.Encoder), wire.Head{})
			if err != nil {
				t.Fatal(err)
			}
			push := peer.Decode(t, frame)
			if push.Code != 326 || string(push.Body) != string(request.Body) || !sameExt(push, pushed) {
				t.Errorf("%s: pushed %d %s, Java %s", f.ReqFile, push.Code, push.Ext, pushed.Ext)
			}
			if props, _ := push.Lookup("properties"); !strings.Contains(string(props), "PUSH_REPLY_TIME\x01") {
				t.Errorf("%s: pushed with %q", f.ReqFile, props)
			}
			if _, ok := stored[0].Property("PUSH_REPLY_TIME"); ok {
				t.Errorf("%s: stored with PUSH_REPLY_TIME", f.ReqFile)
			}
		}
	}
}

func reply(t *testing.T, client string, ext map[string]string) []byte {
	t.Helper()
	props := "MSG_TYPE\x01reply\x02"
	if client != "" {
		props += "REPLY_TO_CLIENT\x01" + client + "\x02"
	}
	return message{code: protocol.SendReplyMessageV2, topic: replyTopic, props: props, ext: ext, body: []byte("r")}.frame(t, wire.JSON)
}

// What is answered by where the reply went: to the client, into the log, to both or to neither.
func TestReplyOutcomes(t *testing.T) {
	tests := []struct {
		name, client string
		store        bool
		code         int32
		remark       string
		ids          bool // of the stored message
	}{
		{"both", "c", true, 0, "", true},
		{"client only", "c", false, 0, "", false},
		{"log only", "nobody", true, 1, "push reply message fail, channel of <nobody> not found.", true},
		{"neither", "nobody", false, 1, "push reply message fail, channel of <nobody> not found.", false},
		{"for nobody", "", true, 1, "reply message properties[REPLY_TO_CLIENT] is null", true},
	}
	for _, tt := range tests {
		o := options()
		o.StoreReplies = func() bool { return tt.store }
		b, p := startReplies(t, smallStore(), o)
		got := peer.New().Ask(t, b.router, reply(t, tt.client, nil))
		id, hasID := got.Lookup("msgId")
		region, _ := got.Lookup("MSG_REGION")
		if got.Code != tt.code || string(got.Remark) != tt.remark || (len(id) == 32) != tt.ids || hasID != (tt.ids || tt.code == 0) || string(region) != "DefaultRegion" {
			t.Errorf("%s: got %d %s, %s", tt.name, got.Code, got.Remark, got.Ext)
		}
		if n := len(b.stored(t)); (n == 1) != tt.store || (len(p.sent) == 1) != (tt.client == "c") {
			t.Errorf("%s: %d stored, %d brought", tt.name, n, len(p.sent))
		}
	}
}

// A reply that could not be stored goes to nobody.
func TestReplyRefused(t *testing.T) {
	b, p := startReplies(t, smallStore(), options())
	for name, ext := range map[string]map[string]string{
		"no such queue": {"e": "9"}, "no such topic": {"b": "NoTopic", "c": "NoExample"}, "field missing": {"a": ""},
	} {
		if got := peer.New().Ask(t, b.router, reply(t, "c", ext)); got.Code == 0 || len(p.sent) != 0 {
			t.Errorf("%s: got %d, brought to %d", name, got.Code, len(p.sent))
		}
	}
}

// The frame is gone when the client answers late, and the reply is stored as it came.
func TestLateReply(t *testing.T) {
	b, p := startReplies(t, smallStore(), options())
	p.later = make(chan struct{})
	frame, from := reply(t, "c", nil), peer.New()
	if err := b.router.Frame(from, frame); err != nil {
		t.Fatal(err)
	}
	pushed := <-p.sent
	clear(frame)
	if n := len(from.Answers); n != 0 {
		t.Fatalf("%d answers before the client has the reply", n)
	}
	close(p.later)
	if got := from.Next(t); got.Code != 0 || string(pushed.Body) != "r" {
		t.Errorf("got %d %s, pushed %q", got.Code, got.Remark, pushed.Body)
	}
	if v := b.stored(t); len(v) != 1 || string(v[0].Topic) != replyTopic || string(v[0].Body) != "r" {
		t.Errorf("stored %+v", v)
	}
}

// served takes whatever is asked for, and leaves the message where it is.
type served struct{}

func (served) BeforePut(*record.Message, send.Asks) (send.Asks, error) { return 0, nil }

// A late reply is not compared with a frame that is gone, and nobody takes a reply back.
func TestLateReplyHasNoHandle(t *testing.T) {
	o, p := options(), newPostman()
	o.Replies, p.later = p, make(chan struct{})
	o.Handle = func(dst []byte, m *record.Message, _ []byte) []byte {
		t.Errorf("asked for the handle of a reply in %s", m.Topic)
		return append(dst, "handle"...)
	}
	b := start(t, vfs.NewMem(), smallStore(), o, served{})
	b.tables.topics[replyTopic] = send.Topic{Queues: 1, WriteQueues: 1}
	routes := b.ReplyRoutes(b.pool)
	for i := range routes {
		routes[i].Run = remoting.Inline // the frame is then ours, to clear
	}
	b.router = peer.Router(t, routes)
	frame, from := reply(t, "c", map[string]string{"i": "REPLY_TO_CLIENT\x01c\x02TIMER_DELAY_MS\x015\x02"}), peer.New()
	if err := b.router.Frame(from, frame); err != nil {
		t.Fatal(err)
	}
	<-p.sent
	clear(frame)
	close(p.later)
	got := from.Next(t)
	if handle, there := got.Lookup("recallHandle"); got.Code != 0 || there {
		t.Errorf("got %d %s with the handle %q", got.Code, got.Remark, handle)
	}
}

// With a disk that fails, or is too slow, the answer says how it went with the client.
func TestReplyWithBadDisk(t *testing.T) {
	for name, rule := range map[string]func(*testing.T, *vfs.Faulty){
		"fails": func(_ *testing.T, disk *vfs.Faulty) {
			disk.Inject(vfs.Rule{Op: vfs.OpMapSync, Err: errors.New("no more")})
		},
		"slow": func(t *testing.T, disk *vfs.Faulty) { newGate(t, disk) },
	} {
		t.Run(name, func(t *testing.T) {
			o := options()
			o.SyncFlush, o.FlushTimeout, o.Log = true, 20*time.Millisecond, slog.New(slog.DiscardHandler)
			disk := vfs.NewFaulty(vfs.NewMem())
			o.Replies = newPostman()
			b := start(t, disk, syncStore(), o)
			b.tables.topics[replyTopic] = send.Topic{Queues: 1, WriteQueues: 1}
			rule(t, disk)
			got := peer.New().Ask(t, b.router, reply(t, "c", nil))
			if id, _ := got.Lookup("msgId"); got.Code != 0 || (string(id) == "0") != (name == "fails") {
				t.Errorf("got %d %s, %s", got.Code, got.Remark, got.Ext)
			}
			if name == "fails" {
				waitFor(t, "the store is read-only", func() bool { return b.store.ReadOnly() != nil })
			}
		})
	}
}
