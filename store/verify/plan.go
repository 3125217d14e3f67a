package verify

import (
	"fmt"
	"math"

	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/recovery"
)

// makePlan finds out what the next start would do, by the rules that it follows.
func (v *verification) makePlan() (err error) {
	s := &v.queues
	f := recovery.Found{
		Aborted: v.aborted, Checkpoint: v.point, Log: v.log, MaxPhy: s.maxPhy, Lost: -1,
		Last: func() (consumequeue.Entry, bool, error) { return s.last, s.maxPhy > 0 && !s.last.Filler(), nil },
		Missing: func() (bool, error) {
			queue, err := recovery.Missing(v.fsys, v.consumers())
			v.tellConsumed(queue)
			return queue != "", err
		},
	}
	if s.rebuildFrom != math.MaxInt64 {
		f.Lost = s.rebuildFrom
	}
	v.plan, err = f.Plan()
	return err
}

// consumers are asked by the rules of package recovery.
func (v *verification) consumers() *recovery.Consumers {
	return &recovery.Consumers{FS: v.fsys, Light: v.opt.Light, End: func(topic string, id int32) int64 {
		if q := v.queues.table[queueKey{topic, id}]; q != nil {
			return q.next
		}
		return 0
	}}
}

func (v *verification) tellConsumed(queue string) {
	if queue != "" {
		v.queuePart.add(Recoverable, layout.QueueDir, -1, "a group has consumed more of %s than there is: all queues are made anew from the log", queue)
	}
}

// judgeTally compares log and queues with what the last clean stop of ours counted, and asks consumers where it did not count.
func (v *verification) judgeTally() error {
	left, found, ok, err := recovery.ReadTally(v.fsys)
	switch {
	case err != nil:
		return err
	case found && !ok:
		v.queuePart.add(Note, layout.TallyFile, -1, "unreadable, and not used")
	case found && v.end < left.LogEnd:
		v.logPart.add(Damaged, v.opt.LogDirs[0], -1, "the log ends at log offset %d; when it was last closed in order it ended at %d", v.end, left.LogEnd)
		return nil
	}
	if !v.plan.Clean {
		return nil
	}
	loss, err := recovery.Lost(v.fsys, v.start(), v.end, func() (recovery.Tally, error) { return v.queues.count(), nil }, v.consumers())
	if err != nil {
		return err
	}
	v.tellConsumed(loss.Queue)
	if loss.Counted && loss.Lost() {
		v.queuePart.add(Recoverable, layout.QueueDir, -1, "%s, but %s when they were last closed: all are made anew from the log", counted(loss.Got), counted(loss.Want))
	}
	v.plan.Adopt(loss, v.start(), v.end)
	return nil
}

// counted shows what a tally has of queues.
func counted(t recovery.Tally) string {
	text := fmt.Sprintf("%s with %d entries", plural(t.Queues, "queue"), t.Entries)
	if t.BatchQueues > 0 {
		text += fmt.Sprintf(", %s with %s", plural(t.BatchQueues, "batch queue"), plural(t.Batched, "message"))
	}
	return text
}

// span shows a range of offsets.
func span(from, to int64) string { return fmt.Sprintf("%d to %d", from, to) }
