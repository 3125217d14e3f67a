package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/gannetmq/gannet/store/checkpoint"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/dispatch"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/recovery"
	"github.com/gannetmq/gannet/store/vfs"
)

// Open locks and opens the directory, or begins a new one, and recovers what a crash left. Errors:
// vfs.ErrLocked, commitlog.ErrLayout, those of the disk; the directory is then as it was, or as far
// recovered as the next Open can go on from.
func Open(fsys vfs.FS, o Options) (*Store, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	s := &Store{
		opt: o, fsys: fsys, memoryReach: o.Memory / 100 * int64(o.MemoryPercent), coldReach: o.Memory / 100 * int64(o.ColdPercent),
		kick: make(chan struct{}, 1), stop: make(chan struct{}), wantSync: make(chan struct{}, 1), synced: make(chan queueSync, 1),
	}
	s.cleaner.kick = make(chan struct{}, 1)
	s.closing, s.endUpkeep = context.WithCancel(context.Background())
	if err := s.open(); err != nil {
		return nil, errors.Join(err, s.abandon())
	}
	return s, nil
}

// open takes the lock before it reads anything, looks at everything before it changes anything, and
// leaves the abort file from before the first change until Close.
func (s *Store) open() error {
	if err := s.fsys.MkdirAll("."); err != nil {
		return err
	}
	var err error
	if s.lock, err = s.fsys.Lock(layout.LockFile); err != nil {
		return lockError(s.fsys, err)
	}
	aborted, err := wasAborted(s.fsys)
	if err != nil {
		return err
	}
	if s.log, err = commitlog.Open(s.fsys, s.logOptions()); err != nil {
		return err
	}
	if err := writeAbort(s.fsys); err != nil {
		return err
	}
	if s.point, s.known, err = checkpoint.Open(s.fsys, ".", layout.CheckpointFile); err != nil {
		return err
	}
	if err := s.openQueues(!aborted); err != nil {
		return err
	}
	if err := s.recover(aborted); err != nil {
		return err
	}
	if s.unserved = s.survey(); len(s.unserved) > 0 {
		s.opt.Log.Warn("the directory holds what is not served", "what", s.unserved)
	}
	s.checkDisk()
	s.openIndex(aborted)
	s.opened.Store(true)
	s.dispatcher.Start()
	s.wg.Go(s.runUpkeep)
	s.wg.Go(s.runSync)
	s.wg.Go(s.runClean)
	return nil
}

func (s *Store) logOptions() commitlog.Options {
	o := commitlog.Options{
		Dir: s.opt.LogDirs[0], More: s.opt.LogDirs[1:], ReadOnly: s.opt.ReadOnlyLogDirs,
		SetAside: layout.AsideDir, SegmentSize: s.opt.LogFileSize,
		Sync: s.opt.Flush == SyncFlush, FlushInterval: s.opt.FlushInterval,
		LeastPages: s.opt.FlushLeastPages, Thorough: s.opt.FlushThorough,
		Window: s.opt.Window, PropCRC: s.opt.AppendPropCRC, SkipCRC: s.opt.SkipCRCOnRecovery, Now: s.opt.Now, Log: s.opt.Log,
	}
	o.Room = s.logRoom
	if len(s.opt.LogDirs) > 1 {
		o.Full = s.logDirFull
	}
	if o.Sync {
		o.Flushed = func() { s.dispatcher.Wake() }
	}
	return o
}

// LogEnd is the log offset behind the last record.
func (s *Store) LogEnd() int64 { return s.log.End() }

// visible is the offset up to which consumers may see the log.
func (s *Store) visible() int64 {
	if s.opt.Flush == SyncFlush {
		return s.log.Flushed().Load()
	}
	return s.log.End()
}

// recover brings log and queues to one state: the log tells, the queues follow.
func (s *Store) recover(aborted bool) error {
	from, err := s.found(aborted).Plan()
	if err != nil {
		return err
	}
	found, err := s.log.Recover(commitlog.RecoverFrom{
		Offset: from.Scan, Trusted: from.Trusted, Clean: from.Clean,
		Progress: func(done, total int64) { s.progress("scan", done, total) },
	})
	if err != nil {
		return err
	}
	s.counts.cut = found.Cut
	if found.LastRecord >= 0 {
		s.known.ConfirmOffset = found.LastRecord
	}
	if err := s.rewind(&from, found.End); err != nil {
		return err
	}
	if err := s.dispatchAll(min(from.Dispatch, found.End), found.End); err != nil {
		return err
	}
	s.queues.Settle()
	if err := s.queues.CorrectMin(s.log.Start()); err != nil || !from.Witnessed {
		return err
	}
	return s.writeTally() // so that they are not asked again, should what they tell of never have been
}

// rewind takes the queues back to where they are made from the log, which ends at end.
func (s *Store) rewind(from *recovery.Plan, end int64) error {
	if from.Clean {
		loss, err := s.queuesLost(end)
		if err != nil {
			return err
		}
		from.Adopt(loss, s.log.Start(), end)
	}
	s.tellQueues(*from, end)
	if from.Dispatch < from.Scan {
		// The checkpoint vouches for entries that are about to go: after a power cut before they are back
		// it would be believed.
		s.known.QueueTime = 0
		if err := s.point.Store(s.known); err != nil {
			return err
		}
	}
	if from.Clean && s.queues.MaxPhy() <= end {
		return nil
	}
	return s.queues.Truncate(min(from.Dispatch, end))
}

// dispatchAll makes the dispatcher and has it dispatch what is in the log.
func (s *Store) dispatchAll(from, end int64) error {
	s.cleaner.safe.Store(from)
	s.dispatcher = dispatch.New(s.log, from, dispatch.Options{
		Sinks:    append([]dispatch.Sink{s.queues, &s.feed}, s.opt.Sinks...),
		Arrivals: s.opt.Arrivals, Light: s.opt.Light, Log: s.opt.Log, Limit: s.visible,
		Moved: s.dispatched, Damaged: func(bytes int64) { s.counts.damaged.Add(1) },
	})
	return s.dispatcher.Drain(func(off int64) { s.progress("dispatch", off-from, end-from) })
}

// tellQueues tells the log what becomes of the queues.
func (s *Store) tellQueues(from recovery.Plan, end int64) {
	if known := s.queues.MaxPhy(); known > end {
		s.opt.Log.Error("the queues know messages behind the end of the log, which are lost", "end", end, "known", known)
	}
	if from.Dispatch < min(from.Scan, end) || s.queues.MaxPhy() == 0 && from.Dispatch < end {
		s.opt.Log.Warn("queues are made anew from the log", "from", from.Dispatch, "to", end)
	}
}

func (s *Store) progress(step string, done, total int64) {
	if s.opt.Progress != nil {
		s.opt.Progress(Progress{Step: step, Done: done, Total: total})
	}
}

// found is what the directory says of itself before its log is read.
func (s *Store) found(aborted bool) *recovery.Found {
	return &recovery.Found{
		Aborted: aborted, Checkpoint: s.known, Log: s.log,
		MaxPhy: s.queues.MaxPhy(), Lost: s.queues.Report().RebuildFrom, Last: s.queues.Last, Missing: s.missingConsumed,
	}
}

// abandon gives back what a failed open took.
func (s *Store) abandon() error {
	s.endUpkeep()
	var errs []error
	if s.log != nil {
		errs = append(errs, s.log.Stop(), s.log.Close(context.Background()))
	}
	if s.queues != nil {
		errs = append(errs, s.queues.Close())
	}
	if s.point != nil {
		errs = append(errs, s.point.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("store: after a failed open: %w", err)
	}
	return nil
}
