package broker

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/gannetmq/gannet/broker/filter"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// TestBitMapsOfJava makes the queue of a Java directory anew, with the groups that its consumerFilter.json knows, and
// wants the bit maps that Java's dispatcher wrote.
func TestBitMapsOfJava(t *testing.T) {
	fs := vfs.NewOS(filepath.Join(golden.Store(t, "cqext"), "store"))
	table, err := filter.Open(fs, filter.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := store.Options{
		LogFileSize: 1 << 20, QueueFileSize: 10000, IndexSlots: 200, IndexEntries: 800,
		Extension: &consumequeue.Extension{FileSize: 8192},
	}
	open := func() *store.Store {
		s, err := store.Open(fs, o)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	compared := 0
	o.Extension.Bits = func(dst []byte, v *record.View) []byte { return dst }
	s := open()
	q, err := s.Queue([]byte("TopicSql"), 0)
	if err != nil {
		t.Fatal(err)
	}
	for off := q.Min(); off < q.Max(); off++ {
		var e [1]consumequeue.Entry
		if n, err := q.ReadEntries(off, e[:]); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		u, ok := q.Unit(e[0].TagsCode, make([]byte, consumequeue.MaxUnit))
		if !ok {
			t.Fatalf("offset %d has no unit", off)
		}
		if len(u.Bits) == 0 {
			continue // dispatched before there was a group
		}
		var r store.Read
		if err := s.Look(e[0].PhyOffset, &r, false); err != nil {
			t.Fatal(err)
		}
		var v record.View
		if _, err := record.Parse(r.AppendTo(nil), &v, record.Headers); err != nil {
			t.Fatal(err)
		}
		compared++
		if got := table.AppendBits(nil, &v); !bytes.Equal(got, u.Bits) {
			t.Errorf("offset %d: got %x, want %x", off, got, u.Bits)
		}
		r.Release()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if compared < 50 {
		t.Errorf("%d bit maps compared, want 50 and more", compared)
	}
}
