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
)

// queues is all consume queues.
type queues struct {
	table       map[queueKey]*queue
	fileSize    int64
	entries     int64
	maxPhy      int64              // where the log goes on behind the message that they know last
	last        consumequeue.Entry // of that message
	rebuildFrom int64              // from where on the next start makes anew what it throws away
	tags        bool               // entries hold hashes of tags
	homeless    map[string]int64   // messages of topics without any queue, by topic
	batched     map[string]bool    // topics with batch queues, which are not looked at
}

type queueKey struct {
	topic string
	id    int32
}

// survey reads all queues.
func (s *queues) survey(v *verification) error {
	s.table, s.homeless = make(map[queueKey]*queue), make(map[string]int64)
	s.rebuildFrom = math.MaxInt64
	ext, err := v.fsys.List(layout.QueueExtDir)
	if err != nil {
		return err
	}
	s.tags = len(ext) == 0
	batched, err := v.fsys.List(layout.BatchQueueDir)
	if err != nil {
		return err
	}
	s.batched = make(map[string]bool)
	for _, t := range batched {
		s.batched[t.Name] = true
	}
	topics, err := v.fsys.List(layout.QueueDir)
	if err != nil {
		return err
	}
	for _, t := range topics {
		if !t.Dir {
			v.queuePart.add(Note, path.Join(layout.QueueDir, t.Name), -1, "not the directory of a topic")
			continue
		}
		if err := s.topic(v, t.Name); err != nil {
			return err
		}
	}
	s.chooseSize(v.opt.QueueFileSize)
	for _, q := range s.sorted() {
		if err := q.read(v, s); err != nil {
			return err
		}
		s.entries += q.end - q.first
	}
	v.queuePart.Checked = plural(int64(len(s.table)), "queue") + " in files of " + plural(s.fileSize, "byte") + ", " + strconv.FormatInt(s.entries, 10) + " entries"
	return nil
}

func (s *queues) topic(v *verification, topic string) error {
	ids, err := v.fsys.List(path.Join(layout.QueueDir, topic))
	if err != nil {
		return err
	}
	for _, e := range ids {
		dir := path.Join(layout.QueueDir, topic, e.Name)
		id, err := strconv.ParseInt(e.Name, 10, 32)
		if err != nil || !e.Dir || id < 0 || strconv.FormatInt(id, 10) != e.Name {
			v.queuePart.add(Note, dir, -1, "not the directory of a queue")
			continue
		}
		q := &queue{dir: dir, seen: -1}
		if q.list, err = v.fsys.List(dir); err != nil {
			return err
		}
		s.table[queueKey{topic, int32(id)}] = q
	}
	return nil
}

// chooseSize takes what the files say unless one has the configured size, as the next start does.
func (s *queues) chooseSize(configured int64) {
	s.fileSize = configured
	if configured == 0 {
		s.fileSize = 6_000_000
	}
	if rest := s.fileSize % consumequeue.UnitSize; rest != 0 {
		s.fileSize += consumequeue.UnitSize - rest
	}
	size := int64(0)
	for _, q := range s.table {
		for _, e := range q.list {
			if _, ok := consumequeue.FileStart(e.Name); !ok || e.Dir || e.Size == 0 {
				continue
			}
			if e.Size == s.fileSize || configured != 0 && size != 0 && size != e.Size {
				return
			}
			size = max(size, e.Size)
		}
	}
	if size > 0 && size%consumequeue.UnitSize == 0 {
		s.fileSize = size
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
		if err := s.message(v, r, q, r.QueueOffset); err != nil {
			return err
		}
	} else if !s.batched[string(r.Topic)] {
		s.homeless[string(r.Topic)]++
	}
	for light := range r.LightQueues() {
		if q := s.table[queueKey{string(light.Name), light.ID}]; q != nil {
			if err := s.message(v, r, q, light.Offset); err != nil {
				return err
			}
		}
	}
	return nil
}

// message compares a message with the entry it should have in a queue.
func (s *queues) message(v *verification, r *record.View, q *queue, queueOff int64) error {
	if q.seen >= 0 && q.phy == r.PhyOffset {
		return nil // it names a light queue twice
	}
	if queueOff == 0 && q.seen >= 0 {
		q.forget()
	}
	if q.seen >= 0 && queueOff != q.seen+1 {
		q.finding(r.PhyOffset, queueOff, "message %d comes behind message %d in the log", queueOff, q.seen)
	}
	first := q.seen < 0
	q.seen, q.phy = queueOff, r.PhyOffset
	if queueOff >= q.end {
		if q.behind++; q.behind == 1 {
			q.behindPhy = r.PhyOffset
		}
		return nil
	}
	if queueOff < q.first {
		q.finding(r.PhyOffset, queueOff, "no entry of message %d, which is at log offset %d", queueOff, r.PhyOffset)
		return nil
	}
	e, err := q.entry(v, queueOff)
	if err != nil {
		return err
	}
	want := consumequeue.Entry{PhyOffset: r.PhyOffset, Size: r.Size, TagsCode: r.TagsCode()}
	if !s.tags || string(r.Topic) == record.TopicSchedule {
		want.TagsCode = e.TagsCode // an address, or the time to deliver
	}
	if e != want {
		q.finding(r.PhyOffset, queueOff, "the entry of message %d is %s, the message is %s", queueOff, show(e), show(want))
	}
	if first {
		return q.before(v, queueOff)
	}
	return nil
}

func show(e consumequeue.Entry) string {
	return fmt.Sprintf("(log offset %d, %d bytes, tags code %d)", e.PhyOffset, e.Size, e.TagsCode)
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
			if v.plan.rebuilds(f.phy) {
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

// count is what store counts at a clean close: queues with messages that the log has, and entries of
// those.
func (s *queues) count() (n, entries int64) {
	for _, q := range s.table {
		if q.end > q.kept() {
			n++
			entries += q.end - q.kept()
		}
	}
	return n, entries
}
