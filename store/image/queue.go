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

// findEnds fills in Min, Max and last.
func (u *units) findEnds(logStart int64) (err error) {
	q := u.queue
	first, end := q.files[0].from, q.files[len(q.files)-1].to
	if q.Max, err = u.search(first, end, func(e consumequeue.Entry) bool { return e.Size <= 0 }); err != nil {
		return err
	}
	q.Min, err = u.search(first, q.Max, func(e consumequeue.Entry) bool {
		return (!e.Filler() || e.PhyOffset != 0) && e.PhyOffset >= logStart
	})
	if err == nil && q.Max > q.Min {
		q.last, err = u.entry(q.Max - 1)
	}
	return err
}

// search finds the first unit of [from, to) that is one of those behind, or to.
func (u *units) search(from, to int64, behind func(consumequeue.Entry) bool) (int64, error) {
	var failed error
	n := sort.Search(int(to-from), func(i int) bool {
		e, err := u.entry(from + int64(i))
		if err != nil {
			failed = err
			return true
		}
		return behind(e)
	})
	return from + int64(n), failed
}

// entry reads the unit of a queue offset that the files cover.
func (u *units) entry(queueOff int64) (e consumequeue.Entry, err error) {
	files := u.queue.files
	i := sort.Search(len(files), func(i int) bool { return files[i].to > queueOff })
	if u.file == nil || u.place != i {
		if err := u.close(); err != nil {
			return e, err
		}
		if u.file, err = u.fsys.OpenRead(path.Join(u.queue.dir, files[i].name)); err != nil {
			return e, err
		}
		u.place = i
	}
	var b [consumequeue.UnitSize]byte
	if _, err := u.file.ReadAt(b[:], (queueOff-files[i].from)*consumequeue.UnitSize); err != nil && !errors.Is(err, io.EOF) {
		return e, err
	}
	return consumequeue.Decode(b[:]), nil
}

func (u *units) close() error {
	if u.file == nil {
		return nil
	}
	err := u.file.Close()
	u.file = nil
	return err
}
