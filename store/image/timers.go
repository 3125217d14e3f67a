package image

import (
	"errors"

	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/timer"
)

// Timers is what the timer's files say. Times are Unix milliseconds.
type Timers struct {
	Files
	Waiting   int64  `json:"waiting"` // entries that are pending
	First     int64  `json:"first"`   // moment of the next, 0 if there is none
	Last      int64  `json:"last"`
	Delivered int64  `json:"delivered"` // all that was due before
	TakenUp   int64  `json:"takenUp"`   // messages of the queue that are in the files
	Problem   string `json:"problem,omitempty"`
}

func (im *Image) statTimers(t *Timers) (err error) {
	if t.Files, err = im.files(timer.LogDir); err != nil {
		return err
	}
	book, found, err := timer.Look(im.fsys, im.opt.Timer)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	t.Delivered, t.TakenUp = found.ReadTime, found.QueueOffset
	if found.Anew != "" {
		if found.Checkpoint != (timer.Checkpoint{}) || t.Files.Files > 0 {
			t.Problem = found.Anew
		}
		return nil
	}
	return book.Waiting(found.ReadFrom, func(int64, int64, *timer.Unit) error { return nil }, func(m *timer.Moment) error {
		t.Waiting += m.Entries
		if t.First == 0 {
			t.First = m.At
		}
		t.Last = m.At
		if m.Broken != nil {
			t.Problem = m.Broken.Error()
		}
		return nil
	})
}

// ErrTimers: the timer's files do not fit together; whoever starts makes them anew from their queue.
var ErrTimers = errors.New("image: timers cannot be read")

// Due is a message that waits for its moment.
type Due struct {
	Found
	At       int64 // Unix ms
	Roll     bool  // it is stored again then: it is due later
	TakeBack bool  // another one is not delivered
}

// DumpTimers visits what waits, at most most messages unless that is 0, in the order of their moments and
// in one of them the newest first. Errors: commitlog.ErrLayout, ErrTimers, those of the disk and of visit.
func (im *Image) DumpTimers(most int, visit func(Due) error) (err error) {
	if im.layout != nil {
		return im.layout
	}
	book, found, err := timer.Look(im.fsys, im.opt.Timer)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	if found.Anew != "" {
		if found.Checkpoint == (timer.Checkpoint{}) {
			return nil
		}
		return errors.Join(ErrTimers, errors.New(found.Anew))
	}
	var view record.View
	var buf []byte
	seen := 0
	counted := func(d Due) error {
		if err := visit(d); err != nil {
			return err
		}
		if seen++; seen == most {
			return errEnough
		}
		return nil
	}
	err = book.Waiting(found.ReadFrom, func(at, _ int64, u *timer.Unit) error {
		d := Due{At: at, Roll: u.Magic&timer.Roll != 0, TakeBack: u.Magic&timer.Delete != 0}
		d.Place = u.PhyOffset
		if buf, d.Err = im.read(buf, consumequeue.Entry{PhyOffset: u.PhyOffset, Size: u.Size}, &view); d.Err == nil {
			d.View = &view
		}
		return counted(d)
	}, func(m *timer.Moment) error {
		if m.Broken == nil {
			return nil
		}
		return counted(Due{At: m.At, Found: Found{Err: m.Broken}})
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
