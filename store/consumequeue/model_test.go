package consumequeue

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

// modelQueue is what a queue should hold: all[i] has queue offset i.
type modelQueue struct {
	all []Entry
	min int64
}

func (m *modelQueue) correctMin(minPhy int64) {
	for m.min < int64(len(m.all)) && (m.all[m.min].PhyOffset < minPhy || m.all[m.min].blank()) {
		m.min++
	}
}

func (m *modelQueue) truncate(phy int64) {
	for n := len(m.all); n > 0 && m.all[n-1].end() > phy; n-- {
		m.all = m.all[:n-1]
	}
	m.min = min(m.min, int64(len(m.all)))
}

// modelRun applies random operations to a set and to slices.
type modelRun struct {
	t      *testing.T
	rng    *rand.Rand
	fs     vfs.FS
	o      Options
	set    *Set
	queues [3]modelQueue
	phy    int64 // end of the log
	minPhy int64 // its beginning
}

func TestModel(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		r := &modelRun{t: t, rng: rng, fs: vfs.NewMem(), o: Options{FileSize: int64(20 * (1 + rng.IntN(60))), MaxOpenFiles: 1 + rng.IntN(3)}}
		r.set = open(t, r.fs, r.o)
		for range 300 {
			r.step()
			if t.Failed() {
				t.Fatalf("seed %d, file size %d", seed, r.o.FileSize)
			}
		}
	}
}

func (r *modelRun) queue(i int) *Queue { return queue(r.t, r.set, "T", int32(i)) }

func (r *modelRun) step() {
	var err error
	switch r.rng.IntN(20) {
	case 0:
		_, err = r.set.Flush(ctx)
	case 1, 2, 3:
		err = r.set.Write(ctx, r.rng.IntN(3)*100)
	case 4:
		r.phy = r.minPhy + r.rng.Int64N(r.phy-r.minPhy+1)
		err = r.set.Truncate(r.phy)
		for i := range r.queues {
			r.queues[i].truncate(r.phy)
		}
	case 5:
		r.minPhy += r.rng.Int64N((r.phy-r.minPhy)/4 + 1)
		if r.rng.IntN(2) == 0 {
			_, err = r.set.Expire(ctx, r.minPhy, nil)
		} else {
			err = r.set.CorrectMin(r.minPhy)
		}
		for i := range r.queues {
			r.queues[i].correctMin(r.minPhy)
		}
	case 6:
		r.reopen()
	case 7:
		if r.rng.IntN(5) == 0 {
			err = r.set.DeleteTopic("T")
			r.queues = [3]modelQueue{}
		}
	case 8, 9, 10:
		r.read(r.rng.IntN(len(r.queues)))
	default:
		for range r.rng.IntN(30) {
			r.append(r.rng.IntN(len(r.queues)))
		}
	}
	if err != nil {
		r.t.Error(err)
	}
	for i := range r.queues {
		if q, m := r.queue(i), &r.queues[i]; q.Max() != int64(len(m.all)) || q.Min() != m.min {
			r.t.Errorf("queue %d: [%d, %d), want [%d, %d)", i, q.Min(), q.Max(), m.min, len(m.all))
		}
	}
}

func (r *modelRun) append(i int) {
	m, e := &r.queues[i], Entry{r.phy, 91 + r.rng.Int32N(1000), r.rng.Int64() - r.rng.Int64()}
	r.phy = e.end() + r.rng.Int64N(100)
	if len(m.all) == 0 && r.rng.IntN(2) == 0 { // a queue that does not begin at 0
		for range r.rng.IntN(150) {
			m.all = append(m.all, filler(0))
		}
		m.min = int64(len(m.all))
	} else if n := len(m.all); n > 0 && m.all[n-1].PhyOffset > 0 && r.rng.IntN(10) == 0 {
		for range r.rng.Int64N(r.o.FileSize/unitSize) + 1 {
			m.all = append(m.all, filler(m.all[n-1].end()))
		}
	}
	if err := r.queue(i).Append(int64(len(m.all)), e.PhyOffset, e.Size, e.TagsCode); err != nil {
		r.t.Error(err)
	}
	m.all = append(m.all, e)
	if r.rng.IntN(5) == 0 { // the same again
		if err := r.queue(i).Append(int64(len(m.all))-1, e.PhyOffset, e.Size, e.TagsCode); err != nil {
			r.t.Error(err)
		}
	}
}

