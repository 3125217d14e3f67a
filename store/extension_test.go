package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// oddBits wants messages whose bit map says so, and counts those that it is shown.
type oddBits struct{ bits, records int }

func (f *oddBits) Match(int64) bool { return true }

func (f *oddBits) MatchBits(stored int64, bitMap []byte) bool {
	f.bits++
	return stored > 0 && len(bitMap) == 1 && bitMap[0] == 1
}

func (f *oddBits) MatchRecord(v *record.View) bool {
	f.records++
	return v.QueueOffset%2 == 1
}

// parity gives a message the last bit of its queue offset.
func parity(dst []byte, v *record.View) []byte { return append(dst, byte(v.QueueOffset%2)) }

func withExtension() store.Options {
	o := small()
	o.Extension = &consumequeue.Extension{FileSize: 4096, Bits: parity}
	return o
}

// A filter is asked of the bit map, and then of the records that it lets pass, or where nobody may wait, of all records.
func TestGetAsksBitMaps(t *testing.T) {
	s := open(t, vfs.NewMem(), withExtension())
	defer closeStore(t, s)
	for i := range 100 {
		putBody(t, s, "T", 0, fmt.Append(nil, i), "")
	}
	for _, noWait := range []bool{false, true} {
		f, r := &oddBits{}, &store.Read{}
		status, err := s.Get(&store.Query{Topic: []byte("T"), Max: 100, Filter: f, NoWait: noWait}, r)
		if err != nil || status != store.Found || len(r.Messages) == 0 {
			t.Fatalf("got %v, %v, %d messages", status, err, len(r.Messages))
		}
		for _, m := range r.Messages {
			if m.QueueOffset%2 != 1 || m.TagsCode != 0 {
				t.Errorf("got %+v, want odd offsets and the tag's code", m)
			}
		}
		if noWait && (f.bits != 0 || f.records < 2*len(r.Messages)-1) || !noWait && (f.bits < 2*len(r.Messages)-1 || f.records != len(r.Messages)) {
			t.Errorf("noWait=%v: %d messages, %d bit maps, %d records looked at", noWait, len(r.Messages), f.bits, f.records)
		}
		r.Release()
	}
}

// After a crash every bit map that there is belongs to its message, and so after it was written again.
func TestBitMapsAfterCrashes(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		disk := vfs.NewMem()
		for round := range 3 {
			s := open(t, disk, withExtension())
			for i := range 20 + rng.IntN(60) {
				putBody(t, s, "T", 0, fmt.Appendf(nil, "%d %d", round, i), "")
			}
			q, err := s.Queue([]byte("T"), 0)
			if err != nil {
				t.Fatal(err)
			}
			units, buf := 0, make([]byte, consumequeue.MaxUnit)
			for off := q.Min(); off < q.Max(); off++ {
				var e [1]consumequeue.Entry
				if n, err := q.ReadEntries(off, e[:]); n != 1 || err != nil {
					t.Fatal(n, err)
				}
				if u, ok := q.Unit(e[0].TagsCode, buf); ok {
					units++
					if len(u.Bits) != 1 || int64(u.Bits[0]) != off%2 {
						t.Errorf("seed %d, round %d: offset %d has %+v", seed, round, off, u)
					}
				}
			}
			if int64(units) != q.Max()-q.Min() {
				t.Errorf("seed %d, round %d: %d units of %d entries", seed, round, units, q.Max()-q.Min())
			}
			crash := disk.Clone(rng, vfs.Coin())
			closeStore(t, s)
			disk = crash
		}
	}
}
