package store

import (
	"time"

	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/store/record"
)

// defaultDelays are the delays of levels 1, 2 and so on in Java's messageDelayLevel.
var defaultDelays = []time.Duration{
	time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute, 5 * time.Minute,
	6 * time.Minute, 7 * time.Minute, 8 * time.Minute, 9 * time.Minute, 10 * time.Minute,
	20 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour,
}

// tagsCode is the last field of a message's queue entry: the hash of its tag, but for a delayed message
// the time to deliver it, Unix milliseconds. Java: CommitLog.checkMessageAndReturnSize. A queue that is
// made anew must have it, or it would be delivered at once.
//
// The log's time stands still while a clock that was set back comes after it; delays begin at the clock's, or they would all
// seem to be longer than their levels.
func (o *Options) tagsCode(v *record.View) int64 {
	if string(v.Topic) != record.TopicSchedule {
		return v.TagsCode()
	}
	value, _ := v.Property(record.PropDelayLevel)
	level, err := jvalue.ParseInt(value)
	if err != nil || level <= 0 {
		return v.TagsCode()
	}
	return min(v.StoreTime, o.Now()) + o.Delays[min(int(level), len(o.Delays))-1].Milliseconds()
}
