// Package store is the message store: Open, Put, Get, Close. It owns the CommitLog and everything
// derived from it, and knows nothing of the network.
//
//	broker ── Put ──▶ commitlog (append under one short mutex) ──▶ Watermark (flushed, replicated)
//	                      │ appended bytes; with SyncFlush, flushed bytes
//	                      ▼
//	                  dispatch ──▶ sinks: consumequeue (simple, batch and light queues), gateways
//	                      ├──────▶ Arrivals: wake the pulls that wait
//	                      └─ ─ ─ ▶ a second dispatcher, behind the first ──▶ index
//	broker ── Get ──▶ consumequeue (entries) ──▶ commitlog (records)
//
// # Who may block
//
// Put and Get may be called from an event loop: with NoWait they do no I/O, take no lock that I/O
// holds, and touch only memory that is resident. What would need more returns ErrWouldBlock; the
// caller then calls again, without NoWait, from a goroutine that may block.
//
// With CallerDrives whoever puts, wherever, calls Drive after its batch; messages then become visible
// on that goroutine. Otherwise, and for what Drive would have to wait for, a goroutine does it.
//
// # Goroutines
//
//	commitlog   runPrepare (room ahead of the appends), runFlush (the flushed watermark)
//	dispatch    run, one for the queues and one for the index
//	store       runUpkeep: queue files, checkpoint, room on the disk; runSync: what makes queues and index durable;
//	            runClean: deletion of old files
//
// Close ends each of them and waits.
//
// # Lock order
//
//	cleaner.mu → all others               one round of deletion, over I/O and pauses
//	commitlog.Log.mu → (nothing)          append: roll, assign offsets, patch, copy, publish
//	commitlog.Log.mu → consumequeue.Set.mu → Queue.mu   a topic's end only, under Set.flushMu
//	dispatch.Dispatcher: the drive, which is a state and not a lock → consumequeue.Set.mu → consumequeue.Queue.mu
//	commitlog.Watermark.mu → (nothing)    waiters are called after it is released
//	index.Index.mu                        held over I/O; the index's goroutine, queries and deletion only
//
// No lock is held while calling out of the package, and none that Put or Get takes is held over I/O.
//
// # After a crash
//
// The log tells, everything else follows. Recovery takes the checkpoint's word for what is durable,
// scans the log from the last segment before that, cuts its torn end or skips damage inside it, drops
// what the queues know from there on and dispatches it again; the index catches up by itself. The abort
// file is there from before the first change of Open until the end of Close.
//
// Queues that were lost otherwise are noticed by what is odd about their files, by the tally of our last
// clean close or by what groups have consumed, and made anew from the whole log. Where a start begins is decided in
// package recovery, which store/verify asks too.
package store
