package timer

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func TestDivert(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, vfs.NewMem(), options())
		defer b.stop()
		now := time.Now().UnixMilli() // a whole second
		const maxDelay = 259_200_000
		for _, c := range []struct {
			name  string
			props []string
			out   int64 // 0: left alone
			code  int32
		}{
			{"seconds", []string{record.PropTimerDelaySec, "3"}, now + 2000, 0},
			{"milliseconds", []string{record.PropTimerDelayMS, "1500"}, now + 1000, 0},
			{"the next millisecond", []string{record.PropTimerDelayMS, "1"}, now, 0},
			{"a moment", []string{record.PropTimerDeliverMS, itoa(now + 60_001)}, now + 60_000, 0},
			{"seconds before all", []string{record.PropTimerDelayMS, "9000", record.PropTimerDeliverMS, itoa(now + 60_000), record.PropTimerDelaySec, "3"}, now + 2000, 0},
			{"the longest", []string{record.PropTimerDelayMS, itoa(maxDelay)}, now + maxDelay - 1000, 0},
			{"longer", []string{record.PropTimerDelayMS, itoa(maxDelay + 1)}, 0, protocol.MessageIllegal},
			{"more than there is", []string{record.PropTimerDelaySec, "9223372036854775807"}, 0, protocol.MessageIllegal},
			{"far in the past", []string{record.PropTimerDeliverMS, "-9223372036854775808"}, 0, 0},
			{"now", []string{record.PropTimerDeliverMS, itoa(now)}, 0, 0},
			{"no number", []string{record.PropTimerDelaySec, "soon"}, 0, protocol.MessageIllegal},
			{"timed once", []string{record.PropTimerDelaySec, "3", record.PropTimerOutMS, "1"}, 0, 0},
			{"a recall in the past", []string{record.PropTimerDeliverMS, itoa(now - 5), record.PropTimerDelUniqKey, "T+k"}, 0, protocol.MessageIllegal},
			{"no room for what delivery adds", []string{record.PropTimerDelaySec, "3", "p", strings.Repeat("x", record.MaxProperties-150)}, 0, -1},
		} {
			m := message("k", c.props...)
			before := *m
			err := b.Divert(m, false)
			var e *remoting.Error
			switch {
			case c.code == -1:
				if !errors.Is(err, record.ErrPropertiesTooLarge) {
					t.Errorf("%s: got %v", c.name, err)
				}
			case c.code != 0:
				if !errors.As(err, &e) || e.Code != c.code || !strings.HasPrefix(e.Remark, "timer message illegal, the delay time should not be bigger than the max delay 259200000ms; or if set del msg, the delay time should be bigger than the current time") {
					t.Errorf("%s: got %v, want code %d", c.name, err, c.code)
				}
			case err != nil:
				t.Errorf("%s: %v", c.name, err)
			case c.out == 0:
				if string(m.Topic) != "T" || m.QueueID != 3 || string(m.Properties) != string(before.Properties) {
					t.Errorf("%s: got %s, want it left alone", c.name, m.Properties)
				}
			default:
				if out, _ := record.Property(m.Properties, record.PropTimerOutMS); string(m.Topic) != record.TopicTimer || m.QueueID != 0 || string(out) != itoa(c.out) {
					t.Errorf("%s: to %s at %s, want at %d", c.name, m.Topic, out, c.out)
				}
			}
		}
	})
}

// A delay level counts before a time, of which nothing is left.
func TestDivertLevel(t *testing.T) {
	b := Timer{opts: options()}
	b.opts.Now = time.Now
	m := message("k", record.PropTimerDelaySec, "3", record.PropDelayLevel, "1", record.PropTimerDeliverMS, "7", record.PropTimerDelayMS, "9")
	if err := b.Divert(m, true); err != nil {
		t.Fatal(err)
	}
	if got, want := string(m.Properties), string(message("k", record.PropDelayLevel, "1").Properties); got != want || string(m.Topic) != "T" {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOff(t *testing.T) {
	o := options()
	o.Off = true
	b := start(t, vfs.NewMem(), o)
	defer b.stop()
	var e *remoting.Error
	if err := b.Divert(message("k", record.PropTimerDelaySec, "3"), false); !errors.As(err, &e) || e.Code != protocol.SystemError ||
		e.Remark != "accurate timer message is not enabled, timerWheelEnable is false" {
		t.Errorf("got %v", err)
	}
}

func TestCongestion(t *testing.T) {
	taken, err := fillSlot(t, func(int) []string { return []string{record.PropTimerDelaySec, "60"} })
	var e *remoting.Error
	if taken < 11 || taken > 20 || !errors.As(err, &e) || e.Code != protocol.SystemError ||
		!strings.HasPrefix(e.Remark, "timer message is under flow control, max num limit is 20 or the current value is greater than 10 and less than 20, trigger random flow control") {
		t.Errorf("%d taken, want 11 to 20; then %v", taken, err)
	}
}

// Recalls fill a slot as messages do.
func TestCongestionByRecalls(t *testing.T) {
	taken, _ := fillSlot(t, func(n int) []string {
		props := []string{record.PropTimerDelaySec, "60"}
		if n%2 == 1 {
			props = append(props, record.PropTimerDelUniqKey, "T+k")
		}
		return props
	})
	if taken < 11 || taken > 20 {
		t.Errorf("%d taken, want 11 to 20", taken)
	}
}

// fillSlot sends a thousand messages for one slot in which 10 begin to be too many, the n-th with properties(n). It returns
// how many were taken, and what was said of the last.
func fillSlot(t *testing.T, properties func(n int) []string) (taken int, err error) {
	bubble(t, func(t *testing.T) {
		o := options()
		o.Congestion = 10
		b := start(t, vfs.NewMem(), o)
		defer b.stop()
		for n := range 1000 {
			m := message("k", properties(n)...)
			if err = b.Divert(m, false); err == nil {
				taken++
				b.put(m)
			}
			synctest.Wait()
		}
	})
	return taken, err
}

func TestDivertAllocatesNothing(t *testing.T) {
	b := Timer{opts: options()}
	b.opts.Now = time.Now
	m := message("k", record.PropTimerDelaySec, "60")
	props := append(make([]byte, 0, 1024), m.Properties...)
	if n := testing.AllocsPerRun(100, func() {
		m.Topic, m.QueueID, m.Properties = topicT, 3, props
		if err := b.Divert(m, false); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a message, want none", n)
	}
}

func TestAppendHandleAllocatesNothing(t *testing.T) {
	b := Timer{opts: options()}
	b.opts.Now = time.Now
	m := message("k", record.PropTimerDelaySec, "60")
	if err := b.Divert(m, false); err != nil {
		t.Fatal(err)
	}
	key, buf := []byte("7F0000010BF818B4AAC2570B23AF0000"), make([]byte, 0, 512)
	if n := testing.AllocsPerRun(100, func() { buf = b.AppendHandle(buf[:0], m, key) }); n != 0 || len(buf) == 0 {
		t.Errorf("%v allocations a handle %q, want none", n, buf)
	}
}

var topicT = []byte("T")
