package send_test

import (
	"bytes"
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Whatever properties and bodies a client sends, it gets one answer; what is stored has the broker's
// own properties, last of their name, and asks for nothing that is not served.
func FuzzSend(f *testing.F) {
	f.Add(clientProps(), []byte("body"), false)
	f.Add("a\x01b\x02POP_CK\x01x\x02CLUSTER\x01\x02\x02\x01\x01", batchBody(2, []byte("x")), true)
	f.Add("UNIQ_KEY\x01", batchBody(1, nil)[:30], true)
	f.Add("INNER_BASE\x011\x02", element("x", "INNER_NUM\x012\x02INNER_BASE\x013\x02INNER_MULTI_QUEUE_OFFSET\x014"), true)
	b := start(f, vfs.NewMem(), smallStore(), options())
	f.Fuzz(func(t *testing.T, props string, body []byte, batch bool) {
		m := message{topic: "TopicA", props: props, body: body}
		if batch {
			m.code = protocol.SendBatchMessage
		}
		before := b.store.Stats().LogEnd
		p := peer.New()
		if err := b.router.Frame(p, m.frame(t, wire.Binary)); err != nil {
			t.Fatalf("router: %v", err)
		}
		got := p.Next(t)
		if len(p.Answers) != 0 || (got.Code == 0) != (b.store.Stats().LogEnd > before) {
			t.Fatalf("answered %d %q and %d more, log from %d to %d", got.Code, got.Remark, len(p.Answers), before, b.store.Stats().LogEnd)
		}
		if got.Code == 0 {
			checkStored(t, b, before, batch)
		}
	})
}

func checkStored(t *testing.T, b *broker, off int64, batch bool) {
	end := b.store.Stats().LogEnd
	if next := (off/smallStore().LogFileSize + 1) * smallStore().LogFileSize; next < end {
		off = next // the file before had no room
	}
	for off < end {
		v := b.look(t, off)
		off += int64(v.Size)
		for name, want := range map[string]string{
			record.PropCluster: "DefaultCluster", record.PropMsgRegion: "DefaultRegion", record.PropTraceSwitch: "true",
		} {
			if value, _ := v.Property(name); string(value) != want {
				t.Fatalf("%s is %q in %q", name, value, v.Properties)
			}
		}
		for _, name := range []string{record.PropInnerBase, record.PropInnerNum, record.PropInnerMultiQueueOffset} {
			if _, ok := v.Property(name); ok {
				t.Fatalf("%s was stored: %q", name, v.Properties)
			}
		}
		if batch {
			continue // other properties of elements are stored as they are
		}
		if _, ok := v.Property(record.PropPopCK); ok {
			t.Fatalf("POP_CK was stored: %q", v.Properties)
		}
		for _, name := range []string{record.PropTimerDelayMS, record.PropTimerDelaySec, record.PropTimerDeliverMS} {
			if _, ok := v.Property(name); ok {
				t.Fatalf("%s was stored: %q", name, v.Properties)
			}
		}
		if n := bytes.Count(v.Properties, []byte("\x02MSG_REGION\x01")); n > 1 {
			t.Fatalf("MSG_REGION %d times: %q", n, v.Properties)
		}
	}
}
