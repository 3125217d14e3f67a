package pull_test

import (
	"bytes"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/pull"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// deviations are the recorded requests that we answer otherwise than Java 5.3.3, and why.
var deviations = map[string]struct {
	code int32
	why  string
}{
	"11_PULL_MESSAGE/json-go-2.1.2-03.req.bin":   {1, "SQL92 is not served: the text of enablePropertyFilter=false"},
	"11_PULL_MESSAGE/json-java-5.3.3-03.req.bin": {19, "offsets are not reset by the server yet"},

	"11_PULL_MESSAGE/json-javaraw-5.3.3-05.req.bin": {0, "maxMsgBytes counts, Java ignores it: one message instead of two"},
	"11_PULL_MESSAGE/json-javaraw-5.3.3-10.req.bin": {1, "the VIP port serves pulls; the fields are missing"},
	"11_PULL_MESSAGE/json-javaraw-5.3.3-12.req.bin": {19, "recorded with access control"},
	"11_PULL_MESSAGE/json-mqadmin-5.3.3-02.req.bin": {19, "recorded while the broker drained"},

	"361_LITE_PULL_MESSAGE/json-javaraw-5.3.3-10.req.bin": {1, "the VIP port serves pulls; the fields are missing"},
}

// TestRecordedRequests gives each recorded request the broker that Java's answer tells of.
func TestRecordedRequests(t *testing.T) {
	seen := 0
	for _, f := range golden.Frames(t) {
		if f.Code != 11 && f.Code != 361 || !strings.HasPrefix(f.Direction, "client->") || f.Response == nil {
			continue
		}
		seen++
		want := peer.Decode(t, f.Response)
		b, p := likeBroker(t, f.Request, want)
		if err := b.router.Frame(p, f.Request); err != nil {
			t.Fatalf("%s: %v", f.ReqFile, err)
		}
		if b.Waiting() > 0 {
			b.Close() // ends the wait
		}
		got := p.Next(t)
		d, deviates := deviations[f.ReqFile]
		switch same := sameAnswer(t, got, want); {
		case deviates && (got.Code != d.code || same):
			t.Errorf("%s (%s): %d %q %q, want %d and another answer than Java", f.ReqFile, d.why, got.Code, got.Remark, got.Ext, d.code)
		case !deviates && !same:
			t.Errorf("%s: %d %q %q, %d bytes; Java %d %q %q, %d bytes",
				f.ReqFile, got.Code, got.Remark, got.Ext, len(got.Body), want.Code, want.Remark, want.Ext, len(want.Body))
		}
		b.stop(t)
	}
	if seen < 47 {
		t.Errorf("%d recorded requests, want 47 or more", seen)
	}
}

var consumer = regexp.MustCompile(`consumer:\[/(\S+)\]$`)

// likeBroker is the broker that must have given the answer.
func likeBroker(t *testing.T, frame []byte, want *wire.Command) (*broker, *peer.Peer) {
	t.Helper()
	c := peer.Decode(t, frame)
	var q protocol.PullRequest
	_ = q.DecodeExt(c) // a request that lacks fields is answered so whatever the broker has
	o := options()
	if strings.Contains(string(want.Remark), "for lite pull consumer is forbidden") {
		o.LitePull = no
	}
	b := start(t, vfs.NewMem(), smallStore(), o)
	p := peer.New()
	if m := consumer.FindSubmatch(want.Remark); m != nil {
		p.Addr = netip.MustParseAddrPort(string(m[1]))
	}
	topic, group := string(q.Topic), string(q.ConsumerGroup)
	if want.Code != protocol.TopicNotExist {
		b.tables.topics[topic] = pull.Topic{ReadQueues: 2, Readable: !strings.HasPrefix(string(want.Remark), "the topic[")}
	}
	if want.Code != protocol.SubscriptionGroupNotExist {
		b.tables.groups[group] = pull.Group{Consume: !strings.HasPrefix(string(want.Remark), "subscription group no permission"), Broadcast: true}
	}
	b.tables.online[group] = !strings.HasPrefix(string(want.Remark), "the consumer's group info")
	if want.Code != protocol.SubscriptionNotExist {
		s := pull.Subscription{Version: q.SubVersion}
		switch want.Code {
		case protocol.SubscriptionNotLatest:
			s.Version--
		case protocol.FilterDataNotExist:
			s.Expression = "SQL92"
		case protocol.PullRetryImmediately:
			s.Codes = []int32{int32(record.TagsCode([]byte("nobody's")))}
		}
		b.tables.subs[topic] = s
	}
	likeQueue(t, b, &q, want)
	return b, p
}

// likeQueue stores as many messages as Java's queue had, with those that it returned where they were.
func likeQueue(t *testing.T, b *broker, q *protocol.PullRequest, want *wire.Command) {
	t.Helper()
	if _, ok := want.Lookup("maxOffset"); !ok {
		return
	}
	returned := make(map[int64]record.View)
	for _, v := range records(t, want.Body) {
		returned[v.QueueOffset] = v
	}
	for i := range number(t, want, "maxOffset") {
		if v, ok := returned[i]; ok {
			b.put(t, string(q.Topic), q.QueueID, string(v.Properties), v.Body)
		} else {
			b.put(t, string(q.Topic), q.QueueID, "TAGS\x01other\x02", []byte("filler"))
		}
	}
}

// sameAnswer: code, the beginning of the remark, the extFields with their values, and the messages.
// Where Java's remark is an exception with its stack frame, ours tells the cause in words of its own.
func sameAnswer(t *testing.T, got, want *wire.Command) bool {
	t.Helper()
	if strings.HasPrefix(string(want.Remark), "java.") {
		return got.Code == want.Code && len(got.Remark) > 0 && len(got.Ext) == 0
	}
	if got.Code != want.Code || !bytes.HasPrefix(got.Remark, want.Remark) || len(got.Ext) != len(want.Ext) {
		return false
	}
	for _, pair := range want.Ext {
		if v, ok := got.Lookup(string(pair.Key)); !ok || !bytes.Equal(v, pair.Value) {
			return false
		}
	}
	g, w := records(t, got.Body), records(t, want.Body)
	for i := range min(len(g), len(w)) {
		if g[i].QueueOffset != w[i].QueueOffset || !bytes.Equal(g[i].Body, w[i].Body) || !bytes.Equal(g[i].Properties, w[i].Properties) {
			return false
		}
	}
	return len(g) == len(w)
}
