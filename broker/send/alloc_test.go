//go:build !race && !gannetdebug

package send_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/vfs"
)

// A send makes no garbage, from the bytes of its frame to the bytes of its answer and the entry of
// its queue.
func TestSendAllocatesNothing(t *testing.T) {
	long := strings.Repeat("LongTopic_", 12)
	body := bytes.Repeat([]byte("x"), 512)
	for name, m := range map[string]message{
		"V2":               {topic: "TopicA", props: clientProps(), body: body},
		"V2, long topic":   {topic: long, props: clientProps(), body: body},
		"V2, no key":       {topic: "TopicA", queue: -1, props: "TAGS\x01A\x02", body: body},
		"V2, delay 0":      {topic: "TopicA", props: "DELAY\x010\x02", body: body},
		"V1":               {code: protocol.SendMessage, topic: "TopicA", props: clientProps(), body: body},
		"retry":            {topic: "%RETRY%" + long, props: clientProps(), body: body},
		"batch":            {code: protocol.SendBatchMessage, topic: "TopicA", props: "WAIT\x01true\x02", body: batchBody(4, body[:64])},
		"oneway":           {topic: "TopicA", props: clientProps(), body: body, flag: wire.FlagOneway},
		"compaction topic": {topic: "Compaction", props: clientProps(), body: body},
	} {
		for s, serialization := range map[string]wire.Serialization{"JSON": wire.JSON, "binary": wire.Binary} {
			so := smallStore()
			so.CallerDrives = true
			so.LogFileSize = 32 << 20
			o := options()
			o.Encode.AutoVersion = true
			o.Tally = &tally{quiet: true}
			b := start(t, vfs.NewOS(t.TempDir()), so, o) // a disk in memory allocates
			b.tables.groups[long] = true
			for _, topic := range []string{long, "%RETRY%" + long, "Compaction"} {
				b.tables.topics[topic] = send.Topic{Queues: 2, WriteQueues: 2, Compaction: topic == "Compaction"}
			}
			frame := m.frame(t, serialization)
			var p peer.Counter
			run := func() {
				if err := b.router.Frame(&p, frame); err != nil {
					t.Fatal(err)
				}
				b.store.Drive()
				runtime.Gosched() // for those who make room ahead: AllocsPerRun leaves one processor
			}
			if n := b.allocs(t, run); n != 0 {
				t.Errorf("%s, %s: %v allocations per send", name, s, n)
			}
			if p.Failed > 0 {
				t.Errorf("%s, %s: %d of %d failed: %s", name, s, p.Failed, p.Frames, p.Remark)
			}
		}
	}
}

// allocs counts the allocations of a send that stays on its loop. A disk that is too slow to make
// room ahead has it counted again.
func (b *broker) allocs(t *testing.T, run func()) (n float64) {
	t.Helper()
	waitFor(t, "room for 200 sends in a row", func() bool {
		for run(); b.pool.Queued() > 0; {
			runtime.Gosched()
		}
		moved, stored := b.Metrics.Moved.Load(), b.Metrics.Messages.Load()
		n = testing.AllocsPerRun(200, run)
		return b.Metrics.Moved.Load() == moved && b.Metrics.Messages.Load() > stored
	})
	return n
}
