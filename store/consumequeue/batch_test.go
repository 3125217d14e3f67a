package consumequeue

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// What Java writes is what is read, and what is written.
func TestBatchGolden(t *testing.T) {
	fsys := vfs.NewOS(golden.Store(t, "light-queues") + "/store")
	f, err := fsys.OpenRead("batchconsumequeue/TopicBcq/1/00000000000000000000")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, 13*batchSize)
	if _, err := f.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	bases, counts := []int64{0, 2, 6, 12, 13, 16, 21, 28, 30, 34, 40, 41}, []int32{2, 4, 6, 1, 3, 5, 7, 2, 4, 6, 1, 1}
	next := int64(0)
	for i := range bases {
		unit := b[i*batchSize:][:batchSize]
		got := decodeBatch(unit)
		if got.Base != bases[i] || got.Count != counts[i] || !got.continues(next) {
			t.Errorf("batch %d is %+v, want %d messages from %d", i, got, counts[i], bases[i])
		}
		next = got.next()
		var again [batchSize]byte
		got.put(again[:])
		if got.putTail(again[:]); !bytes.Equal(again[:], unit) {
			t.Errorf("batch %d: wrote\n%s, Java\n%s", i, hex.EncodeToString(again[:]), hex.EncodeToString(unit))
		}
	}
	if e := decodeBatch(b[12*batchSize:]); e.sound() {
		t.Errorf("what was never written is %+v", e)
	}
}

func FuzzBatch(f *testing.F) {
	f.Add(bytes.Repeat([]byte{1}, batchSize))
	f.Add(bytes.Repeat([]byte{255}, batchSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < batchSize {
			return
		}
		batch := decodeBatch(b)
		if batch.sound() && batch.next() <= batch.Base {
			t.Errorf("%+v is sound and ends at %d", batch, batch.next())
		}
		var again [batchSize]byte
		batch.put(again[:])
		if batch.putTail(again[:]); decodeBatch(again[:]) != batch {
			t.Errorf("%+v is read as %+v", batch, decodeBatch(again[:]))
		}
	})
}

const batchFile = 7 * batchSize

func batchOptions(clean bool) Options {
	return Options{Clean: clean, BatchFileSize: batchFile, Batch: func(topic []byte) bool { return string(topic) == "B" }}
}

// batches is a made up log with one batch queue.
type batches struct{ all []Batch }

func (l *batches) end() int64 { return int64(len(l.all)) * recordSize }

func (l *batches) next() int64 {
	if len(l.all) == 0 {
		return 0
	}
	return l.all[len(l.all)-1].next()
}

func (l *batches) add(count int32) {
	l.all = append(l.all, Batch{
		Entry: Entry{PhyOffset: l.end(), Size: recordSize, TagsCode: int64(count)}, Base: l.next(), Count: count,
		StoreTime: 1000 + int64(len(l.all)),
	})
}

func (l *batches) feed(t *testing.T, s *Set, from int) {
	t.Helper()
	for _, b := range l.all[from:] {
		if err := queue(t, s, "B", 0).appendBatch(b); err != nil {
			t.Fatal(err)
		}
	}
}

// check reads the queue from each of its offsets; the batches before first are gone.
func (l *batches) check(t *testing.T, what string, s *Set, first int) {
	t.Helper()
	q := queue(t, s, "B", 0)
	base := l.next()
	if first < len(l.all) {
		base = l.all[first].Base
	}
	if q.Min() != base || q.Max() != l.next() {
		t.Fatalf("%s: the queue is [%d, %d), want [%d, %d)", what, q.Min(), q.Max(), base, l.next())
	}
	for i, want := range l.all[first:] {
		i += first
		for at := want.Base; at < want.next(); at++ {
			var got [3]Batch
			n, err := q.ReadBatches(at, got[:])
			if err != nil || n == 0 || !slices.Equal(got[:n], l.all[i:i+n]) {
				t.Fatalf("%s: batches at %d: got %+v, %v, want %+v", what, at, got[:n], err, want)
			}
			if e, ok, err := q.At(at); err != nil || !ok || e != want.Entry {
				t.Fatalf("%s: the entry at %d is %+v, %t, %v, want %+v", what, at, e, ok, err, want.Entry)
			}
		}
		at, err := q.OffsetByTime(want.StoreTime, Lower, l.timeOf)
		upper, uerr := q.OffsetByTime(want.StoreTime, Upper, l.timeOf)
		if at != want.Base || upper != want.Base || err != nil || uerr != nil {
			t.Fatalf("%s: at %d there is offset %d or %d, %v, %v, want %d", what, want.StoreTime, at, upper, err, uerr, want.Base)
		}
	}
	if n, err := q.ReadBatches(l.next(), make([]Batch, 1)); n != 0 || err != nil {
		t.Fatalf("%s: %d batches behind the end, %v", what, n, err)
	}
	if _, ok, err := q.At(l.next()); ok || err != nil {
		t.Fatalf("%s: an entry behind the end: %v", what, err)
	}
}

func (l *batches) timeOf(phy int64) (int64, bool) { return l.all[phy/recordSize].StoreTime, true }

