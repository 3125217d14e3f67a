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
	kind  *kind
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
		fs: fsys, o: o, handles: newHandles(fsys, o.MaxOpenFiles),
		simple:  kind{dir: path.Clean(dir), unit: unitSize, fileSize: o.FileSize},
		batch:   kind{dir: path.Clean(o.BatchDir), unit: batchSize, fileSize: o.BatchFileSize, batch: true},
		buffers: sync.Pool{New: func() any { return new(buffer) }},
		flusher: flusher{due: newDue()},
		many:    manyUnsynced,
	}
	if err := s.makeRoot(); err != nil {
		return nil, fmt.Errorf("consumequeue: %w", err)
	}
	r := recovery{set: s, report: Report{RebuildFrom: -1}}
	var list []*found
	for _, k := range s.kinds() {
		of, err := s.find(k)
		if err != nil {
			return nil, fmt.Errorf("consumequeue: %w", err)
		}
		if size := k.chooseSize(of); size != k.fileSize {
			o.Log.Warn("consume queue files keep their size", "bytes", size, "configured", k.fileSize)
			k.fileSize = size
		}
		list = append(list, of...)
	}
	list, err := r.sort(list)
	if err != nil {
		return nil, fmt.Errorf("consumequeue: %w", err)
	}
	r.report.Queues = len(list)
	if err := each(list, r.load); err != nil {
		return nil, fmt.Errorf("consumequeue: %w", err)
	}
	s.report = r.report
	return s, nil
}

// Report returns what Open found.
func (s *Set) Report() Report { return s.report }

func (s *Set) makeRoot() error {
	if err := s.fs.MkdirAll(s.simple.dir); err != nil {
		return err
	}
	return s.fs.SyncDir(path.Dir(s.simple.dir))
}

// key names a queue.
type key struct {
	topic string
	id    int32
}

// sort leaves one directory to each queue. Java does not start if a topic with batch queues has simple
// ones or a queue has both; what does not fit the topic is set aside.
func (r *recovery) sort(list []*found) (kept []*found, err error) {
	count := make(map[key]int)
	for _, f := range list {
		count[key{f.topic, f.id}]++
	}
	for _, f := range list {
		of := r.set.kindOf([]byte(f.topic))
		if f.kind == of || f.kind.batch && count[key{f.topic, f.id}] == 1 {
			kept = append(kept, f)
			continue
		}
		name, err := r.set.setAside(f.kind, f.topic, f.id)
		if err != nil {
			return nil, err
		}
		r.set.o.Log.Error("consume queue of the wrong kind set aside", "topic", f.topic, "queue", f.id, "now", name)
		r.lost(0, name)
	}
	return kept, nil
}

// find lists the files of every queue of a kind. What is no directory of a queue is left alone.
func (s *Set) find(k *kind) ([]*found, error) {
	topics, err := s.fs.List(k.dir)
	if err != nil {
		return nil, err
	}
	var list []*found
	for _, t := range topics {
		if !t.Dir {
			continue
		}
		queues, err := s.fs.List(k.topicDir(t.Name))
		if err != nil {
			return nil, err
		}
		for _, e := range queues {
			id, err := strconv.ParseInt(e.Name, 10, 32)
			if err != nil || !e.Dir || id < 0 || strconv.FormatInt(id, 10) != e.Name || !validTopic([]byte(t.Name)) {
				s.o.Log.Warn("no consume queue, left alone", "name", path.Join(k.topicDir(t.Name), e.Name))
				continue
			}
			list = append(list, &found{kind: k, topic: t.Name, id: int32(id)})
		}
	}
	return list, each(list, func(q *found) (err error) {
		q.files, err = s.fs.List(path.Join(k.topicDir(q.topic), strconv.Itoa(int(q.id))))
		return err
	})
}

// chooseSize returns the configured size, unless there are files and none has it but all have the
// same other one: then that.
func (k *kind) chooseSize(list []*found) int64 {
	size, configured := int64(0), k.fileSize
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
	if size == 0 || size%k.unit != 0 {
		return configured
	}
	return size
}
