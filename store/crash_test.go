package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// A crash run puts random messages into a store on a disk in memory and cuts the power between any
// two operations of the disk, many times. Each disk that is left is opened, and must hold what it
// has to: see verify.
type crashRun struct {
	seed  uint64
	rng   *rand.Rand // of the goroutine that puts
	mem   *vfs.Mem
	opt   Options
	plant func(vfs.FS) vfs.FS // a bug to be found; nil for none
	saves chan struct{}       // a checkpoint is being saved

	gate  sync.RWMutex // guards store
	store *Store       // nil while it is opened or closed

	mu    sync.Mutex // guards the fields below
	cuts  *rand.Rand
	puts  []put // in the order of the log
	acked int64 // log offset up to which everything was said to be durable
	seen  map[string]int64
	disks []disk
}

// put is a message that was stored.
type put struct {
	queue    string // topic and queue
	queueOff int64  // -1 for one that takes none
	phy, end int64
	body     []byte
}

// disk is what a power cut left, and what must be on it.
type disk struct {
	mem     *vfs.Mem
	must    int64 // everything up to this log offset must be on it
	durable int64 // and still after another power cut
	seen    map[string]int64
	policy  string

	recovery bool // cut while another disk was recovered
}

func crashOptions(flush FlushMode) Options {
	return Options{
		LogFileSize: 16 << 10, QueueFileSize: 400, Flush: flush, Window: 64 << 10, NoIndex: true,
		FlushInterval: 2 * time.Millisecond, FlushThorough: 10 * time.Millisecond,
		QueueFlushInterval: time.Millisecond, upkeepEvery: time.Millisecond, queueSync: 1,
		Memory: 8 << 30,
	}
}

func newCrashRun(seed uint64, o Options) *crashRun {
	c := &crashRun{
		seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), cuts: rand.New(rand.NewPCG(seed, 2)),
		mem: vfs.NewMem(), opt: o, seen: make(map[string]int64),
		saves: make(chan struct{}, 1),
	}
	var now atomic.Int64
	now.Store(1_700_000_000_000)
	c.opt.Now = func() int64 { return now.Add(300) } // so that the checkpoint's three seconds mean something
	return c
}

// watch makes every operation of the disk a place where the power may be cut.
func (c *crashRun) watch(odds float64) {
	c.mem.OnOp = func(op vfs.Op, name string) {
		c.mu.Lock()
		cut := c.cuts.Float64() < odds
		c.mu.Unlock()
		if op == vfs.OpSync && name == checkpointFile {
			select {
			case c.saves <- struct{}{}:
			default:
			}
		}
		if cut {
			c.cut()
		}
	}
}

// cut copies the disk as a power cut might leave it. What must be on it is noted first.
func (c *crashRun) cut() {
	c.gate.RLock()
	s := c.store
	if s == nil {
		c.cutLocked(nil)
	}
	c.gate.RUnlock()
	if s != nil {
		s.log.Exclusive(func() { c.cutLocked(s) })
	}
}

// use says that s is what puts go to, once nobody cuts in the belief that nobody puts.
func (c *crashRun) use(s *Store) {
	c.gate.Lock()
	defer c.gate.Unlock()
	c.store = s
}

func (c *crashRun) cutLocked(s *Store) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s != nil {
		c.acked = max(c.acked, s.log.Flushed().Load())
	}
	d := disk{must: c.acked, durable: c.acked, seen: make(map[string]int64)}
	for k, v := range c.seen {
		d.seen[k] = v
	}
	rng := rand.New(rand.NewPCG(c.cuts.Uint64(), 3))
	switch n := c.cuts.IntN(10); {
	case n == 0 && s != nil:
		d.policy, d.mem = "killed", c.mem.CloneKilled()
		d.must = s.log.End()
	case n < 4:
		d.policy, d.mem = "harsh", c.mem.Clone(rng, vfs.Policy{})
	default:
		d.policy, d.mem = "coin", c.mem.Clone(rng, vfs.Coin())
	}
	c.disks = append(c.disks, d)
}

// ack notes an acknowledgement. It runs on the flusher's goroutine.
type ack struct {
	run *crashRun
	end int64
}

func (a ack) Settled(err error) {
	if err != nil {
		return
	}
	a.run.mu.Lock()
	defer a.run.mu.Unlock()
	a.run.acked = max(a.run.acked, a.end)
}

var (
	testBorn  = netip.MustParseAddrPort("10.1.2.3:4567")
	testStore = netip.MustParseAddrPort("10.0.0.1:10911")
)

