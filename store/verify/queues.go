package verify

import (
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/recovery"
)

// form is what a kind of queues has in common.
type form struct {
	dir      string
	unit     int64
	fileSize int64
	batch    bool
}

// queues is all consume queues.
type queues struct {
	simple, batch form
	table         map[queueKey]*queue
	messages      int64              // of simple queues, and fillers
	batched       int64              // of batch queues
	maxPhy        int64              // where the log goes on behind the message that they know last
	last          consumequeue.Entry // of that message
	rebuildFrom   int64              // from where on the next start makes anew what it throws away
	tags          bool               // entries hold hashes of tags
	homeless      map[string]int64   // messages of topics without any queue, by topic
	timersEnd     int64              // of the queue of timed messages by the log, if it has no files
}

type queueKey struct {
	topic string
	id    int32
}

// survey reads all queues.
func (s *queues) survey(v *verification) error {
	s.table, s.homeless = make(map[queueKey]*queue), make(map[string]int64)
	s.rebuildFrom = math.MaxInt64
	s.simple = form{dir: layout.QueueDir, unit: consumequeue.UnitSize, fileSize: v.opt.QueueFileSize}
	s.batch = form{dir: layout.BatchQueueDir, unit: consumequeue.BatchUnitSize, fileSize: v.opt.BatchFileSize, batch: true}
	ext, err := v.fsys.List(layout.QueueExtDir)
	if err != nil {
		return err
	}
	s.tags = len(ext) == 0
	var found []*queue
	ids := make(map[*queue]queueKey)
	for _, f := range []*form{&s.simple, &s.batch} {
		of, err := f.list(v, ids)
		if err != nil {
			return err
		}
		f.chooseSize(of)
		found = append(found, of...)
	}
	s.sort(v, found, ids)
	for _, q := range s.sorted() {
		if err := q.read(v, s); err != nil {
			return err
		}
		if q.form.batch {
			s.batched += q.next - q.base
		} else {
			s.messages += q.end - q.first
		}
	}
	v.queuePart.Checked = s.checked()
	return nil
}

// checked says what was looked at.
func (s *queues) checked() string {
	batch := int64(0)
	for _, q := range s.table {
		if q.form.batch {
			batch++
		}
	}
	text := fmt.Sprintf("%s in files of %s, %d entries", plural(int64(len(s.table))-batch, "queue"), plural(s.simple.fileSize, "byte"), s.messages)
	if batch > 0 {
		text += fmt.Sprintf("; %s in files of %s, %s", plural(batch, "batch queue"), plural(s.batch.fileSize, "byte"), plural(s.batched, "message"))
	}
	return text
}

// list finds the directories of queues of the kind, and what lies in them.
func (f *form) list(v *verification, ids map[*queue]queueKey) (found []*queue, err error) {
	topics, err := v.fsys.List(f.dir)
	if err != nil {
		return nil, err
	}
	for _, t := range topics {
		if !t.Dir {
			v.queuePart.add(Note, path.Join(f.dir, t.Name), -1, "not the directory of a topic")
			continue
		}
		list, err := v.fsys.List(path.Join(f.dir, t.Name))
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			dir := path.Join(f.dir, t.Name, e.Name)
			id, err := strconv.ParseInt(e.Name, 10, 32)
			if err != nil || !e.Dir || id < 0 || strconv.FormatInt(id, 10) != e.Name {
				v.queuePart.add(Note, dir, -1, "not the directory of a queue")
				continue
			}
			q := &queue{form: f, dir: dir, seen: -1}
			if q.list, err = v.fsys.List(dir); err != nil {
				return nil, err
			}
			ids[q] = queueKey{t.Name, int32(id)}
			found = append(found, q)
		}
	}
	return found, nil
}

// sort leaves one directory to each queue, as the next start does.
func (s *queues) sort(v *verification, found []*queue, ids map[*queue]queueKey) {
	batched := recovery.BatchTopics(v.fsys)
	count := make(map[queueKey]int)
	for _, q := range found {
		count[ids[q]]++
	}
	for _, q := range found {
		key := ids[q]
		if q.form.batch == batched[key.topic] || q.form.batch && count[key] == 1 {
			s.table[key] = q
			continue
		}
		s.rebuildFrom = 0
		v.queuePart.add(Recoverable, q.dir, -1, "a queue of the wrong kind for the topic (queue.type), set aside and made anew from the log; "+
			"a Java broker refuses to start with it")
		if s.table[key] == nil && count[key] == 1 {
			s.table[key] = &queue{form: &s.batch, dir: path.Join(s.batch.dir, key.topic, strconv.Itoa(int(key.id))), seen: -1}
		}
	}
}

// chooseSize takes what the files say unless one has the configured size, as the next start does.
func (f *form) chooseSize(list []*queue) {
	configured := f.fileSize
	if f.fileSize == 0 {
		f.fileSize = consumequeue.DefaultFileSize
		if f.batch {
			f.fileSize = consumequeue.DefaultBatchFileSize
		}
	}
	if rest := f.fileSize % f.unit; rest != 0 {
		f.fileSize += f.unit - rest
	}
	size := int64(0)
	for _, q := range list {
		for _, e := range q.list {
			if _, ok := consumequeue.FileStart(e.Name); !ok || e.Dir || e.Size == 0 {
				continue
			}
			if e.Size == f.fileSize || configured != 0 && size != 0 && size != e.Size {
				return
			}
			size = max(size, e.Size)
		}
	}
	if size > 0 && size%f.unit == 0 {
		f.fileSize = size
	}
}

