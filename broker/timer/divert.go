package timer

import (
	"math"
	"math/rand/v2"

	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// Divert sends a message that asks for a time to the timers' queue, or leaves it alone if that time has
// come. delayed says that it asks for a delay level too, which counts then. It does not block; m.Properties are
// edited in place and grow. The answer of an error begins with Java's text.
//
// Java: HookUtils.handleScheduleMessage, checkIfTimerMessage, transformTimerMessage; the texts of
// SendMessageProcessor.handlePutMessageResult.
func (t *Timer) Divert(m *record.Message, delayed bool) error {
	if delayed {
		m.Properties = record.AppendWithout(m.Properties[:0], m.Properties,
			record.PropTimerDeliverMS, record.PropTimerDelaySec, record.PropTimerDelayMS)
		return nil
	}
	if string(m.Topic) == record.TopicTimer {
		return nil
	}
	if _, again := record.Property(m.Properties, record.PropTimerOutMS); again {
		return nil // it was timed once, and comes from who received it
	}
	if t.opts.Off {
		return remoting.Errorf(protocol.SystemError, "accurate timer message is not enabled, timerWheelEnable is false")
	}
	now := t.now()
	deliver, err := t.asked(m.Properties, now)
	if err != nil {
		return err
	}
	if deliver <= now {
		if _, takesBack := record.Property(m.Properties, record.PropTimerDelUniqKey); takesBack {
			return t.illegal("the time has passed")
		}
		return nil
	}
	if deliver-now > t.opts.MaxDelay.Milliseconds() {
		return t.illegal("it asks for a longer one")
	}
	out := t.floor(deliver)
	if out == deliver {
		out -= t.precision()
	}
	if err := t.congested(out); err != nil {
		return err
	}
	return divert(m, out)
}

// asked is when the message is to be delivered, Unix ms.
func (t *Timer) asked(props []byte, now int64) (int64, error) {
	from, unit := now, int64(1000)
	value, ok := record.Property(props, record.PropTimerDelaySec)
	if !ok {
		if value, ok = record.Property(props, record.PropTimerDelayMS); ok {
			unit = 1
		} else {
			value, _ = record.Property(props, record.PropTimerDeliverMS)
			from, unit = 0, 1
		}
	}
	n, err := jvalue.ParseLong(value)
	if err != nil {
		return 0, t.illegal("it is no number")
	}
	if n > (math.MaxInt64-from)/unit || n < math.MinInt64/unit {
		return 0, t.illegal("it asks for a longer one")
	}
	return from + n*unit, nil
}

// illegal is Java's WHEEL_TIMER_MSG_ILLEGAL.
func (t *Timer) illegal(cause string) error {
	return remoting.Errorf(protocol.MessageIllegal, "timer message illegal, the delay time should not be bigger than the max delay %dms; "+
		"or if set del msg, the delay time should be bigger than the current time. Cause: %s", t.opts.MaxDelay.Milliseconds(), cause)
}

// congested refuses messages at random when a slot has many, and all when it has twice as many.
// Java: TimerMessageStore.isReject.
func (t *Timer) congested(out int64) error {
	limit := int64(t.opts.Congestion)
	if limit >= math.MaxInt32 {
		return nil
	}
	n := int64(t.book.Num(out))
	if n <= limit || n < 2*limit && float64(rand.IntN(1000)) <= 1000*float64(n-limit)/(float64(limit)+0.1) {
		return nil
	}
	return remoting.Errorf(protocol.SystemError, "timer message is under flow control, max num limit is %d or the current value is greater than %d and less than %d, trigger random flow control",
		2*limit, limit, 2*limit)
}

// stamps is how many bytes of properties a delivery adds at most: without room for them a message could be taken
// and never delivered.
const stamps = len(record.PropTimerEnqueueMS) + len(record.PropTimerDequeueMS) + len(record.PropTimerRollTimes) + 3*(2+20) + 32 // and the CRC property

// divert has m wait for the slot out.
func divert(m *record.Message, out int64) error {
	m.Properties = appendNumber(m.Properties, record.PropTimerOutMS, out)
	m.Park(topicTimer, 0)
	if len(m.Properties)+stamps > record.MaxProperties {
		return record.ErrPropertiesTooLarge
	}
	return nil
}
