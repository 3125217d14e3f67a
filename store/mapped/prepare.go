package mapped

import (
	"os"
	"runtime"

	"github.com/gannetmq/gannet/store/vfs"
)

// prefaultStep is populated at once. The kernel holds the lock of the address space meanwhile,
// for which a growing Go heap may have to wait; and the appender can use each step at once.
const prefaultStep = vfs.LargePage

// After smallSteps steps in a row that came in small pages Prefault asks for no large ones in the next
// smallPause steps.
const (
	smallSteps = 4
	smallPause = 60
)

// Reserve gives [from, to) blocks on the disk, so that CopyIn up to to cannot fail for lack of
// room. from is where the next append goes: what lies before it is taken as reserved, and so is
// what an earlier Reserve covered. to beyond the segment means its end. May block; errors: vfs.ErrNoSpace.
func (s *Segment) Reserve(from, to int64) error {
	s.prepare.Lock()
	defer s.prepare.Unlock()
	to = min(to, s.Size())
	from = max(from, s.reserved.Load())
	if from >= to {
		return nil
	}
	if err := s.file.Allocate(from, to-from); err != nil {
		return err
	}
	s.reserved.Store(to)
	return nil
}

// Reserved is the position up to which CopyIn works.
func (s *Segment) Reserved() int64 { return s.reserved.Load() }

// Prefault maps the pages of [from, to) in, writable, so that CopyIn there does not fault. from
// and to are as in Reserve, which it calls; call that before with a larger window, as each is a
// transaction of the file system. What is prefaulted is published step by step, see Prefaulted.
// May block.
//
// With large, whole steps of 2 MiB are written with zeros first: file systems that know large pages
// then take one of them for the step instead of 512 small ones, at half of the processor time. The
// price is that the kernel writes such a page out whole however little of it has changed. Where small
// pages come nevertheless, because of the file system or for lack of memory in one piece, it is tried
// only now and then.
func (s *Segment) Prefault(from, to int64, large bool) error {
	if err := s.Reserve(from, to); err != nil {
		return err
	}
	s.prepare.Lock()
	defer s.prepare.Unlock()
	to = min(to, s.Size())
	for pos := max(from, s.populated.Load()); pos < to; {
		next := min(pos-pos%prefaultStep+prefaultStep, to)
		step := s.m.Populate
		if large && next-pos == prefaultStep {
			if s.small = (s.small + 1) % (smallSteps + smallPause); s.small <= smallSteps {
				step = s.populateLarge
			}
		}
		if err := step(pos, next-pos); err != nil {
			return err
		}
		s.populated.Store(next)
		pos = next
	}
	return nil
}

// populateLarge is Populate for n bytes that are to be one page. Nobody has appended there: CopyIn may
// when the step is published.
func (s *Segment) populateLarge(pos, n int64) error {
	// What is read ahead would come in small pages, where the next step wants a large one.
	if err := s.m.Random(pos, n); err != nil {
		return err
	}
	if err := vfs.WriteZeros(s.file, pos, n); err != nil {
		return err
	}
	runtime.LockOSThread() // whose faults are counted
	defer runtime.UnlockOSThread()
	before := threadFaults()
	if err := s.m.Populate(pos, n); err != nil {
		return err
	}
	if pages := n / int64(os.Getpagesize()); threadFaults()-before < pages/2 {
		s.small = 0
	}
	return nil
}

// Prefaulted is the position up to which CopyIn does not fault, unless the kernel took pages back
// under pressure or to write them out.
func (s *Segment) Prefaulted() int64 { return s.populated.Load() }
