package timer

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/timer"
	"github.com/gannetmq/gannet/store/vfs"
)

// Never early, at most a slot late, in the order of the slots.
func TestOnTime(t *testing.T) {
	for _, precision := range []time.Duration{time.Second, 100 * time.Millisecond} {
		bubble(t, func(t *testing.T) { onTime(t, precision) })
	}
}

func onTime(t *testing.T, precision time.Duration) {
	o := options()
	o.Precision = precision
	b := start(t, vfs.NewMem(), o)
	defer b.stop()
	asked := make(map[string]int64)
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		key := strconv.Itoa(n)
		d := time.Duration(1+rng.IntN(60_000)) * time.Millisecond
		asked[key] = time.Now().Add(d).UnixMilli()
		b.after(key, d)
		<-time.After(time.Duration(rng.IntN(100)) * time.Millisecond)
	}
	<-time.After(62 * time.Second)
	all := b.got("T", 3)
	if len(all) != 300 {
		t.Errorf("%d came, want 300", len(all))
	}
	for _, d := range all {
		if late := d.at - asked[d.key]; late < 0 || late > precision.Milliseconds() {
			t.Errorf("%s came %d ms late", d.key, late)
		}
	}
}

func TestWhatIsDelivered(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), options())
		defer b.stop()
		sent := time.Now()
		b.send("k", record.PropTimerDelaySec, "5", record.PropTags, "A", record.PropRealTopic, "Forged")
		<-time.After(7 * time.Second)
		all := b.got("T", 3)
		if len(all) != 1 {
			t.Fatalf("came: %+v, want one", all)
		}
		d := all[0]
		for name, want := range map[string]string{
			record.PropTags: "A", record.PropTimerDelaySec: "5", record.PropRealTopic: "T", record.PropRealQueueID: "3",
			record.PropTimerOutMS:     strconv.FormatInt(sent.UnixMilli()+4000, 10), // a whole second takes the slot before it
			record.PropTimerEnqueueMS: strconv.FormatInt(sent.UnixMilli(), 10),
			record.PropTimerDequeueMS: strconv.FormatInt(sent.UnixMilli()+5000, 10),
			record.PropTimerRollTimes: "",
		} {
			if got := d.property(name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		if got := d.at - sent.UnixMilli(); got != 5000 {
			t.Errorf("came after %d ms, want 5000", got)
		}
	})
}

// What cannot be told to a slot goes round, and comes when it was asked for.
func TestRoll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := options()
		o.RollSlots = 100
		b := start(t, vfs.NewMem(), o)
		defer b.stop()
		sent := time.Now()
		b.after("far", 460*time.Second)
		b.after("nearly", 110*time.Second)
		<-time.After(500 * time.Second)
		all := b.got("T", 3)
		if len(all) != 2 || all[0].key != "nearly" || all[1].key != "far" {
			t.Fatalf("came: %+v", all)
		}
		for i, want := range []struct {
			after int64
			rolls string
		}{{110_000, "1"}, {460_000, "4"}} {
			if got := all[i].at - sent.UnixMilli(); got != want.after || all[i].property(record.PropTimerRollTimes) != want.rolls {
				t.Errorf("%s: came after %d ms and %s rolls, want %d and %s", all[i].key, got, all[i].property(record.PropTimerRollTimes), want.after, want.rolls)
			}
		}
	})
}

// A stop and a start, however long it takes, loses and repeats nothing.
func TestRestart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		mem := vfs.NewMem()
		b := start(t, mem, options())
		var want []string
		for n := range 40 {
			key := strconv.Itoa(n)
			want = append(want, key)
			b.after(key, time.Duration(n+1)*time.Second)
		}
		for range 5 {
			<-time.After(4500 * time.Millisecond)
			b.stop()
			<-time.After(3 * time.Second)
			b = start(t, mem, options())
		}
		<-time.After(10 * time.Second)
		if got := b.keys(); !slices.Equal(got, want) {
			t.Errorf("came: %v, want %v", got, want)
		}
		if got := string(b.counts.encode()); b.counts.pending() != 0 {
			t.Errorf("counts: %s, want nothing pending", got)
		}
		b.stop()
	})
}

