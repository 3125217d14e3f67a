package commitlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

const testSegment = 16 << 10

var testHost = netip.MustParseAddrPort("10.1.2.3:4567")

func testOptions() Options {
	return Options{
		Dir: "commitlog", SetAside: "bad", SegmentSize: testSegment,
		FlushInterval: time.Hour, LeastPages: 4, Thorough: time.Hour,
		Window: 1 << 20, Now: func() int64 { return time.Now().UnixMilli() },
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// message is what a test puts and expects back.
type message struct {
	phy, queueOff int64
	body          []byte
}

func encoded(t testing.TB, queue int32, body []byte) *record.Encoded {
	t.Helper()
	var e record.Encoded
	err := e.Set(&record.Message{
		Topic: []byte("T"), QueueID: queue, Body: body, Properties: []byte("TAGS\x01a\x02"),
		BornHost: testHost, StoreHost: testHost,
	}, record.EncodeOptions{})
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	return &e
}

// appendWait appends as a goroutine does that may block.
func appendWait(t testing.TB, l *Log, e *record.Encoded, counter *int64) (Placed, error) {
	t.Helper()
	for {
		p, err := l.Append(e, counter)
		if !errors.Is(err, ErrWouldBlock) {
			return p, err
		}
		if err := l.WaitReady(t.Context()); err != nil {
			return p, err
		}
	}
}

func mustOpen(t testing.TB, fsys vfs.FS, o Options, from RecoverFrom) (*Log, Recovered) {
	t.Helper()
	l, err := Open(fsys, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	r, err := l.Recover(from)
	if err != nil {
		t.Fatalf("recover: %v", err)
	}
	return l, r
}

func mustClose(t testing.TB, l *Log) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := errors.Join(l.Stop(), l.Close(ctx)); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// records walks the log from off and returns what is there.
func records(t testing.TB, l *Log, off int64) []message {
	t.Helper()
	var list []message
	w := l.NewWalker(off, record.CheckCRC, func(v *record.View) error {
		list = append(list, message{v.PhyOffset, v.QueueOffset, bytes.Clone(v.Body)})
		return nil
	})
	for w.Offset() < l.End() {
		if err := w.Walk(l.End(), 1<<20, false); err != nil {
			t.Fatalf("walk at %d: %v", w.Offset(), err)
		}
	}
	return list
}

func compare(t testing.TB, got, want []message) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d records, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i].phy != want[i].phy || got[i].queueOff != want[i].queueOff || !bytes.Equal(got[i].body, want[i].body) {
			t.Fatalf("record %d: got offset %d, queue offset %d, %d bytes; want %d, %d, %d", i,
				got[i].phy, got[i].queueOff, len(got[i].body), want[i].phy, want[i].queueOff, len(want[i].body))
		}
	}
}

func fill(t testing.TB, l *Log, rng *rand.Rand, n int, counter *int64) []message {
	t.Helper()
	var list []message
	for range n {
		body := make([]byte, 1+rng.IntN(3000))
		for i := range body {
			body[i] = byte(rng.Uint32())
		}
		p, err := appendWait(t, l, encoded(t, 0, body), counter)
		if err != nil {
			t.Fatalf("append: %v", err)
		}
		list = append(list, message{p.PhyOffset, p.QueueOffset, body})
	}
	return list
}

func TestAppendRollReopen(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for name, fsys := range map[string]vfs.FS{"mem": vfs.NewMem(), "os": vfs.NewOS(t.TempDir())} {
		t.Run(name, func(t *testing.T) {
			l, r := mustOpen(t, fsys, testOptions(), RecoverFrom{})
			if r.End != 0 || r.Records != 0 {
				t.Fatalf("empty log: %+v", r)
			}
			var counter int64
			want := fill(t, l, rng, 100, &counter)
			if counter != 100 {
				t.Errorf("counter %d, want 100", counter)
			}
			compare(t, records(t, l, 0), want)
			end := l.End()
			mustClose(t, l)

			l, r = mustOpen(t, fsys, testOptions(), RecoverFrom{Clean: true, Trusted: Trust})
			if r.End != end || r.Records != 100 || r.Cut != 0 || len(r.Damaged) > 0 {
				t.Errorf("reopened: %+v, want end %d", r, end)
			}
			want = append(want, fill(t, l, rng, 50, &counter)...)
			compare(t, records(t, l, 0), want)
			mustClose(t, l)
			entries, err := fsys.List("commitlog")
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e.Size != testSegment {
					t.Errorf("%s has %d bytes, want %d", e.Name, e.Size, testSegment)
				}
			}
			if last := entries[len(entries)-1].Name; last != fmt.Sprintf("%020d", (l.End()-1)/testSegment*testSegment) {
				t.Errorf("the last file is %s, the log ends at %d", last, l.End())
			}
		})
	}
}
