package send_test

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/vfs"
)

// deviations are the recorded requests that we answer otherwise than Java 5.3.3, and why.
var deviations = map[string]struct {
	code int32
	why  string
}{
	"10_SEND_MESSAGE/json-go-2.1.2-01.req.bin":      {13, "DELAY, which this test does not serve"},
	"10_SEND_MESSAGE/json-go-2.1.2-04.req.bin":      {13, "a half, and no hook here that serves it"},
	"10_SEND_MESSAGE/json-java-5.3.3-04.req.bin":    {0, "recorded while the broker drained"},
	"10_SEND_MESSAGE/json-mqadmin-5.3.3-01.req.bin": {0, "recorded while the broker drained"},

	"310_SEND_MESSAGE_V2/json-java-4.9.4-03.req.bin":    {13, "a half, and no hook here that serves it"},
	"310_SEND_MESSAGE_V2/json-java-5.3.3-04.req.bin":    {13, "a time, and no hook here that serves it"},
	"310_SEND_MESSAGE_V2/json-java-5.3.3-05.req.bin":    {13, "a time, and no hook here that serves it"},
	"310_SEND_MESSAGE_V2/json-java-5.3.3-08.req.bin":    {0, "recorded with access control"},
	"310_SEND_MESSAGE_V2/json-java-5.3.3-09.req.bin":    {0, "recorded with access control"},
	"310_SEND_MESSAGE_V2/json-javaraw-5.3.3-05.req.bin": {13, "empty body: Java dies of a null pointer"},
	"310_SEND_MESSAGE_V2/json-javaraw-5.3.3-07.req.bin": {13, "delay level abc: Java dies of it"},
	"310_SEND_MESSAGE_V2/json-javaraw-5.3.3-08.req.bin": {13, "a time, and no hook here that serves it: the remark says so"},
	"310_SEND_MESSAGE_V2/json-javaraw-5.3.3-12.req.bin": {0, "recorded with access control"},
	"310_SEND_MESSAGE_V2/json-javaraw-5.3.3-13.req.bin": {0, "recorded with access control"},
	"310_SEND_MESSAGE_V2/json-javaraw-5.3.3-14.req.bin": {1, "recorded with access control; fields are missing"},

	"320_SEND_BATCH_MESSAGE/json-javaraw-5.3.3-02.req.bin": {13, "no batch: Java reads behind its end"},
}

// recordedTopics are those that were there when the frames were recorded.
var recordedTopics = []string{
	"GoA", "GoOrder", "GoBc", "GoTx", "TopicMini", "TopicA", "OldA", "OldTx", "OldLite", "TopicFifo", "TopicDelay", "TopicNs",
	"TopicRpc", "TopicDenied", "TopicAuth", "broker-a", "SCHEDULE_TOPIC_XXXX", "%RETRY%GID_retry",
}

var producer = regexp.MustCompile(`Producer: (\S+)$`)

func TestRecordedRequests(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	for _, name := range recordedTopics {
		b.tables.topics[name] = send.Topic{Queues: 2, WriteQueues: 2}
	}
	seen := 0
	for _, f := range golden.Frames(t) {
		if f.Code != 10 && f.Code != 310 && f.Code != 320 || f.Direction != "client->broker" {
			continue
		}
		seen++
		before := b.Metrics.Messages.Load()
		p := peer.New()
		if f.Response == nil {
			if err := b.router.Frame(p, f.Request); err != nil {
				t.Fatalf("%s: %v", f.ReqFile, err)
			}
			if n := b.Metrics.Messages.Load() - before; n != 1 || len(p.Answers) != 0 {
				t.Errorf("%s: oneway: %d stored, %d answers, want 1, 0", f.ReqFile, n, len(p.Answers))
			}
			continue
		}
		want := peer.Decode(t, f.Response)
		if m := producer.FindSubmatch(want.Remark); m != nil {
			p.Addr = netip.MustParseAddrPort(string(m[1]))
		}
		got := p.Ask(t, b.router, f.Request)
		if d, ok := deviations[f.ReqFile]; ok {
			if got.Code != d.code || got.Code == want.Code && sameExt(got, want) && likeRemark(got, want) {
				t.Errorf("%s (%s): code %d %q, want %d and another answer than Java", f.ReqFile, d.why, got.Code, got.Remark, d.code)
			}
		} else {
			likeJava(t, f.ReqFile, got, want)
		}
		if stored := b.Metrics.Messages.Load() > before; stored != (got.Code == 0) {
			t.Errorf("%s: answered %d, stored: %t", f.ReqFile, got.Code, stored)
		}
	}
	if seen < 46 {
		t.Errorf("%d recorded requests, want 46 or more", seen)
	}
}

// likeJava compares an answer with Java's: code, the beginning of the remark, names of the extFields.
func likeJava(t *testing.T, name string, got, want *wire.Command) {
	t.Helper()
	if got.Code != want.Code {
		t.Errorf("%s: code %d %q, Java %d %q", name, got.Code, got.Remark, want.Code, want.Remark)
	}
	if !likeRemark(got, want) {
		t.Errorf("%s: remark %q, Java %q", name, got.Remark, want.Remark)
	}
	if !sameExt(got, want) {
		t.Errorf("%s: extFields %q, Java %q", name, got.Ext, want.Ext)
	}
}

// likeRemark: where Java's remark is an exception with its stack frame, ours tells the cause in words of its own.
func likeRemark(got, want *wire.Command) bool {
	if strings.HasPrefix(string(want.Remark), "java.") {
		return len(got.Remark) > 0
	}
	return strings.HasPrefix(string(got.Remark), string(want.Remark)) && (len(got.Remark) == 0) == (len(want.Remark) == 0)
}

func sameExt(got, want *wire.Command) bool {
	if len(got.Ext) != len(want.Ext) {
		return false
	}
	for _, pair := range want.Ext {
		if _, ok := got.Lookup(string(pair.Key)); !ok {
			return false
		}
	}
	return true
}