// put stores one random message, or one of no queue. Its body begins with its number.
func (c *crashRun) put(s *Store) error {
	topic, id := fmt.Sprintf("T%d", c.rng.IntN(3)), int32(c.rng.IntN(2))
	body := make([]byte, 8+c.rng.IntN(2500))
	for i := range body {
		body[i] = byte(c.rng.Uint32())
	}
	binary.BigEndian.PutUint64(body, uint64(len(c.puts)))
	m := record.Message{
		Topic: []byte(topic), QueueID: id, Body: body, BornHost: testBorn, StoreHost: testStore,
		Properties: record.AppendProperty(nil, record.PropTags, fmt.Sprint("tag", c.rng.IntN(3))),
	}
	if c.rng.IntN(20) == 0 {
		m.SysFlag = record.SysTranPrepared
	}
	var e record.Encoded
	if err := e.Set(&m, record.EncodeOptions{}); err != nil {
		return err
	}
	q, err := s.Queue(m.Topic, id)
	if err != nil {
		return err
	}
	placed, err := s.Put(&e, q, false)
	if err != nil {
		return err
	}
	p := put{queue: fmt.Sprintf("%s-%d", topic, id), queueOff: placed.QueueOffset, phy: placed.PhyOffset, end: placed.End, body: body}
	if !e.Queued() {
		p.queueOff = -1
	}
	c.mu.Lock()
	c.puts = append(c.puts, p)
	c.mu.Unlock()
	if c.opt.CallerDrives {
		s.Drive()
	}
	if c.rng.IntN(30) == 0 && c.mem.OnOp != nil {
		<-c.saves // so that checkpoints lie between the puts
	}
	return c.wait(s, placed.End)
}

// wait waits for some puts to be durable, asks to be told of most others, and looks at what is visible.
func (c *crashRun) wait(s *Store, end int64) error {
	switch n := c.rng.IntN(8); {
	case n == 0 && c.opt.Flush == SyncFlush:
		settled := make(chan error, 1)
		s.Await(end, settledChan(settled))
		if err := <-settled; err != nil {
			return err
		}
		ack{c, end}.Settled(nil)
	case n < 6 && c.opt.Flush == SyncFlush:
		s.Await(end, ack{c, end})
	case n == 6 && c.opt.Flush == SyncFlush:
		c.mu.Lock()
		defer c.mu.Unlock()
		for topic := range 3 {
			for id := range int32(2) {
				name := fmt.Sprintf("T%d", topic)
				c.seen[fmt.Sprintf("%s-%d", name, id)] = s.MaxOffset([]byte(name), id)
			}
		}
	}
	return nil
}

type settledChan chan<- error

func (c settledChan) Settled(err error) { c <- err }

// run puts n messages, closing and opening the store now and then, and leaves it open or closed.
func (c *crashRun) run(n int) error {
	fsys := c.fsys()
	s, err := Open(fsys, c.opt)
	if err != nil {
		return err
	}
	c.use(s)
	for range n {
		if c.rng.IntN(60) == 0 {
			if err := s.Close(); err != nil {
				return fmt.Errorf("close: %w", err)
			}
			c.use(nil)
			ack{c, s.log.End()}.Settled(nil)
			if s, err = Open(fsys, c.opt); err != nil {
				return fmt.Errorf("open: %w", err)
			}
			c.use(s)
		}
		if err := c.put(s); err != nil {
			return fmt.Errorf("put: %w", err)
		}
	}
	return s.Close()
}

// verify opens what a power cut left. Everything durable that was not deleted must be there, unaltered
// and at its place, and queues go on where they were even if nothing is left of them;
// of the rest a suffix may be missing, and nothing else; queues and log must agree; and the store
// must go on, close and open again without recovery.
func (c *crashRun) verify(d *disk) error {
	o := c.opt
	o.Arrivals, o.CallerDrives = nil, false
	recovered := c.cutRecovery(d)
	s, err := Open(d.mem, o)
	cut := recovered()
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer s.Close()
	for i := range cut {
		if err := c.verify(&cut[i]); err != nil {
			return fmt.Errorf("cut again in recovery: %w", err)
		}
	}
	if err := c.compare(s, d); err != nil {
		return err
	}
	more := newCrashRun(c.seed+1, o)
	for range 5 {
		if err := more.put(s); err != nil {
			return fmt.Errorf("put after recovery: %w", err)
		}
	}
	end := s.log.End()
	if err := s.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	if aborted, err := wasAborted(d.mem); aborted || err != nil {
		return fmt.Errorf("after a close: abort file %v, %w", aborted, err)
	}
	again, err := Open(d.mem, o)
	if err != nil {
		return fmt.Errorf("open again: %w", err)
	}
	defer again.Close()
	if st := again.Stats(); st.Cut != 0 || st.LogEnd != end {
		return fmt.Errorf("open again: cut %d bytes, log ends at %d, want 0, %d", st.Cut, st.LogEnd, end)
	}
	return again.Check()
}

// cutRecovery cuts the power again while d is being recovered, now and then, until recovered is
// called, which returns the disks that leaves. They must hold what d must.
func (c *crashRun) cutRecovery(d *disk) (recovered func() []disk) {
	if d.recovery || c.cuts.IntN(4) > 0 {
		return func() []disk { return nil }
	}
	var mu sync.Mutex // several goroutines recover queues
	var list []disk
	done := false
	rng := rand.New(rand.NewPCG(c.cuts.Uint64(), 4))
	d.mem.OnOp = func(vfs.Op, string) {
		mu.Lock()
		defer mu.Unlock()
		if !done && rng.IntN(20) == 0 {
			list = append(list, disk{mem: d.mem.Clone(rng, vfs.Coin()), must: d.durable, seen: d.seen, policy: d.policy, recovery: true})
		}
	}
	return func() []disk {
		mu.Lock()
		defer mu.Unlock()
		done = true
		return list
	}
}

