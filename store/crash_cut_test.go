package store

import (
	"maps"
	"math"
	"math/rand/v2"
	"path"
	"slices"
	"sync"

	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/vfs"
)

// disk is what a power cut left, and what must be on it.
type disk struct {
	mem     *vfs.Mem
	must    int64 // everything up to this log offset must be on it
	durable int64 // and still after another power cut
	seen    map[string]int64
	lives   map[string]life
	saved   offsetFile
	tried   int64
	// start is where the log began, MaxInt64 if nobody knew: files before it may come back with their names,
	// and what was made of them not.
	start  int64
	policy string

	recovery bool // cut while another disk was recovered
}

// watch makes every operation of the disk a place where the power may be cut, or where the kernel writes some
// of what is not durable, so that a later cut finds pages as they were in the middle.
func (c *crashRun) watch(odds float64) {
	c.mem.OnOp = func(op vfs.Op, name string) {
		c.mu.Lock()
		cut, write := c.cuts.Float64() < odds, c.cuts.Float64() < odds/4
		c.mu.Unlock()
		if op == vfs.OpSync && name == layout.CheckpointFile {
			select {
			case c.saves <- struct{}{}:
			default:
			}
		}
		if write {
			c.alone(func(*Store) { c.mem.Writeback(c.dice(), vfs.Coin()) })
		}
		if cut {
			c.alone(c.cut)
		}
	}
}

// alone calls f while nobody appends: under the append lock, or before there is a store.
func (c *crashRun) alone(f func(*Store)) {
	c.gate.RLock()
	s := c.store
	if s == nil {
		f(nil)
	}
	c.gate.RUnlock()
	if s != nil {
		s.log.Exclusive(func() { f(s) })
	}
}

// dice is chance for one cut.
func (c *crashRun) dice() *rand.Rand {
	c.mu.Lock()
	defer c.mu.Unlock()
	return rand.New(rand.NewPCG(c.cuts.Uint64(), 3))
}

// cut copies the disk as a power cut might leave it. What must be on it is noted first.
func (c *crashRun) cut(s *Store) {
	rng := c.dice()
	c.mu.Lock()
	defer c.mu.Unlock()
	if s != nil {
		c.acked = max(c.acked, s.log.Flushed().Load())
	}
	d := disk{must: c.acked, durable: c.acked, seen: c.seen, lives: maps.Clone(c.lives), saved: c.saved, tried: c.tried, start: math.MaxInt64}
	if s != nil {
		d.start = s.log.Start()
	}
	switch n := c.cuts.IntN(10); {
	case n == 0 && s != nil:
		d.policy, d.mem = "killed", c.mem.CloneKilled()
		d.must = s.log.End()
	case n < 4:
		d.policy, d.mem = "harsh", c.mem.Clone(rng, vfs.Policy{})
	case n < 6:
		random := vfs.Policy{Page: rng.Float64(), Tear: rng.Float64(), Size: rng.Float64(), Name: rng.Float64()}
		d.policy, d.mem = "random", c.mem.Clone(rng, random)
	default:
		d.policy, d.mem = "coin", c.mem.Clone(rng, vfs.Coin())
	}
	c.disks = append(c.disks, d)
}

// cutRecovery cuts the power again while d is being recovered, now and then, until recovered is
// called, which returns the disks that leaves. They must hold what d must.
func (c *crashRun) cutRecovery(d *disk) (recovered func() []disk) {
	if d.recovery || c.cuts.IntN(6) > 0 {
		return func() []disk { return nil }
	}
	var mu sync.Mutex // several goroutines recover queues
	var list []disk
	done := false
	rng := rand.New(rand.NewPCG(c.cuts.Uint64(), 4))
	d.mem.OnOp = func(vfs.Op, string) {
		mu.Lock()
		defer mu.Unlock()
		if done || rng.IntN(20) > 0 {
			return
		}
		again := *d
		again.mem, again.must, again.recovery = d.mem.Clone(rng, vfs.Coin()), d.durable, true
		list = append(list, again)
	}
	return func() []disk {
		mu.Lock()
		defer mu.Unlock()
		done = true
		return list
	}
}

const sector = 512

// choppedFS carries out what writes or syncs more than a sector in two operations, so that the power can be
// cut inside. It tells what is about to be removed.
type choppedFS struct {
	vfs.FS
	removes func(name string)
}

func (f *choppedFS) Remove(name string) error {
	f.removes(name)
	return f.FS.Remove(name)
}

func (c *crashRun) removes(name string) {
	if dir := path.Dir(name); dir == layout.LogDir || slices.Contains(c.opt.LogDirs, dir) {
		c.tally.removed.Add(1)
	}
}

func (f *choppedFS) Create(name string, size int64) (vfs.File, error) {
	return chopped(f.FS.Create(name, size))
}

func (f *choppedFS) Open(name string) (vfs.File, error) { return chopped(f.FS.Open(name)) }

func chopped(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return choppedFile{f}, nil
}

type choppedFile struct{ vfs.File }

func (f choppedFile) WriteAt(b []byte, off int64) (int, error) {
	half := middle(off, int64(len(b)), sector)
	n, err := f.File.WriteAt(b[:half], off)
	if err != nil || half == int64(len(b)) {
		return n, err
	}
	more, err := f.File.WriteAt(b[half:], off+half)
	return n + more, err
}

func (f choppedFile) Map(size int64, mode vfs.MapMode) (vfs.Mapping, error) {
	m, err := f.File.Map(size, mode)
	if err != nil {
		return nil, err
	}
	return choppedMapping{m}, nil
}

type choppedMapping struct{ vfs.Mapping }

func (m choppedMapping) Sync(off, n int64) error {
	const page = 4096
	half := middle(off, n, page)
	if err := m.Mapping.Sync(off, half); err != nil || half == n {
		return err
	}
	return m.Mapping.Sync(off+half, n-half)
}

// middle is how much of [off, off+n) lies in front of a border between units near its middle; n if no border is
// inside.
func middle(off, n, unit int64) int64 {
	half := (off+n/2)/unit*unit - off
	if half <= 0 {
		half += unit
	}
	return min(half, n)
}
