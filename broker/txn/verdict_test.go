package txn

import (
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/record"
)

func TestVerdict(t *testing.T) {
	rules := Rules{Timeout: 6 * time.Second, MaxChecks: 15, Reserved: time.Hour}
	const own, never, bad = "CHECK_IMMUNITY_TIME_IN_SECONDS\x0160\x02", "CHECK_IMMUNITY_TIME_IN_SECONDS\x01-1\x02", "CHECK_IMMUNITY_TIME_IN_SECONDS\x01x\x02"
	for _, c := range []struct {
		props string
		age   time.Duration
		times int32
		want  verdict
	}{
		{"", 0, 0, leave},
		{"", 6 * time.Second, 0, leave},
		{"", 6*time.Second + 1, 0, ask},
		{"", -1, 0, ask},
		{"", time.Minute, 14, ask},
		{"", time.Minute, 15, giveUp},
		{"", 0, 15, giveUp},
		{"", time.Hour, 0, ask},
		{"", time.Hour + 1, 0, giveUp},
		{own, 0, 0, putBehind},
		{own, -time.Second, 0, putBehind},
		{own, time.Minute - 1, 0, putBehind},
		{own, time.Minute, 0, ask},
		{own, 0, 15, giveUp},
		{never, 6*time.Second - 1, 0, putBehind},
		{never, 6 * time.Second, 0, ask},
		{bad, 0, 0, putBehind},
	} {
		v := record.View{Properties: []byte(c.props)}
		if got := rules.verdict(&v, c.age, c.times); got != c.want {
			t.Errorf("%q, %v old, asked for %d times: verdict %d, want %d", c.props, c.age, c.times, got, c.want)
		}
	}
}