// Power cuts, at any time: all that the log has comes, none early; only what came after the last flush may
// come again.
func TestPowerCut(t *testing.T) {
	for round := range 6 {
		bubble(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, uint64(round)))
			b := start(t, vfs.NewMem(), options())
			due := make(map[string]int64)
			for cut := range 3 {
				for n := range 30 {
					d := time.Duration(500+rng.IntN(20_000)) * time.Millisecond
					key := fmt.Sprintf("%d-%d", cut, n)
					due[key] = time.Now().Add(d).UnixMilli()
					b.after(key, d)
					<-time.After(time.Duration(rng.IntN(100)) * time.Millisecond)
				}
				if err := b.store.Synced(t.Context(), b.store.Stats().LogEnd); err != nil { // acknowledged
					t.Fatal(err)
				}
				<-time.After(time.Duration(rng.IntN(5000)) * time.Millisecond)
				synctest.Wait() // mapped memory is copied: nobody may write it
				b = start(t, b.crash(b.mem.Clone(rng, vfs.Coin())), options())
			}
			<-time.After(30 * time.Second)
			seen := make(map[string]int)
			for _, d := range b.got("T", 3) {
				seen[d.key]++
				if d.at < due[d.key] {
					t.Errorf("round %d: %s came %d ms early", round, d.key, due[d.key]-d.at)
				}
			}
			for key := range due {
				if seen[key] == 0 {
					t.Errorf("round %d: %s never came", round, key)
				}
				if seen[key] > 3 {
					t.Errorf("round %d: %s came %d times", round, key, seen[key])
				}
			}
			if n := b.counts.sum(); n != 0 {
				t.Errorf("round %d: %d count as pending: %s", round, n, b.counts.encode())
			}
			b.stop()
		})
	}
}

// Files that are lost are made from the queue, and what was delivered does not come again.
func TestFilesLost(t *testing.T) {
	for _, lost := range [][]string{{timer.WheelFile}, {timer.LogDir + "/00000000000000000000"}, {timer.WheelFile, timer.LogDir + "/00000000000000000000"}} {
		bubble(t, func(t *testing.T) {
			mem := vfs.NewMem()
			b := start(t, mem, options())
			b.after("early", 2*time.Second)
			b.after("late", 20*time.Second)
			b.after("gone", 21*time.Second)
			<-time.After(10 * time.Second)
			b.stop()
			for _, name := range lost {
				if err := mem.Remove(name); err != nil {
					t.Fatal(err)
				}
			}
			b = start(t, mem, options())
			if err := recallNow(b, "gone"); err != nil {
				t.Fatal(err)
			}
			<-time.After(15 * time.Second)
			if got := b.keys(); !slices.Equal(got, []string{"early", "late"}) {
				t.Errorf("%v lost: came %v", lost, got)
			}
			b.stop()
			b = start(t, mem, options())
			<-time.After(15 * time.Second)
			if got := b.keys(); !slices.Equal(got, []string{"early", "late"}) {
				t.Errorf("%v lost, another start: came %v", lost, got)
			}
			b.stop()
		})
	}
}

// A store that takes nothing for a while delays, and loses nothing.
func TestStoreFailsForAWhile(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), options())
		defer b.stop()
		until := time.Now().Add(20 * time.Second)
		b.failing(func(m *record.Message) error {
			switch {
			case string(m.Body) == "bad":
				return record.ErrPropertiesTooLarge
			case time.Now().Before(until):
				return fmt.Errorf("busy")
			}
			return nil
		})
		for _, key := range []string{"a", "bad", "b"} {
			b.after(key, 2*time.Second)
		}
		<-time.After(25 * time.Second)
		if got := b.keys(); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("came: %v, want [a b]", got)
		}
	})
}

