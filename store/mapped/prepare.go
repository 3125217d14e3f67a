package mapped

// prefaultStep is populated at once. The kernel holds the lock of the address space meanwhile,
// for which a growing Go heap may have to wait; and the appender can use each step at once.
const prefaultStep = 2 << 20

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
func (s *Segment) Prefault(from, to int64) error {
	if err := s.Reserve(from, to); err != nil {
		return err
	}
	s.prepare.Lock()
	defer s.prepare.Unlock()
	to = min(to, s.Size())
	for pos := max(from, s.populated.Load()); pos < to; {
		next := min(pos-pos%prefaultStep+prefaultStep, to)
		if err := s.m.Populate(pos, next-pos); err != nil {
			return err
		}
		s.populated.Store(next)
		pos = next
	}
	return nil
}

// Prefaulted is the position up to which CopyIn does not fault, unless the kernel took pages back
// under pressure or to write them out.
func (s *Segment) Prefaulted() int64 { return s.populated.Load() }
