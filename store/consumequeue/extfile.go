package consumequeue

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
)

func (s *Set) extTopicDir(topic string) string { return path.Join(s.o.Ext.Dir, topic) }

func (q *Queue) extDir() string {
	return path.Join(q.set.extTopicDir(q.topic), strconv.Itoa(int(q.id)))
}

// loadExt finds the files of a queue's extension and where it goes on. After a crash Truncate does the latter, because the
// newest entries may point to what was lost. flushMu is held, here and below, or nobody else is there yet.
func (s *Set) loadExt(q *Queue) error {
	list, err := s.fs.List(q.extDir())
	if err != nil {
		return err
	}
	for i, f := range list {
		start, ok := parseFileName(f.Name)
		if !ok || f.Dir {
			continue
		}
		if q.ext.files == (span{}) && f.Size > extHead+extSpare && i+1 < len(list) {
			q.ext.fileSize = f.Size
		}
		if ok, err := s.loadExtFile(q, start, f.Size, i+1 == len(list)); err != nil {
			return err
		} else if !ok {
			s.o.Log.Warn("extension of a consume queue begins anew", "topic", q.topic, "queue", q.id, "file", f.Name, "bytes", f.Size)
			q.ext.files.to = start + f.Size
			return s.renewExt(q, s.freshExt(q, 0))
		}
	}
	if s.o.Clean {
		return s.cutExt(q)
	}
	q.ext.restart(s.freshExt(q, 0))
	return nil
}

// loadExtFile adds the next file, and reports whether it fits. A crash can leave the last one short.
func (s *Set) loadExtFile(q *Queue, start, size int64, last bool) (ok bool, err error) {
	e := q.ext
	switch {
	case size == 0 && last:
		return true, s.removeFile(fileID{q: q, start: start, ext: true})
	case size < e.fileSize && last:
		if err := s.growExt(q, start); err != nil {
			return false, err
		}
		size = e.fileSize
	}
	if e.files == (span{}) {
		e.files = span{start, start}
	}
	if size != e.fileSize || start != e.files.to || start%e.fileSize != 0 {
		return false, nil
	}
	e.files.to = start + size
	return true, nil
}

func (s *Set) growExt(q *Queue, start int64) error {
	h, err := s.handles.acquire(fileID{q: q, start: start, ext: true})
	if err != nil {
		return err
	}
	defer s.handles.release(h)
	return errors.Join(h.f.Truncate(q.ext.fileSize), h.f.Sync())
}

// cutExt ends a queue's extension behind the unit of its last entry, durably. What is behind that belongs to entries that
// are gone.
func (s *Set) cutExt(q *Queue) error {
	e := q.ext
	if e == nil {
		return nil
	}
	next := s.extEnd(q)
	if next > e.files.to || next <= e.files.from {
		return s.renewExt(q, next)
	}
	e.restart(next)
	removed := false
	for ; e.files.to-e.fileSize >= next; e.files.to -= e.fileSize {
		if err := s.removeFile(fileID{q: q, start: e.files.to - e.fileSize, ext: true}); err != nil {
			return err
		}
		removed = true
	}
	if next < e.files.to {
		id := fileID{q: q, start: e.files.to - e.fileSize, ext: true}
		if err := s.zeroTail(id, next-id.start, e.fileSize); err != nil {
			return err
		}
	}
	if removed {
		return s.fs.SyncDir(q.extDir())
	}
	return nil
}

// renewExt removes all files and goes on at a byte offset at which one begins.
func (s *Set) renewExt(q *Queue, next int64) error {
	e := q.ext
	if e.files != (span{}) {
		for start := e.files.from; start < e.files.to; start += e.fileSize {
			s.handles.forget(fileID{q: q, start: start, ext: true})
		}
		if _, err := s.removeStray(q.extDir()); err != nil {
			return err
		}
	}
	e.files = span{}
	e.restart(next)
	return nil
}

// extEnd is the byte offset at which a queue's extension goes on: behind the unit of the last entry, or where no entry can
// have an address yet. An entry must never find the unit of another message.
func (s *Set) extEnd(q *Queue) int64 {
	if q.first() == q.end() {
		return 0
	}
	to := q.ext.files.to
	last, err := q.entry(q.end() - 1)
	if err != nil {
		return s.freshExt(q, to)
	}
	if !last.Extended() {
		if to > 0 {
			return to
		}
		return s.freshExt(q, 0) // entries before it may be extended
	}
	off := extOffset(last.TagsCode)
	var buf [maxExt]byte
	if u, ok := q.readUnit(off, buf[:]); ok {
		return off + int64(u.size())
	}
	if off < to {
		return to
	}
	return s.freshExt(q, off+1)
}

// extPerEntry is more than an entry ever takes in an extension: a unit, and what one leaves free at the end of a file.
const extPerEntry = 2 * (maxExt + extSpare)

// freshExt is where a file begins, at off or behind, that no entry of the queue can point into.
func (s *Set) freshExt(q *Queue, off int64) int64 {
	off = max(off, q.ext.files.to, q.end()*extPerEntry)
	return (off + q.ext.fileSize - 1) / q.ext.fileSize * q.ext.fileSize
}

func (s *Set) zeroTail(id fileID, at, size int64) error {
	h, err := s.handles.acquire(id)
	if err != nil {
		return err
	}
	defer s.handles.release(h)
	return zeroFrom(h.f, at, size)
}