// A machine whose clock is set back delivers by the new one.
func TestClockSetBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, _ := setBack(t, time.Minute)
		defer b.stop()
		sent := time.Now()
		b.after("after", 3*time.Second)
		<-time.After(10 * time.Second)
		all := b.got("T", 3)
		if len(all) != 2 || all[1].key != "after" || all[1].at < sent.Add(3*time.Second).UnixMilli() {
			t.Errorf("came: %+v, want after not before %d", all, sent.Add(3*time.Second).UnixMilli())
		}
	})
}

// Without timers nothing is made and nothing runs.
func TestIdle(t *testing.T) {
	bubble(t, func(t *testing.T) {
		mem := vfs.NewMem()
		b := start(t, mem, options())
		<-time.After(time.Hour)
		b.stop()
		for _, name := range []string{timer.WheelFile, timer.CheckFile, MetricsFile} {
			if has(t, mem, name) {
				t.Errorf("%s was made", name)
			}
		}
	})
}

// What is in the queue and names no time, or no place, stops nothing.
func TestForeignMessagesInTheQueue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), options())
		defer b.stop()
		now, sent := time.Now().UnixMilli(), 0
		for _, props := range [][]string{
			{}, {record.PropTimerOutMS, "x"}, {record.PropTimerOutMS, "-5"},
			{record.PropTimerOutMS, strconv.FormatInt(now+1000, 10)},
			{record.PropTimerOutMS, strconv.FormatInt(now+1000, 10), record.PropRealTopic, "T", record.PropRealQueueID, "-1"},
			{record.PropTimerOutMS, "0", record.PropRealTopic, "T"},
			{record.PropTimerOutMS, "1", record.PropRealTopic, record.TopicTimer, record.PropRealQueueID, "0", record.PropTimerRollTimes, "1"},
			{record.PropTimerOutMS, itoa(now + 1000), record.PropRealTopic, record.TopicTimer, record.PropRealQueueID, "0"},
			{record.PropTimerOutMS, "1", record.PropRealTopic, record.TopicTranHalf, record.PropRealQueueID, "0"},
		} {
			sent++
			m := message("foreign", props...)
			m.Topic, m.QueueID = topicTimer, 0
			if _, _, err := b.Put(m); err != nil {
				t.Fatal(err)
			}
		}
		b.after("mine", 3*time.Second)
		<-time.After(10 * time.Second)
		if got := b.keys(); !slices.Equal(got, []string{"mine"}) {
			t.Errorf("came: %v, want [mine]", got)
		}
		for topic, want := range map[string]int{record.TopicTimer: sent + 1, record.TopicTranHalf: 0} {
			if got := len(b.got(topic, 0)); got != want {
				t.Errorf("%s has %d messages, want %d", topic, got, want)
			}
		}
	})
}

// A body that is not what its CRC says is not delivered under a new one; what is behind it comes.
func TestRottenBody(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, wait := range []time.Duration{0, 5 * time.Second} { // it is read to be entered before, or when its slot has passed
			b := open(t, vfs.NewMem(), options())
			for _, key := range []string{"a", "rotten", "b"} {
				b.after(key, 3*time.Second)
			}
			synctest.Wait()
			rot(t, b.mem, "rotten")
			<-time.After(wait)
			b.Start(b)
			<-time.After(8 * time.Second)
			if got := b.keys(); !slices.Equal(got, []string{"a", "b"}) || b.Metrics.Dropped.Load() != 1 {
				t.Errorf("after %v: came %v, %d dropped, want [a b] and 1", wait, got, b.Metrics.Dropped.Load())
			}
			if err := errors.Join(b.Close(), b.store.Close()); err != nil {
				t.Error(err)
			}
		}
	})
}