func (r *modelRun) read(i int) {
	q, m := r.queue(i), &r.queues[i]
	from := m.min + r.rng.Int64N(int64(len(m.all))-m.min+2)
	dst := make([]Entry, 1+r.rng.IntN(40))
	n, ok := q.Entries(from, dst)
	want := m.all[min(from, int64(len(m.all))):]
	if ok && n < min(len(dst), len(want)) {
		r.t.Errorf("queue %d: %d entries from memory at %d of %d", i, n, from, len(m.all))
	}
	if err := sameEntries(dst[:n], want[:n]); ok && err != nil {
		r.t.Errorf("queue %d: from memory at %d: %v", i, from, err)
	}
	n, err := q.ReadEntries(from, dst)
	if err != nil || n == 0 && len(want) > 0 {
		r.t.Errorf("queue %d: read %d at %d of %d: %v", i, n, from, len(m.all), err)
		return
	}
	if err := sameEntries(dst[:n], want[:n]); err != nil {
		r.t.Errorf("queue %d: read at %d: %v", i, from, err)
	}
}

func (r *modelRun) reopen() {
	if err := r.set.Close(); err != nil {
		r.t.Error(err)
	}
	o := r.o
	o.Clean = r.rng.IntN(2) == 0
	r.set = open(r.t, r.fs, o)
	if err := r.set.CorrectMin(r.minPhy); err != nil {
		r.t.Error(err)
	}
	if rep := r.set.Report(); rep.Cut != 0 || len(rep.SetAside) != 0 {
		r.t.Errorf("%+v", rep)
	}
	// Messages are what Min counts; a queue of which only fillers are left has none.
	for i := range r.queues {
		m := &r.queues[i]
		m.min = min(m.min, int64(len(m.all)))
		m.correctMin(r.minPhy)
		if _, ok, err := r.queue(i).Earliest(); ok != (m.min < int64(len(m.all))) && err == nil {
			r.t.Errorf("queue %d: earliest %v with [%d, %d)", i, ok, m.min, len(m.all))
		}
	}
}

func TestRing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		start := rng.Int64N(1000)
		r := ring{unit: unitSize}
		r.restart(start)
		keep := start
		var all []Entry
		for range rng.IntN(300) {
			e := Entry{rng.Int64N(1 << 40), rng.Int32(), rng.Int64()}
			r.push(e, keep)
			all = append(all, e)
			if rng.IntN(3) == 0 {
				keep += rng.Int64N(r.hi - keep + 1)
			}
			if rng.IntN(20) == 0 && r.cap() > minSlots && r.hi-keep <= r.cap()/2 {
				r.resize(r.cap() / 2)
			}
			if r.lo > keep || r.hi != start+int64(len(all)) || r.hi-r.lo > r.cap() {
				t.Fatalf("[%d, %d) in %d slots, keep %d", r.lo, r.hi, r.cap(), keep)
			}
			got := make([]Entry, r.hi-r.lo)
			if n := r.entries(r.lo, got); n != len(got) {
				t.Fatalf("%d entries, want %d", n, len(got))
			}
			want := all[r.lo-start:]
			a, b := r.runs(keep, r.hi)
			if err := errors.Join(sameEntries(got, want), sameBytes(a, b, all[keep-start:])); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func sameBytes(a, b []byte, want []Entry) error {
	var got []Entry
	for _, run := range [][]byte{a, b} {
		for ; len(run) > 0; run = run[unitSize:] {
			got = append(got, decodeEntry(run))
		}
	}
	return sameEntries(got, want)
}
