package timer

import (
	"math"
	"time"

	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/timer"
)

// precisions are what timerPrecisionMs may have been, in ms, but for 100: no slot is shorter.
// Java: MessageStoreConfig.
var precisions = [...]int64{1000, 500, 200}

// Precision is timerPrecisionMs as Java takes it: the next lower of the values that its wheel is made for.
func Precision(ms int) time.Duration {
	for _, p := range precisions {
		if int64(ms) >= p {
			return time.Duration(p) * time.Millisecond
		}
	}
	return 100 * time.Millisecond
}

// home is the moment of the slot whose end v, in the queue, must not come before. That is its own, out,
// unless timerPrecisionMs has been another when it was sent: out is that much before the moment that was
// asked for, at most, and that may lie behind the end of the slot with out. Where it is not known exactly
// the message comes late; with slots of a second none does.
//
// A message stays in slot out until that is delivered, as its recalls are there, and moves to its home then.
// Java delivers it with out.
func (t *Timer) home(v *record.View, out int64) int64 {
	p := t.precision()
	latest := out
	for _, was := range precisions {
		if was != p && out%was == 0 && out <= math.MaxInt64-was && out+was > t.floor(out)+p {
			latest = out + was
			break
		}
	}
	if latest == out {
		return out
	}
	if last, ok := due(v); ok {
		latest = min(latest, last)
	}
	slot := t.floor(latest)
	if slot == latest {
		slot -= p
	}
	return max(slot, out)
}

// due is when v is due at the latest, by its own word and the time at which it came, Unix ms. Not ok:
// that cannot be told.
func due(v *record.View) (ms int64, ok bool) {
	from := v.StoreTime
	for _, p := range [...]struct {
		name string
		unit int64
	}{{record.PropTimerDelaySec, 1000}, {record.PropTimerDelayMS, 1}, {record.PropTimerDeliverMS, 0}} {
		value, found := v.Property(p.name)
		if !found {
			continue
		}
		n, err := jvalue.ParseLong(value)
		if p.unit == 0 {
			return n, err == nil
		}
		_, rolled := v.Property(record.PropTimerRollTimes) // and its time is that of the last roll
		ok = err == nil && !rolled && n >= 0 && n <= (math.MaxInt64-from)/p.unit
		return from + n*p.unit, ok
	}
	return 0, false
}

// early moves the entry of v to the home of v if that is behind the slot that is being
// delivered, and reports whether it did.
func (t *Timer) early(v *record.View, u *timer.Unit) (moved bool, err error) {
	value, _ := v.Property(record.PropTimerOutMS)
	out, err := jvalue.ParseLong(value)
	if err != nil || out < 0 {
		return false, nil
	}
	home := t.home(v, out)
	if t.floor(home) <= t.clock.slot {
		return false, nil
	}
	return true, t.book.Add(home, *u)
}
