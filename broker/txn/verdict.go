package txn

import (
	"time"

	"github.com/gannetmq/gannet/store/record"
)

// verdict is what a round does about a half that nobody has decided.
type verdict uint8

const (
	// leave it where it is, and all behind it, which are younger: the round is over.
	leave verdict = iota
	// putBehind the others one that asks for more time than they do: they would wait with it.
	putBehind
	// ask its producer.
	ask
	// giveUp what was asked for too often, or is so old that its file may be deleted.
	giveUp
)

// verdict is that about a half of an age that was asked for so many times. An age below 0 is that
// of a producer whose clock is ahead: it is asked at once. Java:
// TransactionalMessageServiceImpl.check, needDiscard, needSkip.
func (r *Rules) verdict(v *record.View, age time.Duration, times int32) verdict {
	if int(times) >= r.MaxChecks || age > r.Reserved {
		return giveUp
	}
	immunity, own := r.immunity(v, 0)
	switch {
	case own && age < immunity:
		return putBehind
	case !own && age >= 0 && age <= immunity:
		return leave
	}
	return ask
}

// immunity is how long a half is left alone after it was born, and whether it says so itself. Java allows
// an own time below least where it checks, but not where it refuses late ends.
func (r *Rules) immunity(v *record.View, least time.Duration) (d time.Duration, own bool) {
	seconds, err := number[int64](v, record.PropCheckImmunitySeconds, -1)
	if _, own = v.Property(record.PropCheckImmunitySeconds); !own {
		return r.Timeout, false
	}
	const most = int64(1<<63-1) / int64(time.Second)
	if err != nil || seconds == -1 {
		return r.Timeout, true
	}
	return max(time.Duration(min(max(seconds, 0), most))*time.Second, least), true
}
