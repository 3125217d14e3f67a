// Package commitlog is the log: all messages of all topics, one behind the other, in files of one
// fixed size (segments). A log offset is a byte position in the concatenation of all segments.
//
// # Appending
//
// Append runs on the caller's goroutine under one short mutex: roll, assign offsets, patch, copy,
// publish. It writes only into pages that a helper goroutine (prepare.go) has reserved on disk and
// populated in memory, so nothing under the mutex does I/O or faults. When the helper is behind,
// Append returns ErrWouldBlock and WaitReady waits for it.
//
//	 flushed        appended              ready                     segment end
//	    │              │                    │                            │
//	────┴──────────────┴────────────────────┴────────────────────────────┴──
//	 durable   dirty      populated zeros       reserved or sparse
//
// # Flushing
//
// One goroutine (flush.go) owns the moves of the flushed watermark. It reads the end of the log
// first, syncs every segment between the watermark and that end, the older one first, and only then
// advances. A segment's name is durable before the first append into it.
//
// # Reading
//
// The newest Window bytes, as far as this process wrote or recovered them, are read from the mapping
// under a reference (Held). Everything older is read with ReadAt, which may ask the disk; segments
// that lie wholly behind the window are not mapped, and the files of few are open.
//
// # Deleting
//
// Oldest and Delete take files off the front, one durably before the next, so that no power cut leaves
// a hole. What is not flushed and the file that is appended to stay. Reads of what is gone are ErrOffset.
//
// # Failing
//
// A write, sync or memory fault that fails makes the log fail for good: Append and everybody who
// waits for the flushed watermark get the reason, and reading goes on. Lack of room is not a failure:
// Append says so until there is room.
package commitlog
