// Package mapped sees a log's files through memory mappings. A Segment is one file of fixed size,
// named by the log offset of its first byte.
//
// # Positions
//
// A position (pos) counts bytes from the start of a segment, an offset (off) from the start of
// the log: off = Segment.Start + pos.
//
// # Who may touch mapped bytes
//
// Who holds a reference: Acquire and Release. The owner's own reference goes with
// Retire; whoever releases the last one of a retired segment unmaps it. And who touches them under
// CopyIn or Guard, since a mapped byte whose page cannot be brought in (the file was cut, the disk
// does not answer) would otherwise end the process.
//
// # Nothing slow under the append lock
//
// An append is CopyIn into memory that somebody else made ready: Reserve gives the file its blocks
// (so that a full disk is an error of Reserve, not a fault of CopyIn), Prefault brings the pages
// in, both ahead of the append position and from a goroutine that may block. Ahead says how far.
//
// Why not pwrite, why prefault, and why large pages: BenchmarkAppend, records of 1.1 KiB, 2 cores,
// ext4, Linux 6.18, the range of several runs on a busy machine; the last column with a flush each 16 MiB.
//
//	                          time under    page faults of the    processor time of all threads
//	                          the lock      appending thread      ns/record
//	                          ns/record     per million records   no flush       flushed
//	mapping, sparse              400–480         24,900           530–600            1,340
//	mapping, reserved            310–390         24,900           400–510            1,170
//	mapping, prefaulted            79–91             30           520–770       1,000–1,230
//	mapping, large pages          71–117             20           440–460         550–560
//	pwrite of 64 KiB batches     290–440            250           430–510         650–730
//
// The kernel must clear a page before it is mapped, and not one that pwrite fills: pwrite needs
// less than small pages in all, but all of it under the lock, and a call to the kernel even for a
// single record. Large pages (Prefault) need less than either, where the file system has them
// (ext4 since Linux 6.16, XFS); elsewhere the zeros cost what clearing would have.
package mapped