func (c *crashRun) compare(s *Store, d *disk) error {
	end := s.log.End()
	if end < d.must {
		return fmt.Errorf("the log ends at %d, durable was everything up to %d", end, d.must)
	}
	for k, want := range d.seen {
		var topic string
		var id int32
		if _, err := fmt.Sscanf(k, "T%1s-%d", &topic, &id); err != nil {
			return err
		}
		if got := s.MaxOffset([]byte("T"+topic), id); got < want {
			return fmt.Errorf("%s ends at %d, consumers saw it end at %d", k, got, want)
		}
	}
	var r Read
	defer r.Release()
	start := s.log.Start()
	first, next := make(map[string]int64), make(map[string]int64)
	for i, p := range c.puts {
		if p.end > end {
			break
		}
		if p.phy < start {
			if p.queueOff >= 0 {
				next[p.queue]++
				first[p.queue]++
			}
			continue
		}
		if err := s.Look(p.phy, &r, false); err != nil {
			return fmt.Errorf("message %d at %d of %d: %w", i, p.phy, end, err)
		}
		var v record.View
		if _, err := record.Parse(r.AppendTo(nil), &v, record.WithBody); err != nil || !bytes.Equal(v.Body, p.body) {
			return fmt.Errorf("message %d at %d was altered: %v", i, p.phy, err)
		}
		if p.queueOff < 0 {
			continue
		}
		if p.queueOff != next[p.queue] {
			return fmt.Errorf("message %d has offset %d of %s, want %d", i, p.queueOff, p.queue, next[p.queue])
		}
		next[p.queue]++
	}
	for q := range s.queues.All() {
		name := fmt.Sprintf("%s-%d", q.Topic(), q.ID())
		if q.Min() != first[name] || q.Max() != next[name] {
			return fmt.Errorf("%s has offsets from %d to %d, want %d to %d", name, q.Min(), q.Max(), first[name], next[name])
		}
		delete(next, name)
	}
	if len(next) > 0 {
		return fmt.Errorf("queues and their ends: %v: are missing", next)
	}
	return s.Check()
}

// fsys is the disk as the store sees it.
func (c *crashRun) fsys() vfs.FS {
	if c.plant != nil {
		return c.plant(c.mem)
	}
	return c.mem
}

// errWrongDisk: a disk does not hold what it must.
var errWrongDisk = errors.New("after a power cut")

// crashes runs the suite until so many disks were judged and returns the first thing that is wrong.
func crashes(o Options, first uint64, disks int, plant func(vfs.FS) vfs.FS) error {
	for seed := first; disks > 0; seed++ {
		c := newCrashRun(seed, o)
		c.plant = plant
		c.watch(0.1)
		if err := c.run(150); err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
		for i := range c.disks {
			d := &c.disks[i]
			if err := c.verify(d); err != nil {
				return fmt.Errorf("%w: seed %d, disk %d (%s): %w", errWrongDisk, seed, i, d.policy, err)
			}
		}
		disks -= len(c.disks)
	}
	return nil
}

// nearlyFull is a disk on which the oldest files must go at once, though messages are still taken.
type nearlyFull struct{ vfs.FS }

func (nearlyFull) Usage(string) (vfs.Usage, error) { return vfs.Usage{Total: 100, Free: 12}, nil }

// Files are deleted all the time while messages come and the power is cut.
func TestCrashWhileDeleting(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	for name, flush := range map[string]FlushMode{"async": AsyncFlush, "sync": SyncFlush} {
		t.Run(name, func(t *testing.T) {
			t.Logf("first seed %d", seed)
			o := crashOptions(flush)
			o.cleanFirst, o.CleanInterval, o.LogDeletePause, o.QueueDeletePause = time.Millisecond, time.Millisecond, -1, -1
			var deleted atomic.Int64
			err := crashes(o, seed, 300, func(base vfs.FS) vfs.FS {
				faulty := vfs.NewFaulty(nearlyFull{base})
				faulty.Inject(vfs.Rule{Op: vfs.OpRemove, Name: logDir + "/*", Before: func() { deleted.Add(1) }})
				return faulty
			})
			if err != nil {
				t.Error(err)
			}
			if deleted.Load() < 10 {
				t.Errorf("%d files were deleted: the test tested nothing", deleted.Load())
			}
			t.Logf("%d files were deleted", deleted.Load())
		})
	}
}

func TestCrash(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	for name, o := range map[string]Options{
		"async":        crashOptions(AsyncFlush),
		"sync":         crashOptions(SyncFlush),
		"callerDrives": func() Options { o := crashOptions(AsyncFlush); o.CallerDrives = true; return o }(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Logf("first seed %d", seed)
			if err := crashes(o, seed, 350, nil); err != nil {
				t.Error(err)
			}
		})
	}
}
