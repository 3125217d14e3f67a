package timer

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/timer"
	"github.com/gannetmq/gannet/store/vfs"
)

// Another timerPrecisionMs: what waits comes, once, and not early; what was or is taken back stays away.
func TestAnotherPrecision(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to time.Duration
		lost     string // a file, meanwhile
	}{
		{"shorter", time.Second, 100 * time.Millisecond, ""},
		{"longer", 100 * time.Millisecond, time.Second, ""},
		{"no divisor", 500 * time.Millisecond, 200 * time.Millisecond, ""},
		{"no multiple", 200 * time.Millisecond, 500 * time.Millisecond, ""},
		{"shorter, the wheel lost", time.Second, 100 * time.Millisecond, timer.WheelFile},
		{"longer, the wheel lost", 100 * time.Millisecond, time.Second, timer.WheelFile},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) { changePrecision(t, c.from, c.to, c.lost) })
		})
	}
}

func changePrecision(t *testing.T, from, to time.Duration, lost string) {
	mem := vfs.NewMem()
	o := options()
	o.Precision, o.LogFileSize, o.RollSlots = from, 2000, 3000 // 38 entries a file
	b := start(t, mem, o)
	due := make(map[string]int64)
	rng := rand.New(rand.NewPCG(3, uint64(from)))
	for n := range 200 {
		key := strconv.Itoa(n)
		d := time.Duration(3000+rng.IntN(57_000)) * time.Millisecond
		due[key] = time.Now().Add(d).UnixMilli()
		switch n % 3 {
		case 0:
			b.send(key, record.PropTimerDeliverMS, itoa(due[key]))
		case 1:
			b.after(key, d)
		default:
			b.send(key, record.PropTimerDelaySec, "50")
			due[key] = time.Now().Add(50 * time.Second).UnixMilli()
		}
		<-time.After(time.Duration(rng.IntN(60)) * time.Millisecond)
	}
	takeBack := func(keys ...string) {
		for _, key := range keys {
			if err := recallNow(b, key); err != nil {
				t.Fatalf("%s: %v", key, err)
			}
			delete(due, key)
		}
	}
	late := latest(due, time.Now().Add(30*time.Second), 6)
	takeBack(late[:3]...)
	<-time.After(10 * time.Second)
	b.stop()
	if lost != "" {
		if err := mem.Remove(lost); err != nil {
			t.Fatal(err)
		}
	}
	o.Precision = to
	b = start(t, mem, o)
	<-time.After(2 * time.Second)
	takeBack(late[3:]...)
	synctest.Wait()
	if err := errors.Join(b.Close(), b.store.Close()); err != nil {
		t.Fatal(err)
	}
	b = start(t, mem, o)
	<-time.After(70 * time.Second)
	allOnce(t, b, due, (from + to + time.Second).Milliseconds())
	b.stop()
}

// latest are n keys of what is due after a moment.
func latest(due map[string]int64, after time.Time, n int) (keys []string) {
	for key := range 200 {
		if at, ok := due[strconv.Itoa(key)]; ok && at > after.UnixMilli() && len(keys) < n {
			keys = append(keys, strconv.Itoa(key))
		}
	}
	return keys
}

// allOnce wants each message once, not early and by no more than limit ms late.
func allOnce(t *testing.T, b *broker, due map[string]int64, limit int64) {
	t.Helper()
	seen := make(map[string]int)
	for _, d := range b.got("T", 3) {
		at, ok := due[d.key]
		if seen[d.key]++; !ok || seen[d.key] > 1 {
			t.Errorf("%s came, number %d of it, wanted %v", d.key, seen[d.key], ok)
		} else if late := d.at - at; late < 0 || late > limit {
			t.Errorf("%s came %d ms late", d.key, late)
		}
	}
	for key := range due {
		if seen[key] == 0 {
			t.Errorf("%s never came", key)
		}
	}
	if n := b.counts.sum(); n != 0 {
		t.Errorf("%d count as pending: %s", n, b.counts.encode())
	}
}

// Java's wheel is made for four precisions.
func TestPrecision(t *testing.T) {
	for ms, want := range map[int]time.Duration{1: 100, 150: 100, 200: 200, 499: 200, 500: 500, 999: 500, 1000: 1000, 60_000: 1000} {
		if got := Precision(ms); got != want*time.Millisecond {
			t.Errorf("%d: got %v, want %v", ms, got, want*time.Millisecond)
		}
	}
}
