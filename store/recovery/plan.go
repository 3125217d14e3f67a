package recovery

import (
	"github.com/gannetmq/gannet/store/checkpoint"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/consumequeue"
)

// Log is what is asked of the log, of which nothing is known but its files; *commitlog.Log is one.
type Log interface {
	Empty() bool
	Start() int64 // of a log that is not empty
	Limit() int64
	LastStartBefore(ms int64) (int64, error)
	SoundAt(off int64) (size int64, ok bool, err error)
}

// Found is what a directory says of itself before its log is read.
type Found struct {
	Aborted    bool // not closed in order
	Checkpoint checkpoint.Checkpoint
	Log        Log
	MaxPhy     int64 // where the log goes on behind the last message that is in a queue, 0 without any
	Lost       int64 // from where on queues turned out to lack messages, whatever the checkpoint says; -1 if none do
	// Last is the entry that ends at MaxPhy; ok is false without messages.
	Last func() (e consumequeue.Entry, ok bool, err error)
	// Missing reports whether a group has consumed of a queue that has no message, in a directory that was never
	// counted (Missing). It is asked after a crash only.
	Missing func() (bool, error)
}

// Plan says where a start begins: everything before Scan is believed to be a sound log, everything before Dispatch to be
// in the queues. Both are log offsets.
type Plan struct {
	Scan, Dispatch int64
	Trusted        int64 // store time before which a record was durable, Unix milliseconds
	Clean          bool  // queues are believed as they are, except for what Adopt says
	Witnessed      bool  // after a crash consumers told of a lost queue
}

// Rebuilds reports whether the start makes the queue entries of the message at log offset phy from the log.
func (p *Plan) Rebuilds(phy int64) bool { return phy >= p.Dispatch }

// Plan decides from the checkpoint and the queues. A queue entry in front of the plan's offsets is taken as durable, so
// they lie before whatever the checkpoint does not vouch for. Errors are those of the disk.
func (f *Found) Plan() (Plan, error) {
	if f.Log.Empty() {
		return Plan{Trusted: commitlog.Trust}, nil
	}
	if !f.Aborted && f.Lost < 0 {
		p, ok, err := f.clean()
		if ok || err != nil {
			return p, err
		}
	}
	safe, err := f.Log.LastStartBefore(f.Checkpoint.MinTime())
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Scan: safe, Dispatch: min(safe, f.MaxPhy), Trusted: f.Checkpoint.LogTime}
	if !f.Aborted {
		p.Trusted = commitlog.Trust
	}
	if f.Lost >= 0 {
		p.Dispatch = min(p.Dispatch, f.Lost)
	}
	start := f.Log.Start()
	if f.Aborted && p.Dispatch > start {
		if p.Witnessed, err = f.Missing(); err != nil {
			return p, err
		}
		if p.Witnessed {
			p.Dispatch = start
		}
	}
	p.Dispatch = max(p.Dispatch, start)
	return p, nil
}

// clean begins at the message that the queues know last, because nothing behind it can be in a
// queue; not ok if that message is not there. Without any message in the queues all of the log is behind it,
// of which the checkpoint vouches for a part.
func (f *Found) clean() (p Plan, ok bool, err error) {
	e, ok, err := f.Last()
	if err == nil && !ok {
		p = Plan{Dispatch: f.Log.Start(), Trusted: commitlog.Trust, Clean: true}
		p.Scan, err = f.Log.LastStartBefore(f.Checkpoint.MinTime())
		return p, err == nil, err
	}
	if err != nil || e.PhyOffset < f.Log.Start() || e.PhyOffset >= f.Log.Limit() {
		return p, false, err
	}
	size, sound, err := f.Log.SoundAt(e.PhyOffset)
	if err != nil || !sound || size != int64(e.Size) {
		return p, false, err
	}
	return Plan{Scan: e.PhyOffset, Dispatch: e.PhyOffset, Trusted: commitlog.Trust, Clean: true}, true, nil
}

// Adopt brings in, into a clean plan, whether queues were lost. The log is [start, end).
func (p *Plan) Adopt(l Loss, start, end int64) {
	switch {
	case l.Lost():
		p.Dispatch, p.Clean = start, false
	case l.Counted:
		p.Dispatch = end // messages behind the queues' last are those of topics that were deleted
	}
}
