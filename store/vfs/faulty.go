package vfs

import (
	"fmt"
	"io"
	"path"
	"sync"
)

// Faulty passes everything on to another FS, counts it, and fails or delays what its rules say.
// Names are those the caller used, of a File or Mapping those it was opened with.
type Faulty struct {
	base FS

	mu     sync.Mutex // guards the fields below; not held while an operation or a hook runs
	rules  []*activeRule
	counts map[opOnName]int
}

var _ FS = (*Faulty)(nil)

type opOnName struct {
	op   Op
	name string
}

// Rule says which operations meet with what.
type Rule struct {
	Op   Op     // any of these; 0: every operation
	Name string // a pattern of path.Match for the name or its last element; "": every name

	Skip  int // so many matching operations pass first
	Times int // so many then are affected; 0: all

	Before func() // runs before the operation: to delay it, or to look at the disk just then
	Err    error  // the operation does nothing and returns this; nil: it is carried out
	Part   int    // with Err, a WriteAt still writes so many of its bytes
}

type activeRule struct {
	Rule
	seen int
}

// NewFaulty wraps base, without any rule.
func NewFaulty(base FS) *Faulty {
	return &Faulty{base: base, counts: make(map[opOnName]int)}
}

// Inject adds a rule. Of several that fail one operation the oldest gives the error. A malformed
// pattern panics.
func (f *Faulty) Inject(r Rule) {
	if _, err := path.Match(r.Name, ""); err != nil {
		panic(fmt.Sprintf("BUG: %v: %q", err, r.Name))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = append(f.rules, &activeRule{Rule: r})
}

// Heal drops all rules.
func (f *Faulty) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
}

// Count returns how many operations of any of the kinds op were asked for on names that match the
// pattern, as Rule.Name.
func (f *Faulty) Count(op Op, pattern string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for what, count := range f.counts {
		if what.op&op != 0 && matches(pattern, what.name) {
			n += count
		}
	}
	return n
}

func matches(pattern, name string) bool {
	if pattern == "" {
		return true
	}
	whole, _ := path.Match(pattern, name) // a malformed pattern matches nothing
	last, _ := path.Match(pattern, path.Base(name))
	return whole || last
}

// hit counts the operation, runs the hooks that apply and returns the rule that fails it, or nil.
func (f *Faulty) hit(op Op, name string) *activeRule {
	var hooks []func()
	var failing *activeRule
	f.mu.Lock()
	f.counts[opOnName{op, name}]++
	for _, r := range f.rules {
		if r.Op != 0 && r.Op&op == 0 || !matches(r.Name, name) {
			continue
		}
		r.seen++
		if r.seen <= r.Skip || r.Times > 0 && r.seen > r.Skip+r.Times {
			continue
		}
		if r.Before != nil {
			hooks = append(hooks, r.Before)
		}
		if failing == nil && r.Err != nil {
			failing = r
		}
	}
	f.mu.Unlock()
	for _, hook := range hooks {
		hook()
	}
	return failing
}

// fail is hit for operations that happen wholly or not at all.
func (f *Faulty) fail(op Op, name string) error {
	if r := f.hit(op, name); r != nil {
		return pathError(op.String(), name, r.Err)
	}
	return nil
}

// Create implements FS, as the rest does.
func (f *Faulty) Create(name string, size int64) (File, error) {
	if err := f.fail(OpCreate, name); err != nil {
		return nil, err
	}
	file, err := f.base.Create(name, size)
	return f.file(name, file, err)
}

// Open implements FS.
func (f *Faulty) Open(name string) (File, error) {
	if err := f.fail(OpOpen, name); err != nil {
		return nil, err
	}
	file, err := f.base.Open(name)
	return f.file(name, file, err)
}

// OpenRead implements FS.
func (f *Faulty) OpenRead(name string) (File, error) {
	if err := f.fail(OpOpen, name); err != nil {
		return nil, err
	}
	file, err := f.base.OpenRead(name)
	return f.file(name, file, err)
}

func (f *Faulty) file(name string, file File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return &faultyFile{File: file, fs: f, name: name}, nil
}

// Rename implements FS.
func (f *Faulty) Rename(from, to string) error {
	if err := f.fail(OpRename, from); err != nil {
		return err
	}
	return f.base.Rename(from, to)
}

// Remove implements FS.
func (f *Faulty) Remove(name string) error {
	if err := f.fail(OpRemove, name); err != nil {
		return err
	}
	return f.base.Remove(name)
}

// MkdirAll implements FS.
func (f *Faulty) MkdirAll(dir string) error {
	if err := f.fail(OpMkdir, dir); err != nil {
		return err
	}
	return f.base.MkdirAll(dir)
}

// List implements FS.
func (f *Faulty) List(dir string) ([]Entry, error) {
	if err := f.fail(OpList, dir); err != nil {
		return nil, err
	}
	return f.base.List(dir)
}

// Stat implements FS.
func (f *Faulty) Stat(name string) (Entry, error) {
	if err := f.fail(OpList, name); err != nil {
		return Entry{}, err
	}
	return f.base.Stat(name)
}

// SyncDir implements FS.
func (f *Faulty) SyncDir(dir string) error {
	if err := f.fail(OpSyncDir, dir); err != nil {
		return err
	}
	return f.base.SyncDir(dir)
}

// SyncTree implements FS.
func (f *Faulty) SyncTree(dir string) error {
	if err := f.fail(OpSyncTree, dir); err != nil {
		return err
	}
	return f.base.SyncTree(dir)
}

// Lock implements FS.
func (f *Faulty) Lock(name string) (io.Closer, error) {
	if err := f.fail(OpLock, name); err != nil {
		return nil, err
	}
	return f.base.Lock(name)
}

// Usage implements FS.
func (f *Faulty) Usage(dir string) (Usage, error) {
	if err := f.fail(OpUsage, dir); err != nil {
		return Usage{}, err
	}
	return f.base.Usage(dir)
}