// A queue that is written, cut, expired, closed and crashed in any order has what the log says.
func TestBatchModel(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 7))
		mem := vfs.NewMem()
		s := open(t, mem, batchOptions(true))
		var l batches
		first, durable := 0, 0
		for step := range 40 {
			switch rng.IntN(8) {
			case 0, 1:
				from := len(l.all)
				for range rng.IntN(12) {
					l.add(1 + rng.Int32N(5))
				}
				l.feed(t, s, from)
			case 2:
				if err := s.Write(ctx, 0); err != nil {
					t.Fatal(err)
				}
			case 3:
				keep := first + rng.IntN(len(l.all)-first+1)
				if err := s.Truncate(int64(keep) * recordSize); err != nil {
					t.Fatal(err)
				}
				l.feed(t, s, keep)
				durable = min(durable, keep)
			case 4:
				first += rng.IntN(len(l.all) - first + 1)
				if _, err := s.Expire(ctx, int64(first)*recordSize, nil); err != nil {
					t.Fatal(err)
				}
			case 5:
				durable = len(l.all)
				flush(t, s)
			case 6:
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				durable = len(l.all)
				s = open(t, mem, batchOptions(true))
			case 7:
				mem = mem.Clone(rng, vfs.Policy{Page: rng.Float64(), Name: rng.Float64()})
				s = open(t, mem, batchOptions(false))
				if err := s.Truncate(int64(durable) * recordSize); err != nil {
					t.Fatal(err)
				}
				l.feed(t, s, min(durable, first))
			}
			if err := s.CorrectMin(int64(first) * recordSize); err != nil {
				t.Fatal(err)
			}
			l.check(t, fmt.Sprintf("seed %d step %d", seed, step), s, first)
		}
	}
}

func TestBatchRefusals(t *testing.T) {
	s := open(t, vfs.NewMem(), batchOptions(true))
	q := queue(t, s, "B", 0)
	if !q.Batched() || queue(t, s, "T", 0).Batched() {
		t.Error("want batches in B, none in T")
	}
	put := func(phy, base int64, count int32) error {
		return q.appendBatch(Batch{Entry: Entry{PhyOffset: phy, Size: 100}, Base: base, Count: count})
	}
	for _, c := range []struct {
		phy, base int64
		count     int32
		err       error
		max       int64
	}{
		{0, 5, 3, nil, 8}, {100, 8, 0, ErrBatch, 8}, {100, 8, math.MaxInt16 + 1, ErrBatch, 8}, {100, -1, 1, ErrBatch, 8},
		{100, math.MaxInt64, 1, ErrBatch, 8}, {100, 7, 1, ErrOrder, 8}, {100, 16, 1, ErrGap, 8}, {0, 8, 9, nil, 8}, // the last is there already
		{100, 10, 2, nil, 12}, {200, 0, 4, nil, 4},
	} {
		if err := put(c.phy, c.base, c.count); !errors.Is(err, c.err) || q.Max() != c.max {
			t.Errorf("%d messages from %d: got %v and end %d, want %v and %d", c.count, c.base, err, q.Max(), c.err, c.max)
		}
	}
	if q.Min() != 0 {
		t.Errorf("the queue that was made again begins at %d", q.Min())
	}
}

// Java does not start if a topic has queues of the other kind than it says.
func TestBatchKindOfTopic(t *testing.T) {
	mem := vfs.NewMem()
	for _, name := range []string{"consumequeue/B/0/", "consumequeue/T/0/", "batchconsumequeue/B/0/", "batchconsumequeue/Old/0/"} {
		putFile(t, mem, name+"00000000000000000000", 20*batchSize, nil)
	}
	o := batchOptions(true)
	o.FileSize, o.BatchFileSize = 20*batchSize, 20*batchSize
	s := open(t, mem, o)
	r := s.Report()
	if len(r.SetAside) != 1 || !strings.HasSuffix(r.SetAside[0], "/B/0") || r.RebuildFrom != 0 {
		t.Errorf("got %+v, want the simple queue of B set aside", r)
	}
	for topic, want := range map[string]bool{"B": true, "Old": true, "T": false} {
		if got := queue(t, s, topic, 0).Batched(); got != want {
			t.Errorf("%s: batched %t, want %t", topic, got, want)
		}
	}
}

// Records come to their batch queue by what their properties say.
func TestBatchDispatch(t *testing.T) {
	s := open(t, vfs.NewMem(), batchOptions(true))
	for i, v := range []record.View{
		{QueueOffset: 0, Properties: []byte("INNER_NUM\x013\x02INNER_BASE\x010\x02")},
		{QueueOffset: 3},
		{QueueOffset: 4, Properties: []byte("INNER_NUM\x01x\x02INNER_BASE\x014\x02")}, // has no place
		{QueueOffset: 4, Properties: []byte("INNER_NUM\x012\x02INNER_BASE\x014\x02")},
	} {
		v.Topic, v.PhyOffset, v.Size, v.StoreTime = []byte("B"), int64(i)*100, 100, 7
		if err := s.Dispatch(&v); err != nil {
			t.Fatal(err)
		}
	}
	var got [4]Batch
	n, ok := queue(t, s, "B", 0).Batches(1, got[:])
	want := []Batch{
		{Entry{0, 100, 0}, 7, 0, 3}, {Entry{100, 100, 0}, 7, 3, 1}, {Entry{300, 100, 0}, 7, 4, 2},
	}
	if !ok || !slices.Equal(got[:n], want) {
		t.Errorf("got %+v, want %+v", got[:n], want)
	}
}
