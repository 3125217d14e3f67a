// Package consumequeue keeps, for each queue of each topic, where in the CommitLog its messages
// lie: Java's files of 20-byte units (format.go), and of 46-byte units for topics whose records are batches
// (batch.go), written in our own way.
//
//	Append ──▶ ring in memory ──▶ Entries        what is not in the file yet, and a little more
//	              │ Write, Flush
//	              ▼
//	           files ──▶ ReadEntries             pwrite and pread, no mapping
//
// A Set has all queues of a store. Append and Entries touch memory only and take no lock that is
// held over I/O, so they may run on an event loop. The owner of the set calls Write now and then,
// which moves what waits in the rings into the files, and Flush more rarely, which also makes it
// durable and tells how far of the log that covers. There are no goroutines here and no mappings,
// and at most MaxOpenFiles descriptors, so that ten thousand queues cost little when they are idle.
//
// # Two kinds
//
// A batch unit begins with a simple one, and all that writes, syncs, recovers, cuts and expires files looks at
// that part alone and counts units. So both kinds are queues of one set, and differ in where they lie, how large a
// unit is, and in what a queue offset means: in a simple queue it is the unit's number, in a batch queue it is
// searched for. Light queues are simple queues whose messages are those of other topics.
//
// # After a crash
//
// The files can be rebuilt from the log, and what was not flushed must be: a file may have lost any
// of its pages since. Open cuts each queue at the first unit that cannot be right. The owner then
// takes the point P of the log that the last Flush covered, calls Truncate(P), which drops what may
// be wrong behind it, dispatches the log from P and calls Settle.
//
// A file is synced before the next one of its queue is created, so only the last one can have lost
// pages. That holds also while everything is synced at once, because what is under way is not yet done (due).
//
// # Extensions
//
// With Options.Ext the entries of simple queues point into files beside them (extunit.go), which are written and synced in
// front of the entries. They save reading records that no filter wants, and nothing else depends on them: one that is lost
// begins anew, where no entry that is left can point to.
//
// # Locks
//
// Set.syncMu → Set.flushMu → Options.Exclusive → Set.mu → Queue.mu → Set.dirtyMu and handles.mu, which are leaves. Only the
// first two are held over I/O, and flushMu not while everything is synced at once; Append, Entries, Queue, Lookup and Dispatch do not take it.
package consumequeue
