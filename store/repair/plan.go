package repair

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/image"
	"github.com/gannetmq/gannet/store/index"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/retention"
	"github.com/gannetmq/gannet/store/timer"
	"github.com/gannetmq/gannet/store/verify"
	"github.com/gannetmq/gannet/store/vfs"
)

// Options of a repair.
type Options struct {
	// Store says where the log lies and how large files are: zero values are what the files say, and
	// Java's defaults for the index. How messages are flushed and kept does not matter.
	Store store.Options
	// Timer has Precision and LogFileSize of timed messages; 0: what the files say.
	Timer timer.Options
	// Rebuild makes all queues and the index anew from the log, whatever is found. Queues of topics that
	// were deleted come back as far as the log has their messages.
	Rebuild bool
}

// Step is one thing to be done.
type Step struct {
	Text string
	do   func() error // nil: the store is started and stopped
}

// Plan is what will be done, and what will be left.
type Plan struct {
	Steps []Step
	// Left is damage that stays as it is.
	Left   []string
	Report *verify.Report // of what the plan is made for

	fsys vfs.FS
	opt  Options
	// noIndex is what somebody has said; opt may say so because the index's sizes are not known.
	noIndex bool
	dir     string // where this plan sets things aside
	// started: the store was started and stopped by the plan before this one. What it has not brought in
	// order then, it will not.
	started  bool
	rebuilt  bool // a plan before this one has made anew what contradicted the log
	oddIndex bool // files of the index have another size than the rest
}

// Make verifies the directory and plans. Nothing is changed. Errors are those of the disk.
func Make(fsys vfs.FS, o Options) (*Plan, error) {
	return makePlan(&Plan{fsys: fsys, opt: o, noIndex: o.Store.NoIndex})
}

// Next plans what is to be done when this plan has been carried out.
func (p *Plan) Next() (*Plan, error) {
	n := &Plan{fsys: p.fsys, opt: p.opt, noIndex: p.noIndex, started: p.starts(), rebuilt: p.rebuilt}
	n.opt.Rebuild, n.opt.Store.NoIndex = false, p.noIndex
	return makePlan(n)
}

// starts reports whether the store is started by the plan.
func (p *Plan) starts() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.do == nil })
}

func makePlan(p *Plan) (*Plan, error) {
	fsys := p.fsys
	p.dir = path.Join(layout.AsideDir, "repair-"+strconv.FormatInt(time.Now().UnixMilli(), 10))
	if err := p.sizes(); err != nil {
		return nil, err
	}
	var err error
	s := &p.opt.Store
	if p.Report, err = verify.Verify(fsys, verify.Options{
		LogDirs: p.logDirs(), LogFileSize: s.LogFileSize, QueueFileSize: s.QueueFileSize, BatchFileSize: s.BatchFileSize, Light: s.Light, Timer: p.opt.Timer,
		IndexSlots: s.IndexSlots, IndexEntries: s.IndexEntries, NoIndex: s.NoIndex, PropCRC: s.AppendPropCRC,
	}); err != nil {
		return nil, err
	}
	if err := p.planFiles(); err != nil {
		return nil, err
	}
	if err := p.planTables(); err != nil {
		return nil, err
	}
	p.planTimers()
	return p, p.planContents()
}

// Do carries the plan out, and moves nothing that somebody else has open. Errors: vfs.ErrLocked, those of
// the disk and of store.Open. What was done until then stays done: the next Plan goes on from there.
func (p *Plan) Do() error {
	if err := p.underLock(func() error {
		for _, s := range p.Steps {
			if s.do == nil {
				continue
			}
			if err := s.do(); err != nil {
				return fmt.Errorf("%s: %w", s.Text, err)
			}
		}
		return nil
	}); err != nil || !p.starts() {
		return err
	}
	st, err := store.Open(p.fsys, p.opt.Store)
	if err != nil {
		return err
	}
	return st.Close()
}

// underLock keeps brokers out while files are moved. Recovery takes the lock by itself.
func (p *Plan) underLock(do func() error) error {
	lock, err := p.fsys.Lock(layout.LockFile)
	if err != nil {
		return err
	}
	return errors.Join(do(), lock.Close())
}

func (p *Plan) step(do func() error, format string, args ...any) {
	p.Steps = append(p.Steps, Step{fmt.Sprintf(format, args...), do})
}

func (p *Plan) left(format string, args ...any) {
	p.Left = append(p.Left, fmt.Sprintf(format, args...))
}

func (p *Plan) logDirs() []string {
	return slices.Concat(p.opt.Store.LogDirs, p.opt.Store.ReadOnlyLogDirs)
}

// sizes fills in what the files say, and sees to it that the store deletes nothing while it is open.
func (p *Plan) sizes() (err error) {
	s := &p.opt.Store
	if len(s.LogDirs) == 0 {
		s.LogDirs = []string{layout.LogDir}
	}
	if s.LogFileSize == 0 {
		if s.LogFileSize, err = image.LogFileSize(p.fsys, p.logDirs()); err != nil {
			return err
		}
	}
	if s.QueueFileSize == 0 {
		if s.QueueFileSize, err = image.QueueFileSize(p.fsys); err != nil {
			return err
		}
	}
	if s.BatchFileSize == 0 {
		if s.BatchFileSize, err = image.BatchFileSize(p.fsys); err != nil {
			return err
		}
	}
	const forever = 200 * 365 * 24 * time.Hour
	s.Retention = retention.Rules{Keep: forever, NoForce: true, MaxUsed: 100, ForceUsed: 100}
	return p.indexSizes()
}

// indexSizes leaves an index alone whose sizes nobody has told: it would be made anew with others.
func (p *Plan) indexSizes() error {
	s := &p.opt.Store
	slots, entries := s.IndexSlots, s.IndexEntries
	if slots == 0 {
		slots = 5_000_000
	}
	if entries == 0 {
		entries = 20_000_000
	}
	list, err := p.fsys.List(layout.IndexDir)
	right, odd := 0, 0
	for _, e := range list {
		switch {
		case !index.FileName(e.Name) || e.Size == 0:
		case e.Size == index.FileSize(slots, entries):
			right++
		default:
			odd++
		}
	}
	p.oddIndex = right > 0 && odd > 0
	if right == 0 && odd > 0 && !s.NoIndex {
		s.NoIndex = true
		p.left("%s: the files have other sizes than maxHashSlotNum = %d and maxIndexNum = %d make, and are left alone: give broker.conf, or set the keys", layout.IndexDir, slots, entries)
	}
	return err
}

// aside moves a file or a directory away.
func (p *Plan) aside(name string) error {
	if _, err := p.fsys.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	to := path.Join(p.dir, strings.TrimPrefix(name, "/"))
	if err := p.makeDir(path.Dir(to)); err != nil {
		return err
	}
	if err := p.fsys.Rename(name, to); err != nil {
		return err
	}
	return errors.Join(p.fsys.SyncDir(path.Dir(to)), p.fsys.SyncDir(path.Dir(name)))
}

// makeDir makes a directory below the root, and what is missing above it, durably.
func (p *Plan) makeDir(dir string) error {
	if err := p.fsys.MkdirAll(dir); err != nil {
		return err
	}
	for dir != "." {
		dir = path.Dir(dir)
		if err := p.fsys.SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// part returns what was found in one part of the store, as bad as asked for or worse.
func (p *Plan) part(name string, least verify.Severity) []verify.Finding {
	var list []verify.Finding
	for _, part := range p.Report.Parts {
		for _, f := range part.Findings {
			if part.Name == name && f.Severity >= least {
				list = append(list, f)
			}
		}
	}
	return list
}
