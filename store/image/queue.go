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
	Batched  bool // an entry is a record with several messages
	Min, Max int64
	Files    int
	Bytes    int64

	form       *form
	dir        string
	files      []queueFile // by start, without a hole
	first, end int64       // units of [Min, Max)
	last       consumequeue.Entry
}

// queueFile covers the units [from, to) of a queue.
type queueFile struct {
	name     string
	from, to int64
}

// openQueue finds where a queue begins and ends, by bisection: units that are not written yet are
// zero, and places in the log grow with queue offsets.
func (im *Image) openQueue(form *form, topic string, id int32, dir string, list []vfs.Entry) (*Queue, error) {
	q := &Queue{Topic: topic, ID: id, Batched: form.batch, form: form, dir: dir}
	for _, e := range list {
		start, ok := consumequeue.FileStart(e.Name)
		if !ok || e.Dir {
			continue
		}
		q.Files++
		q.Bytes += e.Size
		f := queueFile{e.Name, start / form.unit, (start + e.Size) / form.unit}
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
	u := units{fsys: im.fsys, queue: q}
	err := u.findEnds(im.start())
	return q, errors.Join(err, u.close())
}

// units reads the units of a queue. One file is open at a time.
type units struct {
	fsys  vfs.FS
	queue *Queue
	place int // in queue.files, of file
	file  vfs.File
}

// findEnds fills in what the queue has.
func (u *units) findEnds(logStart int64) (err error) {
	q := u.queue
	first, end := q.files[0].from, q.files[len(q.files)-1].to
	if q.end, err = u.search(first, end, func(b consumequeue.Batch) bool { return b.Size <= 0 }); err != nil {
		return err
	}
	q.first, err = u.search(first, q.end, func(b consumequeue.Batch) bool {
		return (!b.Filler() || b.PhyOffset != 0) && b.PhyOffset >= logStart
	})
	if err != nil {
		return err
	}
	if !q.Batched {
		q.Min, q.Max = q.first, q.end
	}
	if q.first == q.end {
		return u.emptyBatches(first)
	}
	oldest, err := u.entry(q.first)
	if err != nil {
		return err
	}
	newest, err := u.entry(q.end - 1)
	q.Min, q.Max, q.last = oldest.Base, newest.Next(), newest.Entry
	return err
}

// emptyBatches finds where a batch queue goes on all of whose messages have left the log.
func (u *units) emptyBatches(first int64) error {
	q := u.queue
	if !q.Batched || q.end == first {
		return nil
	}
	last, err := u.entry(q.end - 1)
	q.Min, q.Max = last.Next(), last.Next()
	return err
}

// from finds the unit of the message with a queue offset, or the first one behind it.
func (u *units) from(queueOff int64) (int64, error) {
	q := u.queue
	if queueOff <= q.Min {
		return q.first, nil
	}
	return u.search(q.first, q.end, func(b consumequeue.Batch) bool { return b.Next() > queueOff })
}

// search finds the first unit of [from, to) that is one of those behind, or to.
func (u *units) search(from, to int64, behind func(consumequeue.Batch) bool) (int64, error) {
	var failed error
	n := sort.Search(int(to-from), func(i int) bool {
		b, err := u.entry(from + int64(i))
		if err != nil {
			failed = err
			return true
		}
		return behind(b)
	})
	return from + int64(n), failed
}

// entry reads a unit that the files cover. One of a simple queue is a batch of one message.
func (u *units) entry(i int64) (b consumequeue.Batch, err error) {
	files, size := u.queue.files, u.queue.form.unit
	n := sort.Search(len(files), func(n int) bool { return files[n].to > i })
	if u.file == nil || u.place != n {
		if err := u.close(); err != nil {
			return b, err
		}
		if u.file, err = u.fsys.OpenRead(path.Join(u.queue.dir, files[n].name)); err != nil {
			return b, err
		}
		u.place = n
	}
	var raw [consumequeue.BatchUnitSize]byte
	if _, err := u.file.ReadAt(raw[:size], (i-files[n].from)*size); err != nil && !errors.Is(err, io.EOF) {
		return b, err
	}
	if u.queue.Batched {
		return consumequeue.DecodeBatch(raw[:]), nil
	}
	return consumequeue.Batch{Entry: consumequeue.Decode(raw[:]), Base: i, Count: 1}, nil
}

func (u *units) close() error {
	if u.file == nil {
		return nil
	}
	err := u.file.Close()
	u.file = nil
	return err
}