// A read that fails within a slot repeats nothing of it.
func TestReadFailsWithinASlot(t *testing.T) {
	bubble(t, func(t *testing.T) {
		mem := vfs.NewMem()
		b := open(t, mem, options())
		var want []string
		for n := range 1000 {
			want = append(want, strconv.Itoa(n))
			b.after(want[n], 5*time.Second)
		}
		b.stop()
		faulty := vfs.NewFaulty(mem)
		b = open(t, faulty, options())
		b.Start(b)
		<-time.After(2500 * time.Millisecond) // entered and flushed
		b.failing(func(m *record.Message) error {
			if string(m.Body) == "700" && faulty.Count(vfs.OpRead, faultyLog) > 0 { // the next pages of the log
				faulty.Inject(vfs.Rule{Op: vfs.OpRead, Name: faultyLog, Times: 3, Err: errors.New("bad sector")})
			}
			return nil
		})
		<-time.After(10 * time.Second)
		if got := b.keys(); !slices.Equal(got, want) {
			t.Errorf("%d came, want 1000 in order: %v", len(got), got)
		}
		b.stop()
		if n := faulty.Count(vfs.OpRead, faultyLog); n < 10 {
			t.Errorf("%d reads of the log, want more", n)
		}
	})
}

// faultyLog is the file of the timer log.
const faultyLog = timer.LogDir + "/00000000000000000000"

// rot changes the first byte of a body on the disk.
func rot(t testing.TB, mem *vfs.Mem, body string) {
	t.Helper()
	f, err := mem.Open("commitlog/00000000000000000000")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	log := make([]byte, 64<<10)
	if _, err := f.ReadAt(log, 0); err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(log, []byte(body))
	if at < 0 {
		t.Fatalf("no %s on the disk", body)
	}
	if _, err := f.WriteAt([]byte{'x'}, int64(at)); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
}

// What was counted is counted again after a crash, topic by topic.
func TestCountsAfterACrash(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), options())
		for n := range 7 {
			b.after(strconv.Itoa(n), time.Hour)
		}
		m := message("other", record.PropTimerDelaySec, "3600")
		m.Topic = []byte("U")
		b.put(m)
		<-time.After(3 * time.Second) // flushed, but not the counts
		synctest.Wait()
		b = start(t, b.crash(b.mem.CloneKilled()), options())
		defer b.stop()
		for topic, want := range map[string]int64{"T": 7, "U": 1} {
			if c := b.counts.timing.Topics[topic]; c == nil || c.Count != want {
				t.Errorf("%s: %s, want %d", topic, b.counts.encode(), want)
			}
		}
	})
}

// Counts that cannot be read are counted again, and the log says what became of their file: messages are
// not held back for figures.
func TestDamagedCounts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), options())
		for n := range 3 {
			b.after(strconv.Itoa(n), time.Hour)
		}
		<-time.After(3 * time.Second)
		synctest.Wait()
		b.stop()
		mem := b.mem
		for _, name := range []string{MetricsFile, MetricsFile + ".bak"} {
			replace(t, mem, name, "{spoiled")
		}
		var said bytes.Buffer
		o := options()
		o.Log = slog.New(slog.NewTextHandler(&said, nil))
		b = start(t, mem, o)
		defer b.stop()
		if n := b.counts.sum(); n != 3 {
			t.Errorf("%d messages are counted, want 3: %s", n, b.counts.encode())
		}
		for _, want := range []string{"damaged file set aside", "now=timermetrics.bad-", "counted anew"} {
			if !strings.Contains(said.String(), want) {
				t.Errorf("the log does not say %q:\n%s", want, said.String())
			}
		}
	})
}

// An entry that is null is none, and does not keep timers from starting.
func TestCountsOfNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), options())
		for n := range 3 {
			b.after(strconv.Itoa(n), time.Hour)
		}
		<-time.After(3 * time.Second)
		b.stop()
		replace(t, b.mem, MetricsFile, `{"dataVersion":{"counter":3,"stateVersion":0,"timestamp":1},"timingCount":{"T":null,"U":null}}`)
		b = start(t, b.mem, options())
		defer b.stop()
		if got := b.Counts(); len(got) != 1 || got["T"] != 3 {
			t.Errorf("counted: %v, want 3 of T", got)
		}
	})
}

// replace gives a file another content.
func replace(t *testing.T, mem *vfs.Mem, name, text string) {
	t.Helper()
	if err := mem.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	f, err := mem.Create(name, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte(text), 0)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}
