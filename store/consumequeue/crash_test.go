package consumequeue

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

// crashRun is a series of random operations on a disk whose power is cut before any of them.
type crashRun struct {
	t       *testing.T
	rng     *rand.Rand
	o       Options
	log     *log
	covered int64 // by the last flush that returned
	depth   int   // of power cuts survived
	cuts    *int
	budget  int // no more cuts beyond
}

var crashTopics = []string{"A", "B", "%RETRY%g"}

// crashFirst are queues that do not begin at 0.
var crashFirst = map[key]int64{{"A", 1}: 37, {"B", 0}: 700}

// TestCrash: after a power cut at any operation each queue is a beginning of what was appended, it
// has what the last flush covered, and the log makes it whole again; also when the power is cut again
// while that happens.
func TestCrash(t *testing.T) {
	const seeds = 32
	cuts := 0
	for seed := range uint64(seeds) {
		rng := rand.New(rand.NewPCG(seed, 77))
		run := &crashRun{
			t: t, rng: rng, log: &log{first: crashFirst}, cuts: &cuts,
			o:      Options{FileSize: int64(20 * (5 + rng.IntN(400))), MaxOpenFiles: 1 + rng.IntN(4)},
			budget: cuts + 100,
		}
		m := vfs.NewMem()
		run.work(m, open(t, m, run.o), 40)
		if t.Failed() {
			t.Fatalf("seed %d, file size %d", seed, run.o.FileSize)
		}
	}
	if cuts < 1000 {
		t.Errorf("only %d power cuts", cuts)
	}
}

func (r *crashRun) work(m *vfs.Mem, s *Set, steps int) {
	m.OnOp = func(op vfs.Op, name string) {
		if r.rng.IntN(8) == 0 && *r.cuts < r.budget {
			r.powerCut(m, fmt.Sprintf("before %v %s", op, name))
		}
	}
	disk := s.fs
	defer func() { m.OnOp, s.fs = nil, disk }()
	meanwhile := func() {
		if r.rng.IntN(4) == 0 {
			r.add(s)
			r.write(s)
		}
	}
	s.fs = duringSync{disk, meanwhile, meanwhile}
	for range steps {
		switch r.rng.IntN(10) {
		case 0:
			s.many = r.rng.IntN(8) // all at once, or one by one
			r.covered = max(r.covered, flush(r.t, s).PhyOffset)
		case 1, 2:
			r.write(s)
		case 3:
			m.Writeback(r.rng, vfs.Coin())
		default:
			r.add(s)
		}
	}
	r.powerCut(m, "at the end")
}

func (r *crashRun) write(s *Set) {
	if err := s.Write(ctx, r.rng.IntN(3)*200); err != nil {
		r.t.Fatal(err)
	}
}

func (r *crashRun) add(s *Set) {
	for range r.rng.IntN(120) {
		v := r.log.add(crashTopics[r.rng.IntN(len(crashTopics))], int32(r.rng.IntN(2)))
		if err := s.Dispatch(v); err != nil {
			r.t.Fatal(err)
		}
	}
}

// duringSync calls a function before and one after each directory that is synced with all that is in it, while whoever asked
// for that waits.
type duringSync struct {
	vfs.FS
	before, after func()
}

func (d duringSync) SyncTree(dir string) error {
	d.before()
	defer d.after()
	return d.FS.SyncTree(dir)
}

// powerCut checks a clone of the disk as the next start would find it.
func (r *crashRun) powerCut(m *vfs.Mem, when string) {
	*r.cuts++
	policy := vfs.Coin()
	switch r.rng.IntN(4) {
	case 0:
		policy = vfs.Policy{Page: r.rng.Float64(), Tear: r.rng.Float64(), Size: r.rng.Float64(), Name: r.rng.Float64()}
	case 1:
		policy = vfs.Policy{}
	}
	disk := m.Clone(r.rng, policy)
	s := open(r.t, disk, r.o)
	if rep := s.Report(); len(rep.SetAside) != 0 {
		r.t.Fatalf("%s: %+v", when, rep)
	}
	for q := range s.All() {
		r.checkPrefix(q, when)
	}
	for i := range r.log.views[:r.covered/recordSize] {
		v := &r.log.views[i]
		if q := s.Lookup(v.Topic, v.QueueID); q == nil || q.Max() <= v.QueueOffset {
			r.t.Fatalf("%s: %s-%d lost offset %d, which lies before %d", when, v.Topic, v.QueueID, v.QueueOffset, r.covered)
		}
	}
	r.restore(disk, s, when)
}

// checkPrefix: the queue is a beginning of what was appended to it.
func (r *crashRun) checkPrefix(q *Queue, when string) {
	if err := q.CorrectMin(0); err != nil {
		r.t.Fatal(err)
	}
	want, first := r.log.entries(q.topic, q.id), r.log.first[key{q.topic, q.id}]
	n := q.Max() - max(first, q.Min())
	if q.Min() < min(first, q.Max()) || n > int64(len(want)) {
		r.t.Fatalf("%s: %s-%d is [%d, %d) of [%d, %d)", when, q.topic, q.id, q.Min(), q.Max(), first, first+int64(len(want)))
	}
	if n <= 0 {
		return // not even all of the fillers
	}
	got := readAll(r.t, q)
	// The last entry may be torn behind its size; Truncate drops it if it was not durable.
	got[n-1].TagsCode = want[n-1].TagsCode
	if err := sameEntries(got, want[:n]); err != nil {
		r.t.Fatalf("%s: %s-%d: %v", when, q.topic, q.id, err)
	}
}

// restore does what a store does after a crash that also cost the end of the log.
func (r *crashRun) restore(disk *vfs.Mem, s *Set, when string) {
	next := &crashRun{t: r.t, rng: r.rng, o: r.o, log: &log{first: crashFirst}, depth: r.depth + 1, cuts: r.cuts, budget: r.budget}
	for i := range r.log.views {
		next.log.add(string(r.log.views[i].Topic), r.log.views[i].QueueID)
	}
	next.log.cut(r.rng.Int64N(int64(len(r.log.views))+1) * recordSize)
	next.covered = min(r.covered, next.log.end())
	if err := s.Truncate(next.covered); err != nil {
		r.t.Fatal(err)
	}
	if end := s.MaxPhy(); end > next.covered {
		r.t.Fatalf("%s: truncated at %d, but a queue reaches %d", when, next.covered, end)
	}
	next.log.dispatch(r.t, s, next.covered)
	s.Settle()
	checkFull(r.t, when, s, next.log)
	if next.depth < 3 && r.rng.IntN(6) == 0 {
		next.work(disk, s, 12)
	}
	if err := s.Close(); err != nil {
		r.t.Fatal(err)
	}
	o := r.o
	o.Clean = true
	s = open(r.t, disk, o)
	checkFull(r.t, when+", opened again", s, next.log)
	for q := range s.All() {
		if *q.Assigned() != q.Max() {
			r.t.Fatalf("%s: counter %d of a queue that ends at %d", when, *q.Assigned(), q.Max())
		}
	}
}

// TestKilled: what was written survives the end of the process without a flush.
func TestKilled(t *testing.T) {
	m, l := vfs.NewMem(), new(log)
	s := open(t, m, Options{FileSize: 2000})
	for range 500 {
		if err := s.Dispatch(l.add("T", 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Write(ctx, 0); err != nil {
		t.Fatal(err)
	}
	s = open(t, m.CloneKilled(), Options{FileSize: 2000})
	checkFull(t, "killed", s, l)
}
