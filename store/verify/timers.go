package verify

import (
	"path"

	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/timer"
)

// timers compares the timer's files with the log, by what the timer itself reads in them.
func (v *verification) timers() error {
	p := v.timerPart
	if err := v.timerFiles(); err != nil {
		return err
	}
	book, found, err := timer.Look(v.fsys, v.opt.Timer)
	if err != nil {
		return err
	}
	start, end := book.Extent()
	queued := v.timerQueue()
	switch {
	case found.Checkpoint == (timer.Checkpoint{}) && end == 0 && queued == 0:
		p.Checked = "absent"
	case found.Anew != "":
		p.Checked = "not checked"
		p.add(Recoverable, timer.CheckFile, -1, "%s: all is made anew from queue 0 of %s", found.Anew, record.TopicTimer)
	default:
		if found.WheelLost {
			p.add(Recoverable, timer.WheelFile, -1, "missing or of another size, and made anew from the timer log")
		}
		if found.QueueOffset > queued {
			p.add(Damaged, timer.CheckFile, 16, "%d messages of %s are taken up, and its queue ends at %d", found.QueueOffset, record.TopicTimer, queued)
		}
		err = v.timerEntries(book, &found, start)
		p.Checked += ", timer log " + span(start, end) + ", delivered up to " + at(found.ReadTime)
	}
	if closeErr := book.Close(); err == nil {
		err = closeErr
	}
	return err
}

// timerQueue is where the queue of timed messages ends, by its files or by the log.
func (v *verification) timerQueue() int64 {
	if q := v.queues.table[queueKey{record.TopicTimer, 0}]; q != nil {
		return max(q.next, q.seen)
	}
	return v.queues.timersEnd
}

// timerFiles tells of what is no file of the timer log.
func (v *verification) timerFiles() error {
	list, err := v.fsys.List(timer.LogDir)
	for _, e := range list {
		if _, err := mapped.ParseName(e.Name); err != nil || e.Dir {
			v.timerPart.add(Note, path.Join(timer.LogDir, e.Name), -1, "not a file of the timer log")
		}
	}
	return err
}

// timerEntries looks for the message of each entry that is pending.
func (v *verification) timerEntries(book *timer.Book, found *timer.Recovered, start int64) error {
	p, moments, entries := v.timerPart, int64(0), int64(0)
	size := book.LogFileSize()
	place := func(pos int64) (file string, in int64) {
		return path.Join(timer.LogDir, mapped.Name(pos-pos%size)), pos % size
	}
	err := book.Waiting(found.ReadFrom, func(moment, pos int64, u *timer.Unit) error {
		file, in := place(pos)
		if u.PhyOffset < v.start() {
			p.add(Note, file, in, "the message for %s, at log offset %d, has left the log, and will not be delivered", at(moment), u.PhyOffset)
			return nil
		}
		ok, err := v.isMessage(u)
		if err == nil && !ok {
			p.add(Damaged, file, in, "no message of %d bytes begins at log offset %d: what was to come at %s is lost", u.Size, u.PhyOffset, at(moment))
		}
		return err
	}, func(m *timer.Moment) error {
		moments++
		entries += m.Entries
		switch {
		case m.Broken != nil:
			p.add(Damaged, layout.TimerLogDir, -1, "entries of %s are lost: %v", at(m.At), m.Broken)
		case m.Entries == 0:
			p.add(Damaged, timer.WheelFile, -1, "the slot of %s leads to no entry", at(m.At))
		}
		return nil
	})
	p.Checked = plural(entries, "message") + " waiting for " + plural(moments, "moment")
	return err
}

// isMessage reports whether the message of an entry is where the entry says.
func (v *verification) isMessage(u *timer.Unit) (bool, error) {
	if u.PhyOffset+int64(u.Size) > v.end {
		return false, nil
	}
	h, ok, err := v.log.HeadAt(u.PhyOffset)
	return ok && h.Size == u.Size, err
}
