package consumequeue

import (
	"fmt"
	"path"
	"strconv"
	"sync"

	"github.com/gannetmq/gannet/store/vfs"
)

// Report tells what Open found.
type Report struct {
	Queues int
	// Cut is how many queues were cut at a unit that is neither right nor empty.
	Cut int
	// SetAside names directories of queues that were moved away, because their files cannot be
	// read together. The queues begin anew.
	SetAside []string
	// RebuildFrom is the point of the log from which on it must be dispatched again to bring back
	// what Cut and SetAside lost, whatever a checkpoint says; -1 if nothing was lost.
	RebuildFrom int64
}

// found is a queue's directory.
type found struct {
	topic string
	id    int32
	files []vfs.Entry
}

// Open reads how far each queue below dir goes, several at a time. Queues
// that cannot be read are set aside and told in the Report, because the log can rebuild them; errors
// are those of directories that cannot be listed or made.
func Open(fsys vfs.FS, dir string, o Options) (*Set, error) {
	o = o.withDefaults()
	s := &Set{
		fs: fsys, dir: path.Clean(dir), o: o, handles: newHandles(fsys, o.MaxOpenFiles),
		queues:  make(map[key]*Queue),
		buffers: sync.Pool{New: func() any { return new([readUnits * unitSize]byte) }},
		flusher: flusher{dirs: make(map[string]struct{})},
	}
	if err := s.makeRoot(); err != nil {
		return nil, fmt.Errorf("consumequeue: %w", err)
	}
	list, err := s.find()
	if err != nil {
		return nil, fmt.Errorf("consumequeue: %w", err)
	}
	s.fileSize = chooseSize(list, o.FileSize)
	if s.fileSize != o.FileSize {
		o.Log.Warn("consume queue files keep their size", "bytes", s.fileSize, "configured", o.FileSize)
	}
	r := recovery{set: s, report: Report{Queues: len(list), RebuildFrom: -1}}
	if err := each(list, r.load); err != nil {
		return nil, fmt.Errorf("consumequeue: %w", err)
	}
	s.report = r.report
	return s, nil
}

// Report returns what Open found.
func (s *Set) Report() Report { return s.report }

func (s *Set) makeRoot() error {
	if err := s.fs.MkdirAll(s.dir); err != nil {
		return err
	}
	return s.fs.SyncDir(path.Dir(s.dir))
}

// find lists the files of every queue. What is no directory of a queue is left alone.
func (s *Set) find() ([]*found, error) {
	topics, err := s.fs.List(s.dir)
	if err != nil {
		return nil, err
	}
	var list []*found
	for _, t := range topics {
		if !t.Dir {
			continue
		}
		queues, err := s.fs.List(s.topicDir(t.Name))
		if err != nil {
			return nil, err
		}
		for _, e := range queues {
			id, err := strconv.ParseInt(e.Name, 10, 32)
			if err != nil || !e.Dir || id < 0 || strconv.FormatInt(id, 10) != e.Name || !validTopic([]byte(t.Name)) {
				s.o.Log.Warn("no consume queue, left alone", "name", path.Join(s.topicDir(t.Name), e.Name))
				continue
			}
			list = append(list, &found{topic: t.Name, id: int32(id)})
		}
	}
	return list, each(list, func(q *found) (err error) {
		q.files, err = s.fs.List(path.Join(s.topicDir(q.topic), strconv.Itoa(int(q.id))))
		return err
	})
}

// chooseSize returns the configured size, unless there are files and none has it but all have the
// same other one: then that.
func chooseSize(list []*found, configured int64) int64 {
	size := int64(0)
	for _, q := range list {
		for _, e := range q.files {
			if _, ok := parseFileName(e.Name); !ok || e.Dir || e.Size == 0 {
				continue
			}
			if e.Size == configured || size != 0 && size != e.Size {
				return configured
			}
			size = e.Size
		}
	}
	if size == 0 || size%unitSize != 0 {
		return configured
	}
	return size
}
