package verify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"

	"github.com/gannetmq/gannet/store/checkpoint"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/image"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/recovery"
	"github.com/gannetmq/gannet/store/timer"
	"github.com/gannetmq/gannet/store/vfs"
)

// Options of a verification. The names in brackets are Java's.
type Options struct {
	// LogDirs are the directories of the log, those for reading included (storePathCommitLog,
	// readOnlyCommitLogStorePaths): "commitlog".
	LogDirs       []string
	LogFileSize   int64         // mappedFileSizeCommitLog; 0: what the files say
	QueueFileSize int64         // mappedFileSizeConsumeQueue; 0: what the files say
	BatchFileSize int64         // mapperFileSizeBatchConsumeQueue; 0: what the files say
	Light         bool          // enableLmq and enableMultiDispatch: groups have their offsets in another table
	Timer         timer.Options // of them Precision, LogFileSize and Reach; 0: what the files say
	IndexSlots    int           // maxHashSlotNum; 0: 5,000,000
	IndexEntries  int           // maxIndexNum; 0: 20,000,000
	NoIndex       bool          // messageIndexEnable=false: messages that no index knows are no finding
	PropCRC       bool          // enabledAppendPropCRC: records with a CRC over all of them must agree with it
}

// verification is one run. Its parts share what one of them has found out.
type verification struct {
	fsys    vfs.FS // read only
	opt     Options
	log     *commitlog.Log // nil if its files do not fit together
	aborted bool           // not closed in order
	point   checkpoint.Checkpoint
	plan    recovery.Plan
	end     int64             // of the log
	dirOf   map[string]string // of each file of the log

	logPart, queuePart, indexPart, timerPart *Part

	messages int64
	lastTime int64 // store time of the newest record
	queues   queues
	keys     index
}

// Verify reads everything below fsys. Whoever calls it keeps others from opening the directory
// meanwhile (vfs.OS.LockShared). The error is that of a disk that cannot be read.
func Verify(fsys vfs.FS, o Options) (*Report, error) {
	v := &verification{
		opt: o, logPart: &Part{Name: "commitlog"}, queuePart: &Part{Name: "consumequeue"}, indexPart: &Part{Name: "index"}, timerPart: &Part{Name: "timer"},
	}
	if err := v.sizes(fsys); err != nil {
		return nil, err
	}
	abort, err := v.readAbort()
	if err != nil {
		return nil, err
	}
	point, err := v.readCheckpoint()
	if err != nil {
		return nil, err
	}
	config, err := verifyConfig(v.fsys)
	if err != nil {
		return nil, err
	}
	if err := v.contents(); err != nil {
		return nil, err
	}
	v.judgeCheckpoint(point)
	return &Report{Parts: []*Part{v.logPart, v.queuePart, v.indexPart, v.timerPart, config, point, abort}}, nil
}

// sizes fills in what the files say about their sizes.
func (v *verification) sizes(fsys vfs.FS) error {
	if v.opt.IndexSlots == 0 {
		v.opt.IndexSlots = 5_000_000
	}
	if v.opt.IndexEntries == 0 {
		v.opt.IndexEntries = 20_000_000
	}
	if len(v.opt.LogDirs) == 0 {
		v.opt.LogDirs = []string{layout.LogDir}
	}
	v.dirOf = make(map[string]string)
	for _, dir := range v.opt.LogDirs {
		list, err := fsys.List(dir)
		if err != nil {
			return err
		}
		for _, e := range list {
			_, err := mapped.ParseName(e.Name)
			switch {
			case e.Dir:
				v.logPart.add(Note, path.Join(dir, e.Name), -1, "a directory, not looked at")
			case err != nil:
				v.logPart.add(Note, path.Join(dir, e.Name), -1, "not a file of the log; a Java broker refuses to start with it")
			default:
				v.dirOf[e.Name] = dir
			}
		}
	}
	if v.opt.LogFileSize == 0 {
		size, err := image.LogFileSize(fsys, v.opt.LogDirs)
		if err != nil {
			return err
		}
		v.opt.LogFileSize = size
	}
	v.fsys = image.ReadOnly(fsys, v.opt.LogDirs, v.opt.LogFileSize)
	aside, err := fsys.List(layout.AsideDir)
	if len(aside) > 0 {
		v.logPart.add(Note, layout.AsideDir, -1, "%s set aside by earlier starts", plural(int64(len(aside)), "file"))
	}
	return err
}

// contents compares log, queues and index: the log is read once, from its beginning to its end, and
// the other two keep up with it.
func (v *verification) contents() (err error) {
	v.log, err = commitlog.Open(v.fsys, commitlog.Options{
		Dir: v.opt.LogDirs[0], ReadOnly: v.opt.LogDirs[1:], SetAside: layout.AsideDir, SegmentSize: v.opt.LogFileSize, Log: slog.New(slog.DiscardHandler),
	})
	if errors.Is(err, commitlog.ErrLayout) {
		v.logPart.add(Damaged, v.opt.LogDirs[0], -1, "the next start is refused: %v", err)
		for _, p := range []*Part{v.logPart, v.queuePart, v.indexPart, v.timerPart} {
			p.Checked = "not checked"
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.log.Close(context.Background())) }()
	if err := v.queues.survey(v); err != nil {
		return err
	}
	if err := v.keys.open(v); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.keys.close()) }()
	if err := v.makePlan(); err != nil {
		return err
	}
	if err := v.walk(); err != nil {
		return err
	}
	if err := v.judgeTally(); err != nil {
		return err
	}
	v.queues.finish(v)
	if err := v.timers(); err != nil {
		return err
	}
	return v.keys.finish(v)
}

// start is where the log begins.
func (v *verification) start() int64 {
	if v.log.Empty() {
		return 0
	}
	return v.log.Start()
}

// record is called with each record of the log.
func (v *verification) record(r *record.View) error {
	v.messages++
	v.lastTime = max(v.lastTime, r.StoreTime)
	if v.opt.PropCRC {
		if ok, present := r.PropCRC(); present && !ok {
			file, pos := v.place(r.PhyOffset)
			v.logPart.add(Damaged, file, pos, "the record does not agree with its CRC property")
		}
	}
	if err := v.queues.record(v, r); err != nil {
		return err
	}
	return v.keys.record(v, r)
}

// place is the file that holds a log offset, and the position in it.
func (v *verification) place(off int64) (file string, pos int64) {
	start := off - (off-v.start())%v.opt.LogFileSize
	name := mapped.Name(start)
	dir, ok := v.dirOf[name]
	if !ok {
		dir = v.opt.LogDirs[0]
	}
	return path.Join(dir, name), off - start
}

// plural is a count with its noun.
func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
