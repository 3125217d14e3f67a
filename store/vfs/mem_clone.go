package vfs

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"slices"
)

// Policy says how much of what nobody made durable a power cut leaves, as probabilities from 0
// to 1. The zero Policy is the harshest disk: only what was synced is there.
type Policy struct {
	Page float64 // a 4 KiB page that was written since is there
	Tear float64 // of such a page only some sectors of 512 bytes are
	Size float64 // a new length is there
	Name float64 // a creation, a renaming or a removal is there
}

// Coin is the Policy that leaves everything to chance.
func Coin() Policy { return Policy{Page: 0.5, Tear: 0.25, Size: 0.5, Name: 0.5} }

// Clone returns the disk as a power cut at this moment might leave it: what is durable is there,
// of the rest policy and rng decide. Of the clone, everything is durable. The same rng state
// gives the same clone.
//
// Others may go on using m, through Files. Memory written through a mapping is copied like any
// memory: hold the lock of those who write it, as a log's append lock, or clone in OnOp of the
// goroutine that writes.
func (m *Mem) Clone(rng *rand.Rand, policy Policy) *Mem {
	c := m.CloneKilled()
	c.Writeback(rng, policy)
	for _, change := range c.pending {
		if rng.Float64() < policy.Name {
			change.reach()
		}
	}
	c.pending = nil
	c.forgetCache()
	return c
}

// CloneKilled returns the disk as it is when the process dies and the machine does not: the page
// cache is there, what was not durable still is not, locks and open files are gone. What Clone
// says of mappings holds here too.
func (m *Mem) CloneKilled() *Mem {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := NewMem()
	c.SetCapacity(m.space.capacity.Load())
	twin := copier{space: c.space, nodes: make(map[*memNode]*memNode)}
	c.root = twin.node(m.root)
	for _, change := range m.pending {
		c.pending = append(c.pending, nameChange{
			node: twin.node(change.node), from: twin.place(change.from), to: twin.place(change.to),
		})
	}
	return c
}

// copier copies nodes, each once.
type copier struct {
	space *memSpace
	nodes map[*memNode]*memNode
}

func (t *copier) place(p place) place {
	if p.dir == nil {
		return place{}
	}
	return place{t.node(p.dir), p.name}
}

func (t *copier) node(n *memNode) *memNode {
	if c, ok := t.nodes[n]; ok {
		return c
	}
	c := new(memNode)
	t.nodes[n] = c
	if n.file != nil {
		c.file = n.file.copy(t.space)
	} else {
		c.names, c.disk = t.names(n.names), t.names(n.disk)
	}
	for _, child := range c.names {
		if child.file != nil {
			child.file.link()
		}
	}
	c.at = t.place(n.at)
	return c
}

func (t *copier) names(from map[string]*memNode) map[string]*memNode {
	to := make(map[string]*memNode, len(from))
	for name, child := range from {
		to[name] = t.node(child)
	}
	return to
}

// Writeback does what a kernel may do at any time: of the pages and lengths that are not durable
// it writes some, by Policy.Page, Tear and Size. Calling it now and then gives a later Clone pages
// as they were in the middle. What Clone says of mappings holds here too.
func (m *Mem) Writeback(rng *rand.Rand, policy Policy) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.files() {
		f.writeback(rng, policy)
	}
}

// files lists every file that has a name, had one that is still on disk or has a change pending,
// always in the same order.
func (m *Mem) files() []*memFile {
	var list []*memFile
	seen := make(map[*memNode]bool)
	var visit func(n *memNode)
	visit = func(n *memNode) {
		if seen[n] {
			return
		}
		seen[n] = true
		if n.file != nil {
			list = append(list, n.file)
		}
		for _, children := range []map[string]*memNode{n.names, n.disk} {
			for _, name := range slices.Sorted(maps.Keys(children)) {
				visit(children[name])
			}
		}
	}
	visit(m.root)
	for _, c := range m.pending {
		visit(c.node)
	}
	return list
}

// forgetCache makes what is on disk all there is.
func (m *Mem) forgetCache() {
	m.space.used.Store(0)
	var load func(n *memNode)
	load = func(n *memNode) {
		if n.file != nil {
			n.file.load()
			return
		}
		n.names = maps.Clone(n.disk)
		for _, name := range slices.Sorted(maps.Keys(n.names)) {
			load(n.names[name])
		}
	}
	load(m.root)
}

// copy returns the file without anybody who has it open. It takes its blocks even beyond the
// capacity: they are there.
func (f *memFile) copy(space *memSpace) *memFile {
	f.mu.RLock()
	defer f.mu.RUnlock()
	c := newMemFile(space)
	c.bytes = make([]byte, len(f.bytes))
	for page := range pagesOf(0, int64(len(f.bytes))) {
		lo, hi := page*memPage, min((page+1)*memPage, int64(len(f.bytes)))
		if b := f.bytes[lo:hi]; !bytes.Equal(b, zeroPage[:len(b)]) {
			copy(c.bytes[lo:hi], b) // zeros are left alone, so that a sparse file stays small
		}
	}
	for page, b := range f.disk {
		dup := *b
		c.disk[page] = &dup
	}
	c.mtime, c.diskSize, c.mapped = f.mtime, f.diskSize, f.mapped
	c.blocks, c.cold = maps.Clone(f.blocks), maps.Clone(f.cold)
	return c
}

// link counts the name of a copied file and its blocks.
func (f *memFile) link() {
	f.refs++
	f.space.used.Add(int64(len(f.blocks)) * memPage)
}

func (f *memFile) writeback(rng *rand.Rand, policy Policy) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for page := range pagesOf(0, int64(len(f.bytes))) {
		if !f.dirty(page) || rng.Float64() >= policy.Page {
			continue
		}
		torn := rng.Float64() < policy.Tear
		for off := page * memPage; off < min((page+1)*memPage, int64(len(f.bytes))); off += memSector {
			if torn && rng.IntN(2) == 0 {
				continue
			}
			n := min(memSector, int64(len(f.bytes))-off)
			if f.persist(off, n) != nil {
				break // no room: the kernel could not write it either
			}
		}
	}
	if int64(len(f.bytes)) != f.diskSize && rng.Float64() < policy.Size {
		f.persistSize()
	}
}

// dirty reports whether a page of the file differs from the disk's.
func (f *memFile) dirty(page int64) bool {
	b := f.bytes[page*memPage : min((page+1)*memPage, int64(len(f.bytes)))]
	old := f.disk[page]
	if old == nil {
		old = &zeroPage
	}
	return !bytes.Equal(b, old[:len(b)])
}

// load replaces what programs saw by what is on disk, all of which has room.
func (f *memFile) load() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bytes = make([]byte, f.diskSize)
	f.refs, f.maps = 1, 0
	clear(f.blocks)
	clear(f.cold)
	for page, b := range f.disk {
		if page*memPage >= f.diskSize {
			delete(f.disk, page) // written beyond a length that did not get there
			continue
		}
		copy(f.bytes[page*memPage:], b[:])
		f.blocks[page] = struct{}{}
	}
	f.persistSize()
	f.space.used.Add(int64(len(f.blocks)) * memPage)
}
