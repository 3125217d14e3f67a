package delay

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Messages come back after their time, not before it, as they were sent.
func TestDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), Options{Levels: levels})
		for i := range 30 {
			b.send(t, 3-i%3, i)
			<-time.After(100 * time.Millisecond)
		}
		<-time.After(2 * time.Minute)
		got := b.stored(t)
		if len(got) != 30 {
			t.Fatalf("got %d messages back, want 30: %s", len(got), bodies(got))
		}
		for _, c := range got {
			i, _ := strconv.Atoi(c.body)
			late := c.stored - c.parked - levels[2-i%3].Milliseconds()
			if late < 0 || late > 5 {
				t.Errorf("message %d is %d ms late, want 0 to 5", i, late)
			}
			want := string(properties("DELAY", strconv.Itoa(3-i%3), "TAGS", "tag", "WAIT", "true", "REAL_TOPIC", "TopicA", "REAL_QID", strconv.Itoa(i%4)))
			if v := &c.view; c.prop != want || c.queue != int32(i%4) || string(v.Topic) != "TopicA" || v.BornTime != 7 ||
				v.BornHost() != host || v.StoreHost() != host || v.Flag != 3 || v.ReconsumeTimes != 2 || v.SysFlag != 1 {
				t.Errorf("message %d came back as %+v with %q, want %q", i, c, c.prop, want)
			}
		}
		if n := b.Metrics.Delivered.Load(); n != 30 || b.Metrics.Failed.Load() != 0 || b.Metrics.Skipped.Load() != 0 {
			t.Errorf("counted %d deliveries, want 30", n)
		}
	})
}

// While nothing waits nobody looks; while something waits the clock is looked at once a second.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), Options{Levels: levels})
		b.send(t, 1, 1)
		<-time.After(time.Minute)
		before := b.Metrics.Rounds.Load()
		<-time.After(time.Hour)
		if n := b.Metrics.Rounds.Load() - before; n != 0 {
			t.Errorf("%d looks in an hour in which nothing waits, want none", n)
		}
		b.send(t, 3, 2)
		<-time.After(59 * time.Second)
		if n := b.Metrics.Rounds.Load() - before; n < 58 || n > 61 {
			t.Errorf("%d looks in 59 s in which a message waits, want one a second", n)
		}
		<-time.After(2 * time.Second)
		if got := bodies(b.stored(t)); got != "1 2" {
			t.Errorf("got %q, want 1 2", got)
		}
	})
}

// clock is a wall clock that can be set.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func TestClockIsSet(t *testing.T) {
	for what, c := range map[string]struct {
		by    time.Duration
		after time.Duration // until when the message has come
	}{
		"forward":  {time.Hour, time.Second},
		"back":     {-time.Hour, time.Second}, // Java too delivers what is due later than its level allows
		"a little": {-20 * time.Second, 80 * time.Second},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var clock clock
				b := start(t, vfs.NewMem(), Options{Levels: levels, Now: clock.now})
				b.send(t, 3, 1)
				<-time.After(30 * time.Second)
				clock.ahead.Add(int64(c.by))
				if c.after > time.Second {
					<-time.After(c.after - 30*time.Second - time.Second)
					if got := bodies(b.stored(t)); got != "" {
						t.Errorf("got %q before its time", got)
					}
				}
				<-time.After(2 * time.Second)
				if got := bodies(b.stored(t)); got != "1" {
					t.Errorf("got %q, want 1", got)
				}
			})
		})
	}
}

// comesAfter waits for a message 1 that comes behind 0, not before d is over and soon after it.
func (b *broker) comesAfter(t *testing.T, d time.Duration) {
	t.Helper()
	<-time.After(d - time.Second)
	if got := bodies(b.stored(t)); got != "0" {
		t.Errorf("got %q before the time of 1", got)
	}
	<-time.After(2 * time.Second)
	if got := bodies(b.stored(t)); got != "0 1" {
		t.Errorf("got %q, want 0 1", got)
	}
}

// Where the clock was set back, what is sent from then on waits as long as its level says: the log's time stands still meanwhile.
func TestSentAfterTheClockWasSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var clock clock
		b := start(t, vfs.NewMem(), Options{Levels: levels, Now: clock.now})
		b.send(t, 1, 0)
		<-time.After(10 * time.Second)
		clock.ahead.Add(-int64(time.Hour))
		b.send(t, 3, 1)
		b.comesAfter(t, levels[2])
	})
}