func (s *queues) sorted() []*queue {
	return slices.SortedFunc(maps.Values(s.table), func(a, b *queue) int { return strings.Compare(a.dir, b.dir) })
}

// know notes the last entry of a queue.
func (s *queues) know(e consumequeue.Entry) {
	if end := e.End(); end > s.maxPhy {
		s.maxPhy, s.last = end, e
	}
}

// record compares one message of the log with the entries it should have.
func (s *queues) record(v *verification, r *record.View) error {
	if !r.Queued() {
		return nil
	}
	if q := s.table[queueKey{string(r.Topic), r.QueueID}]; q != nil { // no copy of the name
		base, count := r.QueueOffset, int32(1)
		if q.form.batch {
			base, count = r.Batch()
		}
		if err := s.message(v, r, q, base, count); err != nil {
			return err
		}
	} else {
		s.homeless[string(r.Topic)]++
		if string(r.Topic) == record.TopicTimer {
			s.timersEnd = max(s.timersEnd, r.QueueOffset+1)
		}
	}
	for light := range r.LightQueues() {
		if q := s.table[queueKey{string(light.Name), light.ID}]; q == nil {
			s.homeless[string(light.Name)]++
		} else if err := s.message(v, r, q, light.Offset, 1); err != nil {
			return err
		}
	}
	return nil
}

// message compares a record with the entry it should have in a queue, in which it is the messages from base on.
func (s *queues) message(v *verification, r *record.View, q *queue, base int64, count int32) error {
	if q.seen >= 0 && q.phy == r.PhyOffset || count == 0 {
		return nil // it names a light queue twice, or nothing that a queue takes
	}
	if base == 0 && q.seen >= 0 {
		q.forget()
	}
	i, ok, err := q.find(v, base)
	if err != nil {
		return err
	}
	if q.seen >= 0 && base != q.seen {
		q.finding(r.PhyOffset, i, "message %d comes behind message %d in the log", base, q.seen-1)
	}
	first := q.seen < 0
	q.seen, q.phy = base+int64(count), r.PhyOffset
	if base >= q.next {
		if q.behind++; q.behind == 1 {
			q.behindPhy = r.PhyOffset
		}
		return nil
	}
	if !ok {
		q.finding(r.PhyOffset, i, "no entry of message %d, which is at log offset %d", base, r.PhyOffset)
		return nil
	}
	e, err := q.entry(v, i)
	if err != nil {
		return err
	}
	q.cursor = i + 1
	if want := s.entryOf(r, q, e, base, count); e != want {
		q.finding(r.PhyOffset, i, "the entry of message %d is %s, the message is %s", base, q.show(e), q.show(want))
	}
	if first {
		return q.before(v, i)
	}
	return nil
}

// entryOf is the entry that a record should have, where e is.
func (s *queues) entryOf(r *record.View, q *queue, e consumequeue.Batch, base int64, count int32) consumequeue.Batch {
	want := consumequeue.Batch{Entry: consumequeue.Entry{PhyOffset: r.PhyOffset, Size: r.Size, TagsCode: r.TagsCode()}, Base: base, Count: count}
	if q.form.batch {
		want.StoreTime = r.StoreTime
	} else if !s.tags || string(r.Topic) == record.TopicSchedule {
		want.TagsCode = e.TagsCode // an address, or the time to deliver
	}
	return want
}

func (q *queue) show(e consumequeue.Batch) string {
	text := fmt.Sprintf("log offset %d, %d bytes, tags code %d", e.PhyOffset, e.Size, e.TagsCode)
	if q.form.batch {
		text += fmt.Sprintf(", stored %s, message %d, %d messages", at(e.StoreTime), e.Base, e.Count)
	}
	return "(" + text + ")"
}

// finish judges what was found, and looks for entries that no message has.
func (s *queues) finish(v *verification) {
	for _, key := range slices.SortedFunc(maps.Keys(s.table), func(a, b queueKey) int {
		return strings.Compare(s.table[a].dir, s.table[b].dir)
	}) {
		q := s.table[key]
		q.rest(v)
		for _, f := range q.found {
			severity := Damaged
			if v.plan.Rebuilds(f.phy) {
				severity = Recoverable
			}
			v.queuePart.add(severity, f.file, f.pos, "%s", f.text)
		}
		if q.lost > 0 {
			v.queuePart.add(Note, q.dir, -1, "and %d more of this queue", q.lost)
		}
	}
	for _, topic := range slices.Sorted(maps.Keys(s.homeless)) {
		v.queuePart.add(Note, path.Join(layout.QueueDir, topic), -1, "%s in the log, no queue: the topic was deleted, or its queues are lost",
			plural(s.homeless[topic], "message"))
	}
}

// count is what store counts at a clean close.
func (s *queues) count() (t recovery.Tally) {
	for _, q := range s.table {
		t.Add(q.form.batch, q.next-q.base)
	}
	return t
}