// Unit returns what the extension says of a message by the address in its entry. It may ask the disk. ok is false if there
// is nothing to be found. The bit map lies in buf, of MaxUnit bytes.
func (q *Queue) Unit(address int64, buf []byte) (u Unit, ok bool) {
	if q.ext == nil || !(Entry{TagsCode: address}).Extended() {
		return u, false
	}
	off := extOffset(address)
	if u, ok = q.ext.memory(off, buf); ok {
		return u, true
	}
	return q.readUnit(off, buf)
}

// MaxUnit is the size of the largest unit, in bytes.
const MaxUnit = maxExt

// likelyUnit is what most units are not larger than: one read is enough for them.
const likelyUnit = 256

func (q *Queue) readUnit(off int64, buf []byte) (u Unit, ok bool) {
	start := off - off%q.ext.fileSize
	h, err := q.set.handles.acquire(fileID{q: q, start: start, ext: true})
	if err != nil {
		return u, false
	}
	defer q.set.handles.release(h)
	room := q.ext.fileSize - (off - start)
	for _, most := range []int64{likelyUnit, maxExt} {
		b := buf[:min(most, room, int64(len(buf)))]
		n, err := h.f.ReadAt(b, off-start)
		if err != nil && !errors.Is(err, io.EOF) {
			return u, false
		}
		if u, _, ok = decodeUnit(b[:n]); ok {
			return u, true
		}
	}
	return u, false
}

// writeExt moves the units that wait into the files: before the entries that point to them. flushMu is held, here and below.
func (s *Set) writeExt(q *Queue) error {
	e := q.ext
	if e == nil {
		return nil
	}
	at, b := e.waiting()
	for all := b; len(b) > 0; {
		start := at - at%e.fileSize
		n := min(int64(len(b)), start+e.fileSize-at)
		h, err := s.extForWriting(q, start)
		if err != nil {
			return err
		}
		s.flusher.due.ext(q)
		_, err = h.f.WriteAt(b[:n], at-start)
		s.handles.release(h)
		if err != nil {
			return fmt.Errorf("extension: %w", err)
		}
		if at, b = at+n, b[n:]; len(b) == 0 {
			e.wrote(len(all))
		}
	}
	return nil
}

// extForWriting acquires a file, which it creates if it is the next one.
func (s *Set) extForWriting(q *Queue, start int64) (*handle, error) {
	e, id := q.ext, fileID{q: q, start: start, ext: true}
	if e.files.from <= start && start < e.files.to {
		return s.handles.acquire(id)
	}
	if e.files.from == e.files.to {
		if err := s.makeExtDir(q); err != nil {
			return nil, err
		}
		e.files = span{start, start}
	} else if err := s.syncLastExt(q); err != nil {
		return nil, err
	}
	f, err := s.fs.Create(id.name(), e.fileSize)
	if err != nil {
		return nil, err
	}
	s.flusher.due.name(q.extDir())
	e.files.to = start + e.fileSize
	return s.handles.add(id, f)
}

// extDirs are the directories above a queue's extension in which names of its own may be new.
func (s *Set) extDirs(q *Queue) []string {
	return []string{s.extTopicDir(q.topic), s.o.Ext.Dir, path.Dir(s.o.Ext.Dir)}
}

// syncLastExt makes the last file durable, content and name, before there is a next one.
func (s *Set) syncLastExt(q *Queue) error {
	if err := s.syncExt(q); err != nil {
		return err
	}
	for _, dir := range append(s.extDirs(q), q.extDir()) {
		if err := s.syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

func (s *Set) makeExtDir(q *Queue) error {
	if err := s.fs.MkdirAll(q.extDir()); err != nil {
		return err
	}
	for _, dir := range s.extDirs(q) {
		s.flusher.due.name(dir)
	}
	_, err := s.removeStray(q.extDir())
	return err
}

// expireExt removes the files in front of the unit of the oldest entry (Java: ConsumeQueueExt.truncateByMinAddress).
func (s *Set) expireExt(q *Queue) error {
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	e := q.ext
	if e == nil || s.flusher.closed || q.first() == q.end() || q.replaced() {
		return nil
	}
	oldest, err := q.entry(q.first())
	if err != nil || !oldest.Extended() {
		return err
	}
	removed := false
	for e.files.to-e.files.from > e.fileSize && e.files.from+e.fileSize <= extOffset(oldest.TagsCode) {
		if err := s.removeFile(fileID{q: q, start: e.files.from, ext: true}); err != nil {
			return err
		}
		e.files.from += e.fileSize
		removed = true
	}
	if removed {
		return s.fs.SyncDir(q.extDir())
	}
	return nil
}

// removeExt removes the files and the directory of a queue's extension.
func (s *Set) removeExt(q *Queue) error {
	e := q.ext
	if e == nil {
		return nil
	}
	for start := e.files.from; start < e.files.to; start += e.fileSize {
		s.handles.forget(fileID{q: q, start: start, ext: true})
	}
	e.files = span{}
	delete(s.flusher.due.exts, q)
	e.restart(0)
	dir := q.extDir()
	others, err := s.removeStray(dir)
	if err != nil || others > 0 {
		return err
	}
	delete(s.flusher.due.dirs, dir)
	if err := missing(s.fs.Remove(dir)); err != nil {
		return err
	}
	topic := s.extTopicDir(q.topic)
	left, err := s.fs.List(topic)
	if err != nil || len(left) > 0 {
		return err
	}
	delete(s.flusher.due.dirs, topic)
	return missing(s.fs.Remove(topic))
}
