// Package store is the message store: Open, Put, Get, Close. It owns the CommitLog and everything
// derived from it, and knows nothing of the network.
//
//	broker ── Put ──▶ commitlog (append under one short mutex) ──▶ Watermark (flushed, replicated)
//	                      │ appended bytes
//	                      ▼
//	                  dispatch ──▶ sinks: consumequeue, later index, light queues, gateways
//	                      └──────▶ Arrivals: wake the pulls that wait
//	broker ── Get ──▶ consumequeue (entries) ──▶ commitlog (records)
//
// # Who may block
//
// Put and Get may be called from an event loop: with NoWait they do no I/O, take no lock that I/O
// holds, and touch only memory that is resident. What would need more returns ErrWouldBlock; the
// caller then calls again, without NoWait, from a goroutine that may block.
//
// # Lock order
//
//	commitlog.Log.mu → (nothing)          append: roll, assign offsets, patch, copy, publish
//	dispatch.Dispatcher.mu → consumequeue.Set.mu → consumequeue.Queue.mu
//	commitlog.Watermark.mu → (nothing)    waiters are called after it is released
//
// No lock is held while calling out of the package, and none that Put or Get takes is held over I/O.
package store
