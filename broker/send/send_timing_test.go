package send_test

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// clientProps are what Java's producer sends with a message that has a tag and a key.
func clientProps() string {
	p := record.AppendProperty(nil, record.PropKeys, "order-4711")
	p = record.AppendProperty(p, record.PropUniqKey, "FD0000000000000000000000000000021D634E0E2F2A67A7AADE0001")
	p = record.AppendProperty(p, record.PropWait, "true")
	return string(record.AppendProperty(p, record.PropTags, "TagA"))
}

// batchBody is n elements as Java's producer encodes them.
func batchBody(n int, body []byte) []byte {
	var b []byte
	props := clientProps()
	for range n {
		size := 22 + len(body) + len(props)
		b = append(b, byte(size>>24), byte(size>>16), byte(size>>8), byte(size))
		b = append(b, make([]byte, 12)...)
		b = append(b, byte(len(body)>>24), byte(len(body)>>16), byte(len(body)>>8), byte(len(body)))
		b = append(b, body...)
		b = append(b, byte(len(props)>>8), byte(len(props)))
		b = append(b, props...)
	}
	return b
}

// BenchmarkSend is one send from the bytes of its frame to the bytes of its answer, the dispatch to
// the queue included, on a real disk.
func BenchmarkSend(b *testing.B) {
	kilobyte := bytes.Repeat([]byte("x"), 1024)
	for _, bb := range []struct {
		name string
		m    message
		s    wire.Serialization
		n    int
	}{
		{"V2-JSON", message{topic: "TopicA", props: clientProps(), body: kilobyte}, wire.JSON, 1},
		{"V2-binary", message{topic: "TopicA", props: clientProps(), body: kilobyte}, wire.Binary, 1},
		{"V1-JSON", message{code: protocol.SendMessage, topic: "TopicA", props: clientProps(), body: kilobyte}, wire.JSON, 1},
		{"batch-16-JSON", message{code: protocol.SendBatchMessage, topic: "TopicA", props: "WAIT\x01true\x02", body: batchBody(16, kilobyte)}, wire.JSON, 16},
	} {
		b.Run(bb.name, func(b *testing.B) {
			h := start(b, vfs.NewOS(b.TempDir()), store.Options{CallerDrives: true}, options())
			frame := bb.m.frame(b, bb.s)
			var p peer.Sink
			b.ReportAllocs()
			b.SetBytes(int64(len(frame)))
			i := 0
			for b.Loop() {
				if err := h.router.Frame(&p, frame); err != nil {
					b.Fatal(err)
				}
				if i++; i%16 == 0 {
					h.store.Drive()
				}
				for h.pool.Queued() > 0 { // the disk is behind: clients wait for answers too
					runtime.Gosched()
				}
			}
			b.StopTimer()
			if n := h.Metrics.Refused.Load(); n > 0 {
				b.Fatalf("%d of %d sends were refused", n, p.Frames.Load())
			}
			b.ReportMetric(float64(h.Metrics.Moved.Load())/float64(b.N)*1e6, "moved/M")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*bb.n), "ns/msg")
		})
	}
}
