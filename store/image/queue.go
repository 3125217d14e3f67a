package image

import (
	"errors"
	"io"
	"path"
	"sort"

	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/vfs"
)

// Queue is a consume queue: the messages with queue offsets [Min, Max) can be read.
type Queue struct {
	Topic    string
	ID       int32
	Min, Max int64
	Files    int
	Bytes    int64

	dir   string
	files []queueFile // by start, without a hole
	last  consumequeue.Entry
}

// queueFile covers the units [from, to) of a queue.
type queueFile struct {
	name     string
	from, to int64
}

// openQueue finds where a queue begins and ends, by bisection: units that are not written yet are
// zero, and places in the log grow with queue offsets.
func (im *Image) openQueue(topic string, id int32, dir string, list []vfs.Entry) (*Queue, error) {
	q := &Queue{Topic: topic, ID: id, dir: dir}
	for _, e := range list {
		start, ok := consumequeue.FileStart(e.Name)
		if !ok || e.Dir {
			continue
		}
		q.Files++
		q.Bytes += e.Size
		f := queueFile{e.Name, start / consumequeue.UnitSize, (start + e.Size) / consumequeue.UnitSize}
		if n := len(q.files); n > 0 && q.files[n-1].to != f.from {
			q.files = nil // what lies before a hole is not used
		}
		if f.to > f.from {
			q.files = append(q.files, f)
		}
	}
	if len(q.files) == 0 {
		return q, nil
	}
	first, end := q.files[0].from, q.files[len(q.files)-1].to
	written, err := q.search(im.fsys, first, end, func(e consumequeue.Entry) bool { return e.Size <= 0 })
	if err != nil {
		return nil, err
	}
	q.Max = written
	q.Min, err = q.search(im.fsys, first, written, func(e consumequeue.Entry) bool {
		return (!e.Filler() || e.PhyOffset != 0) && e.PhyOffset >= im.start()
	})
	if err == nil && q.Max > q.Min {
		q.last, err = q.entry(im.fsys, q.Max-1)
	}
	return q, err
}

// search finds the first unit of [from, to) that is one of those behind, or to.
func (q *Queue) search(fsys vfs.FS, from, to int64, behind func(consumequeue.Entry) bool) (int64, error) {
	var failed error
	n := sort.Search(int(to-from), func(i int) bool {
		e, err := q.entry(fsys, from+int64(i))
		if err != nil {
			failed = err
			return true
		}
		return behind(e)
	})
	return from + int64(n), failed
}

// entry reads the unit of a queue offset that the files cover.
func (q *Queue) entry(fsys vfs.FS, queueOff int64) (e consumequeue.Entry, err error) {
	i := sort.Search(len(q.files), func(i int) bool { return q.files[i].to > queueOff })
	f, err := fsys.OpenRead(path.Join(q.dir, q.files[i].name))
	if err != nil {
		return e, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var b [consumequeue.UnitSize]byte
	if _, err := f.ReadAt(b[:], (queueOff-q.files[i].from)*consumequeue.UnitSize); err != nil && !errors.Is(err, io.EOF) {
		return e, err
	}
	return consumequeue.Decode(b[:]), nil
}
