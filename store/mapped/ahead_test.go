package mapped_test

import (
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/mapped"
)

func TestAheadFollowsTheRate(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	var a mapped.Ahead
	for i, c := range []struct {
		off   int64
		after time.Duration // since the start
		want  mapped.Plan
	}{
		// An empty log: 1 MiB is prefaulted, one small window reserved.
		{0, 0, mapped.Plan{Reserve: 16 * mib, Prefault: mib, Wake: mib / 2}},
		// Slow: half of that in a minute changes nothing.
		{mib / 2, time.Minute, mapped.Plan{Reserve: 16 * mib, Prefault: 2 * mib, Wake: mib + mib/2}},
		// 100 MiB/s: 10 MiB are 100 ms ahead, in large pages.
		{6 * mib, time.Minute + 55*time.Millisecond, mapped.Plan{Reserve: 16 * mib, Prefault: 16 * mib, Wake: 11 * mib, Large: true}},
		// 1 GiB/s: no more than 32 MiB, and large windows.
		{16 * mib, time.Minute + 65*time.Millisecond, mapped.Plan{Reserve: 64 * mib, Prefault: 48 * mib, Wake: 32 * mib, Large: true}},
		// A clock that stands still, or goes back. Large pages are whole.
		{17 * mib, time.Minute + 65*time.Millisecond, mapped.Plan{Reserve: 64 * mib, Prefault: 50 * mib, Wake: 34 * mib, Large: true}},
		{18 * mib, 0, mapped.Plan{Reserve: 64 * mib, Prefault: 50 * mib, Wake: 34 * mib, Large: true}},
		// Idle again.
		{18 * mib, time.Hour, mapped.Plan{Reserve: 32 * mib, Prefault: 19 * mib, Wake: 18*mib + mib/2}},
		// A log that was cut.
		{3 * mib, time.Hour, mapped.Plan{Reserve: 16 * mib, Prefault: 4 * mib, Wake: 3*mib + mib/2}},
	} {
		if got := a.Next(c.off, start.Add(c.after)); got != c.want {
			t.Errorf("step %d: got %+v, want %+v", i, got, c.want)
		}
	}
}
