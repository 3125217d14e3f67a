package vfs

import (
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"syscall"
)

// What a real system answers, so that errors.Is agrees on OS and Mem.
var (
	errIsDirectory  error = syscall.EISDIR
	errNotDirectory error = syscall.ENOTDIR
	errNotEmpty     error = syscall.ENOTEMPTY
	errIntoItself   error = syscall.EINVAL
)

// memNode is a directory or a file, whatever it is called. Guarded by Mem.mu.
type memNode struct {
	names map[string]*memNode // a directory's content as programs see it; nil in a file
	disk  map[string]*memNode // and as a power cut would leave it
	at    place               // where the node is on disk, if place.dir.disk still says so
	file  *memFile            // nil in a directory
}

func newMemDir() *memNode {
	return &memNode{names: make(map[string]*memNode), disk: make(map[string]*memNode)}
}

// within reports whether dir is n or below it.
func (n *memNode) within(dir *memNode) bool {
	if n == dir {
		return true
	}
	for _, child := range n.names {
		if child.within(dir) {
			return true
		}
	}
	return false
}

func (n *memNode) entry(name string) Entry {
	if n.file == nil {
		return Entry{Name: name, Dir: true}
	}
	size, mtime := n.file.stat()
	return Entry{Name: name, Size: size, MTime: mtime}
}

// place is a name in a directory; the zero place is nowhere.
type place struct {
	dir  *memNode
	name string
}

func (p place) node() *memNode { return p.dir.names[p.name] }

// elements yields the elements of a valid path, none for the root.
func elements(name string) iter.Seq[string] {
	if name == "." {
		return func(func(string) bool) {}
	}
	return strings.SplitSeq(name, "/")
}

// find returns the node called name. The caller holds mu, here and below.
func (m *Mem) find(name string) (*memNode, error) {
	at := m.root
	for element := range elements(name) {
		if at.names == nil {
			return nil, errNotDirectory
		}
		if at = at.names[element]; at == nil {
			return nil, fs.ErrNotExist
		}
	}
	return at, nil
}

// place finds the directory of name, which itself need not exist.
func (m *Mem) place(name string) (place, error) {
	dir, err := m.find(path.Dir(name))
	if err == nil && dir.names == nil {
		err = errNotDirectory
	}
	if err != nil {
		return place{}, err
	}
	return place{dir, path.Base(name)}, nil
}

// nameChange is a creation (to), a removal (from) or a renaming (both) that is not durable yet.
// Renaming is one change, so nothing can tear it.
type nameChange struct {
	node     *memNode
	from, to place
}

// reach makes the change on disk. A removal whose file has another name there, because the
// renaming before it got lost, removes nothing; a renaming moves the file from wherever it is.
func (c nameChange) reach() {
	n := c.node
	if c.to.dir == nil {
		if c.from.dir.disk[c.from.name] == n {
			delete(c.from.dir.disk, c.from.name)
		}
		return
	}
	if d := n.at.dir; d != nil && d.disk[n.at.name] == n {
		delete(d.disk, n.at.name)
	}
	c.to.dir.disk[c.to.name] = n
	n.at = c.to
}

// settle makes the changes that touch dir durable, and before each of them those that it stands
// on: the earlier ones of the same names, and so of the same file.
func (m *Mem) settle(dir *memNode) {
	needed := make(map[place]bool)
	var now, later []nameChange
	for _, c := range slices.Backward(m.pending) {
		if c.from.dir == dir || c.to.dir == dir || needed[c.from] || needed[c.to] {
			now = append(now, c)
			for _, p := range []place{c.from, c.to} {
				if p.dir != nil {
					needed[p] = true
				}
			}
		} else {
			later = append(later, c)
		}
	}
	slices.Reverse(later)
	m.pending = later
	for _, c := range slices.Backward(now) {
		c.reach()
	}
}
