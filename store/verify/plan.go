package verify

import (
	"fmt"
	"math"

	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/vfs"
)

// plan is what the next start would do (store.Open): what it takes for granted and what it makes anew.
type plan struct {
	scan     int64 // what lies before in the log is believed
	dispatch int64 // queue entries of messages from here on are made from the log
	trusted  int64 // store time before which a record was durable
}

// rebuilds reports whether the next start makes the queue entry of the message at phy from the log.
func (p plan) rebuilds(phy int64) bool { return phy >= p.dispatch }

func (v *verification) makePlan() (plan, error) {
	start := v.start()
	if v.log.Empty() {
		return plan{trusted: commitlog.Trust}, nil
	}
	if !v.aborted && v.queues.rebuildFrom == math.MaxInt64 {
		p, ok, err := v.cleanPlan()
		if ok || err != nil {
			return p, err
		}
	}
	safe, err := v.log.LastStartBefore(v.point.MinTime())
	if err != nil {
		return plan{}, err
	}
	p := plan{scan: safe, dispatch: min(safe, v.queues.maxPhy, v.queues.rebuildFrom), trusted: v.point.LogTime}
	if !v.aborted {
		p.trusted = commitlog.Trust
	}
	p.dispatch = max(p.dispatch, start)
	return p, nil
}

// cleanPlan begins at the message that the queues know last, if that is there.
func (v *verification) cleanPlan() (p plan, ok bool, err error) {
	e := v.queues.last
	if e.End() == 0 || e.Filler() || e.PhyOffset < v.start() || e.PhyOffset >= v.log.Limit() {
		return p, false, nil
	}
	size, sound, err := v.log.SoundAt(e.PhyOffset)
	if err != nil || !sound || size != int64(e.Size) {
		return p, false, err
	}
	return plan{scan: e.PhyOffset, dispatch: e.PhyOffset, trusted: commitlog.Trust}, true, nil
}

// judgeTally compares log and queues with what the last clean stop of ours counted.
func (v *verification) judgeTally() error {
	b, found, err := vfs.ReadFile(v.fsys, layout.TallyFile, maxSmall)
	if err != nil || !found {
		return err
	}
	var logStart, logEnd, queues, entries int64
	if n, err := fmt.Sscanf(string(b), "%d %d %d %d", &logStart, &logEnd, &queues, &entries); n != 4 || err != nil {
		v.queuePart.add(Note, layout.TallyFile, -1, "unreadable, and not used")
		return nil
	}
	if v.end < logEnd {
		v.logPart.add(Damaged, v.opt.LogDirs[0], -1, "the log ends at log offset %d; when it was last closed in order it ended at %d", v.end, logEnd)
		return nil
	}
	if v.aborted || logStart != v.start() || logEnd != v.end {
		return nil
	}
	gotQueues, gotEntries := v.queues.count()
	if gotQueues != queues || gotEntries != entries {
		v.queuePart.add(Recoverable, layout.QueueDir, -1, "%s with %d entries, but %d with %d when they were last closed: all are made anew from the log",
			plural(gotQueues, "queue"), gotEntries, queues, entries)
		v.plan.dispatch = math.MinInt64
	}
	return nil
}

func segmentStart(name string) (int64, bool) {
	start, err := mapped.ParseName(name)
	return start, err == nil
}

// span shows a range of offsets.
func span(from, to int64) string { return fmt.Sprintf("%d to %d", from, to) }
