package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"

	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/record"
)

// verify opens what a power cut left. Everything durable that was not deleted must be there, unaltered
// and at its place, and queues go on where they were even if nothing is left of them;
// of the rest a suffix may be missing, and nothing else; queues and log must agree; and the store
// must go on, close and open again without recovery.
func (c *crashRun) verify(d *disk) error {
	if d.recovery {
		c.tally.again.Add(1)
	} else {
		c.tally.disks.Add(1)
	}
	o := c.opt
	o.Arrivals, o.CallerDrives = nil, false
	recovered := c.cutRecovery(d)
	s, err := Open(d.mem, o)
	cut := recovered()
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer s.Close()
	for i := range cut {
		if err := c.verify(&cut[i]); err != nil {
			return fmt.Errorf("cut again in recovery: %w", err)
		}
	}
	end := s.log.End()
	if end < d.must {
		return fmt.Errorf("the log ends at %d, durable was everything up to %d", end, d.must)
	}
	torn, err := c.compareLog(s, d, end)
	if err != nil {
		return err
	}
	if torn {
		c.tally.torn.Add(1)
		return nil // queues and keys are as the torn record says
	}
	if err := c.compare(s, d, end); err != nil {
		return err
	}
	return c.goOn(s, d)
}

// goOn puts some more, closes, and opens again.
func (c *crashRun) goOn(s *Store, d *disk) error {
	o := c.opt
	o.CallerDrives = false
	more := newCrashRun(c.seed+1, o, c.tally)
	for range 5 {
		if err := more.put(s); err != nil {
			return fmt.Errorf("put after recovery: %w", err)
		}
	}
	end := s.log.End()
	if err := s.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	if aborted, err := wasAborted(d.mem); aborted || err != nil {
		return fmt.Errorf("after a close: abort file %v, %w", aborted, err)
	}
	again, err := Open(d.mem, o)
	if err != nil {
		return fmt.Errorf("open again: %w", err)
	}
	defer again.Close()
	if st := again.Stats(); st.Cut != 0 || st.LogEnd != end {
		return fmt.Errorf("open again: cut %d bytes, log ends at %d, want 0, %d", st.Cut, st.LogEnd, end)
	}
	return again.Check()
}

// compare wants what is made of the log, which ends at end, to be as the log is.
func (c *crashRun) compare(s *Store, d *disk, end int64) error {
	if err := c.compareQueues(s, d, end); err != nil {
		return err
	}
	if err := c.compareOffsets(s, d); err != nil {
		return err
	}
	if err := c.compareBits(s); err != nil {
		return err
	}
	if err := c.compareKeys(s, d, end); err != nil {
		return err
	}
	return s.Check()
}

// compareLog wants the messages from the log's beginning to its end, each where it was put, unaltered, and nothing
// behind the last of them. The CRC of Java's format covers the body alone: of a message that nobody said to be
// durable other bytes may be torn, and nothing shows it.
func (c *crashRun) compareLog(s *Store, d *disk, end int64) (torn bool, err error) {
	var r Read
	defer r.Release()
	start, last := s.log.Start(), int64(0)
	for i := range c.puts {
		p := &c.puts[i]
		if p.end > end {
			break
		}
		last = p.end
		if p.phy < start {
			continue
		}
		if err := s.Reread(p.phy, &r, false); err != nil {
			return false, fmt.Errorf("message %d at %d of %d: %w", i, p.phy, end, err)
		}
		var v record.View
		if _, err := record.Parse(r.AppendTo(nil), &v, record.WithBody); err != nil || !bytes.Equal(v.Body, p.body) {
			return false, fmt.Errorf("message %d at %d was altered: %v", i, p.phy, err)
		}
		if p.is(&v) {
			continue
		}
		if p.end <= d.must {
			return false, fmt.Errorf("message %d at %d was altered: %s-%d offset %d, %q; was put as %s offset %d, %q",
				i, p.phy, v.Topic, v.QueueID, v.QueueOffset, v.Properties, p.name(), p.queueOff, p.props)
		}
		if c.opt.AppendPropCRC {
			return false, fmt.Errorf("message %d at %d was torn, and its CRC property tells", i, p.phy)
		}
		torn = true
	}
	if end != last && end != c.nextFile(last) {
		return torn, fmt.Errorf("the log ends at %d, its last message at %d", end, last)
	}
	return torn, nil
}

// is reports whether a record is the message, but for its body.
func (p *put) is(v *record.View) bool {
	return string(v.Topic) == p.topic && v.QueueID == p.queue && (p.queueOff < 0 || v.QueueOffset == p.queueOff) &&
		bytes.Equal(record.AppendWithout(nil, v.Properties, record.PropCRC32), p.props)
}

// extent is what a queue must hold: the messages of its topic's last life that the log has.
type extent struct {
	life      int64
	min, max  int64
	maybeGone bool // the topic was deleted, or was being deleted
}

