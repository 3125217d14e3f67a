package image

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/timer"
	"github.com/gannetmq/gannet/store/vfs"
)

// Options of an Image. The names in brackets are Java's.
type Options struct {
	// LogDirs are the directories of the log, those for reading included (storePathCommitLog,
	// readOnlyCommitLogStorePaths): "commitlog".
	LogDirs     []string
	LogFileSize int64 // mappedFileSizeCommitLog; 0: what the files say
	// Timer has Precision, LogFileSize and Reach, of timed messages; 0: what the files say.
	Timer timer.Options
}

// Image is a directory that was looked at. It belongs to one goroutine.
type Image struct {
	fsys   vfs.FS
	opt    Options
	log    *commitlog.Log // nil if its files do not fit together
	layout error          // commitlog.ErrLayout, why they do not
	queues []*Queue       // by topic and id
}

// Open looks at the files. Errors are those of the disk.
func Open(fsys vfs.FS, o Options) (*Image, error) {
	if len(o.LogDirs) == 0 {
		o.LogDirs = []string{layout.LogDir}
	}
	if o.LogFileSize == 0 {
		size, err := LogFileSize(fsys, o.LogDirs)
		if err != nil {
			return nil, err
		}
		o.LogFileSize = size
	}
	im := &Image{fsys: ReadOnly(fsys, o.LogDirs, o.LogFileSize), opt: o}
	var err error
	im.log, err = commitlog.Open(im.fsys, commitlog.Options{
		Dir: o.LogDirs[0], ReadOnly: o.LogDirs[1:], SetAside: layout.AsideDir, SegmentSize: o.LogFileSize, Log: slog.New(slog.DiscardHandler),
	})
	if errors.Is(err, commitlog.ErrLayout) {
		im.layout, err = err, nil
	}
	if err != nil {
		return nil, err
	}
	if err := im.openQueues(); err != nil {
		return nil, errors.Join(err, im.Close())
	}
	return im, nil
}

// Close gives back what Open took.
func (im *Image) Close() error {
	if im.log == nil {
		return nil
	}
	return im.log.Close(context.Background())
}

// start is where the log begins.
func (im *Image) start() int64 {
	if im.log == nil || im.log.Empty() {
		return 0
	}
	return im.log.Start()
}

// LogFileSize is what the files of a log say of mappedFileSizeCommitLog: the size that most of them have,
// the larger of two, since a crash leaves short ones. It is Java's default if there are none.
func LogFileSize(fsys vfs.FS, logDirs []string) (int64, error) {
	count := make(map[int64]int)
	for _, dir := range logDirs {
		list, err := fsys.List(dir)
		if err != nil {
			return 0, err
		}
		for _, e := range list {
			if _, err := mapped.ParseName(e.Name); err == nil && !e.Dir && e.Size > 0 {
				count[e.Size]++
			}
		}
	}
	return mostCommon(count, 1<<30), nil
}

// mostCommon is the size that is counted most often, the larger of two; without any, it is otherwise.
func mostCommon(count map[int64]int, otherwise int64) int64 {
	best := int64(0)
	for size, n := range count {
		if n > count[best] || n == count[best] && size > best {
			best = size
		}
	}
	if best == 0 {
		return otherwise
	}
	return best
}

// QueueFileSize is what the files of queues say of mappedFileSizeConsumeQueue, BatchFileSize what those of batch queues
// say of mapperFileSizeBatchConsumeQueue: the size that most of them have. It is Java's default if there are none.
func QueueFileSize(fsys vfs.FS) (int64, error) { return queueFileSize(fsys, &simple) }
func BatchFileSize(fsys vfs.FS) (int64, error) { return queueFileSize(fsys, &batch) }

func queueFileSize(fsys vfs.FS, f *form) (int64, error) {
	count := make(map[int64]int)
	err := f.each(fsys, func(_ string, _ int32, _ string, list []vfs.Entry) error {
		for _, e := range list {
			if _, ok := consumequeue.FileStart(e.Name); ok && !e.Dir && e.Size > 0 && e.Size%f.unit == 0 {
				count[e.Size]++
			}
		}
		return nil
	})
	return mostCommon(count, f.fileSize), err
}

// form is what a kind of queues has in common.
type form struct {
	dir      string
	unit     int64
	fileSize int64 // Java's default
	batch    bool
}

var (
	simple = form{layout.QueueDir, consumequeue.UnitSize, consumequeue.DefaultFileSize, false}
	batch  = form{layout.BatchQueueDir, consumequeue.BatchUnitSize, consumequeue.DefaultBatchFileSize, true}
)

// EachQueue visits the queues that have a directory, with what lies in it. batched tells batch queues.
func EachQueue(fsys vfs.FS, visit func(topic string, id int32, batched bool, f Files) error) error {
	for _, form := range []*form{&simple, &batch} {
		err := form.each(fsys, func(topic string, id int32, _ string, list []vfs.Entry) error {
			f := Files{Files: len(list)}
			for _, e := range list {
				f.Bytes += e.Size
			}
			return visit(topic, id, form.batch, f)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// each visits the directories of queues.
func (f *form) each(fsys vfs.FS, visit func(topic string, id int32, dir string, list []vfs.Entry) error) error {
	topics, err := fsys.List(f.dir)
	if err != nil {
		return err
	}
	for _, t := range topics {
		if !t.Dir {
			continue
		}
		ids, err := fsys.List(path.Join(f.dir, t.Name))
		if err != nil {
			return err
		}
		for _, q := range ids {
			id, err := strconv.ParseInt(q.Name, 10, 32)
			if err != nil || !q.Dir {
				continue
			}
			dir := path.Join(f.dir, t.Name, q.Name)
			list, err := fsys.List(dir)
			if err != nil {
				return err
			}
			if err := visit(t.Name, int32(id), dir, list); err != nil {
				return err
			}
		}
	}
	return nil
}

func (im *Image) openQueues() error {
	for _, f := range []*form{&simple, &batch} {
		err := f.each(im.fsys, func(topic string, id int32, dir string, list []vfs.Entry) error {
			q, err := im.openQueue(f, topic, id, dir, list)
			if err == nil {
				im.queues = append(im.queues, q)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	slices.SortFunc(im.queues, func(a, b *Queue) int {
		return cmp.Or(strings.Compare(a.Topic, b.Topic), cmp.Compare(a.ID, b.ID))
	})
	return nil
}
