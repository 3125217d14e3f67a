// Package mapped sees a log's files through memory mappings. A Segment is one file of fixed size,
// named by the log offset of its first byte; a Set is the segments of a log in order.
//
// # Positions
//
// A position (pos) counts bytes from the start of a segment, an offset (off) from the start of
// the log: off = Segment.Start + pos.
//
// # Who may touch mapped bytes
//
// Who holds a reference: Acquire, or Set.Acquire, and Release. The owner's own reference goes with
// Retire; whoever releases the last one of a retired segment unmaps it. And who touches them under
// CopyIn or Guard, since a mapped byte whose page cannot be brought in (the file was cut, the disk
// does not answer) would otherwise end the process.
//
// # Nothing slow under the append lock
//
// An append is CopyIn into memory that somebody else made ready: Reserve gives the file its blocks
// (so that a full disk is an error of Reserve, not a fault of CopyIn), Prefault brings the pages
// in, both ahead of the append position and from a goroutine that may block. Ahead says how far.
package mapped