// What comes while others are delivered waits as long as its level says.
func TestSentDuringADelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), Options{Levels: levels})
		b.mu.Lock()
		b.fail = func(m *record.Message) error {
			if string(m.Body) == "0" {
				<-time.After(5 * time.Millisecond) // the log is slow
				b.send(t, 3, 1)
				<-time.After(5 * time.Millisecond) // it reaches its queue
			}
			return nil
		}
		b.mu.Unlock()
		b.send(t, 1, 0)
		b.comesAfter(t, levels[0]+levels[2])
	})
}

// Who is stuck holds nobody up for longer than he is given.
func TestCloseEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), Options{Levels: levels})
		on := make(chan struct{})
		b.mu.Lock()
		b.fail = func(*record.Message) error {
			<-on
			return nil
		}
		b.mu.Unlock()
		b.send(t, 1, 1)
		<-time.After(time.Minute)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := b.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
		}
		close(on)
	})
}

// What has rotted while it waited is left out: nobody may take it for what was sent.
func TestRottenMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), Options{Levels: levels})
		b.rot = "1"
		for i := range 3 {
			b.send(t, 1, i)
		}
		<-time.After(time.Minute)
		if n := b.Metrics.Skipped.Load(); n != 1 || b.Metrics.Delivered.Load() != 2 || b.Metrics.Failed.Load() != 0 {
			t.Errorf("%d left out, %d delivered, %d failed; want 1, 2, 0", n, b.Metrics.Delivered.Load(), b.Metrics.Failed.Load())
		}
	})
}

// A message that cannot be stored is tried again, and what is behind it waits; other levels go on. One that
// never can be is left out.
func TestFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), Options{Levels: levels})
		var tries atomic.Int64
		errDisk := errors.New("disk")
		b.mu.Lock()
		b.fail = func(m *record.Message) error {
			switch {
			case string(m.Body) == "2" && tries.Add(1) <= 25:
				return errDisk
			case string(m.Body) == "3":
				return store.ErrIllegal
			}
			return nil
		}
		b.mu.Unlock()
		for i := range 5 {
			b.send(t, 1, i)
		}
		b.send(t, 2, 9)
		<-time.After(3 * time.Second)
		if got := bodies(b.stored(t)); got != "0 1" {
			t.Errorf("while a message fails: got %q, want 0 1", got)
		}
		<-time.After(3 * time.Second)
		if got := bodies(b.stored(t)); got != "0 1 2 4 9" {
			t.Errorf("after it: got %q, want 0 1 2 4 9", got)
		}
		if n := b.Metrics.Failed.Load(); n != 25 || tries.Load() != 26 || b.Metrics.Skipped.Load() != 1 {
			t.Errorf("%d failures, %d tries, %d left out, want 25, 26, 1", n, tries.Load(), b.Metrics.Skipped.Load())
		}
	})
}

// What waits without a place to return to, as another broker may have left it, is left out.
func TestNoTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), Options{Levels: levels})
		for _, props := range [][]byte{
			nil,
			properties("DELAY", "1"),
			properties("DELAY", "1", "REAL_TOPIC", "TopicA"),
			properties("DELAY", "1", "REAL_TOPIC", "TopicA", "REAL_QID", "x"),
			properties("DELAY", "1", "REAL_TOPIC", "TopicA", "REAL_QID", "-1"),
			properties("DELAY", "1", "REAL_TOPIC", record.TopicTranHalf, "REAL_QID", "0"),
			properties("DELAY", "1", "REAL_TOPIC", record.TopicTranOpHalf, "REAL_QID", "0"),
			properties("DELAY", "1", "REAL_TOPIC", record.TopicSchedule, "REAL_QID", "0"),
			properties("DELAY", "1", "REAL_TOPIC", record.TopicTimer, "REAL_QID", "0"),
		} {
			m := record.Message{Topic: topic, Body: []byte("lost"), BornHost: host, StoreHost: host, Properties: props}
			if _, _, err := b.put(&m); err != nil {
				t.Fatal(err)
			}
		}
		b.send(t, 1, 1)
		<-time.After(2 * time.Second)
		if got := bodies(b.stored(t)); got != "1" || b.Metrics.Skipped.Load() != 9 {
			t.Errorf("got %q and %d left out, want 1 and 9", got, b.Metrics.Skipped.Load())
		}
	})
}

// After a restart goes on what was interrupted, each message once, with other levels too.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mem := vfs.NewMem()
		var got []string
		for run := range 4 {
			b := start(t, mem, Options{Levels: levels})
			for i := range 10 {
				b.send(t, 2, run*10+i)
			}
			<-time.After(4 * time.Second)
			if run == 3 {
				<-time.After(4 * time.Second)
				got = strings.Fields(bodies(b.stored(t)))
			}
			b.stop(t)
		}
		want := make([]string, 40)
		for i := range want {
			want[i] = strconv.Itoa(i)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want 0 to 39 in order", got)
		}
	})
}