func (c *crashRun) extents(d *disk, start, end int64) (map[string]extent, error) {
	all := make(map[string]extent)
	for i, p := range c.puts {
		if p.end > end {
			break
		}
		if p.queueOff < 0 {
			continue
		}
		x, known := all[p.name()]
		if !known || x.life != p.life {
			x = extent{life: p.life, maybeGone: p.life < d.lives[p.topic].ended}
		}
		if p.queueOff != x.max {
			return nil, fmt.Errorf("message %d has offset %d of %s, want %d", i, p.queueOff, p.name(), x.max)
		}
		x.max += p.count
		if p.phy < start {
			x.min += p.count
		}
		all[p.name()] = x
		if p.light >= 0 {
			l := all[queueName(lightQueue, 0)]
			if p.light != l.max {
				return nil, fmt.Errorf("message %d has offset %d of the light queue, want %d", i, p.light, l.max)
			}
			l.max++
			if p.phy < start {
				l.min++
			}
			all[queueName(lightQueue, 0)] = l
		}
	}
	return all, nil
}

// compareQueues wants every queue to hold exactly its messages. Of a deleted topic those that were not
// checkpointed may come back from the log, as they do in Java.
func (c *crashRun) compareQueues(s *Store, d *disk, end int64) error {
	all, err := c.extents(d, s.log.Start(), end)
	if err != nil {
		return err
	}
	for q := range s.queues.All() {
		name := queueName(q.Topic(), q.ID())
		x := all[name]
		delete(all, name)
		back := x.maybeGone && (q.Max() == 0 || q.Max() == x.max && q.Min() >= x.min)
		if !back && (q.Min() != x.min || q.Max() != x.max) {
			return fmt.Errorf("%s has offsets from %d to %d, want %d to %d (may be gone: %v)", name, q.Min(), q.Max(), x.min, x.max, x.maybeGone)
		}
	}
	for name, x := range all {
		if !x.maybeGone {
			return fmt.Errorf("%s is missing, must have offsets from %d to %d", name, x.min, x.max)
		}
	}
	for name, want := range d.seen {
		if got := s.MaxOffset([]byte(name[:2]), int32(name[3]-'0')); got < want {
			return fmt.Errorf("%s ends at %d, consumers saw it end at %d", name, got, want)
		}
	}
	return nil
}

// compareBits wants the bit map of every entry to be that of its message. Entries of a topic that was deleted may come
// back without.
func (c *crashRun) compareBits(s *Store) error {
	if c.opt.Extension == nil {
		return nil
	}
	buf := make([]byte, consumequeue.MaxUnit)
	for q := range s.queues.All() {
		if q.Batched() || record.IsLight(q.Topic()) {
			continue
		}
		for off := q.Min(); off < q.Max(); off++ {
			e, ok, err := q.At(off)
			if err != nil || !ok {
				return fmt.Errorf("%s %d: no entry of message %d: %w", q.Topic(), q.ID(), off, err)
			}
			u, ok := q.Unit(e.TagsCode, buf)
			if !ok && q.Topic() >= fmt.Sprint("T", keptTopics) {
				continue
			}
			if !ok || len(u.Bits) != 1 || u.Bits[0] != byte(off) {
				return fmt.Errorf("%s %d: message %d has %t, %+v beside its entry %+v", q.Topic(), q.ID(), off, ok, u, e)
			}
			c.tally.units.Add(1)
		}
	}
	return nil
}

// compareKeys wants every message that the log has to be found by its key, once.
func (c *crashRun) compareKeys(s *Store, d *disk, end int64) error {
	if c.opt.NoIndex {
		return nil
	}
	for i, p := range c.puts {
		if p.end > end {
			break
		}
		if p.phy < max(s.log.Start(), d.start) || p.queueOff < 0 {
			continue
		}
		found, err := s.FindByKey([]byte(p.topic), []byte(keyOf(i)), 100, 0, math.MaxInt64)
		if err != nil {
			return err
		}
		times := 0
		for _, phy := range found {
			if phy == p.phy {
				times++
			}
		}
		if times != 1 {
			return fmt.Errorf("message %d at %d is %d times in the index, with %v", i, p.phy, times, found)
		}
	}
	return nil
}

// compareOffsets wants the consumers' offsets as they were stored last, or as they were being stored; with
// synchronous flush no queue ends before them.
func (c *crashRun) compareOffsets(s *Store, d *disk) error {
	var file struct {
		OffsetTable map[string]map[int32]int64
		DataVersion struct{ Counter int64 }
	}
	loaded, err := jsonfile.Load(d.mem, offsetsFile, 1, func(b []byte) error { return json.Unmarshal(b, &file) })
	if err != nil {
		return fmt.Errorf("offsets: %w", err)
	}
	number := file.DataVersion.Counter
	if number < d.saved.number || number > d.tried {
		return fmt.Errorf("offsets are those of file %d (%v), stored was %d, begun %d", number, loaded.Source, d.saved.number, d.tried)
	}
	for key, table := range file.OffsetTable {
		for id, offset := range table {
			name := queueName(key[:2], id)
			if number == d.saved.number && offset != d.saved.offsets[name] {
				return fmt.Errorf("the offset of %s is %d, stored was %d", name, offset, d.saved.offsets[name])
			}
			if got := s.MaxOffset([]byte(key[:2]), id); c.opt.Flush == SyncFlush && got < offset {
				return fmt.Errorf("%s ends at %d, consumed was up to %d", name, got, offset)
			}
		}
	}
	return nil
}
