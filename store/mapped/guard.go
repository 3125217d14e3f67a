package mapped

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"unsafe"
)

// FaultError is what touching mapped bytes ends in when there is nothing behind them: the file
// was cut short, a block cannot be read, or the disk is full and the bytes were not reserved.
type FaultError struct {
	Segment string // file name
	Pos     int64  // position of the byte
}

func (e *FaultError) Error() string {
	return fmt.Sprintf("mapped: memory fault at %d of %s", e.Pos, e.Segment)
}

// Guard runs f, which touches bytes of this segment, and returns its error, or a FaultError if
// touching them failed; f is then left in the middle, without its locks released unless by defer.
// Any other panic passes, a fault elsewhere in memory included. It costs about 10 ns.
func (s *Segment) Guard(f func() error) (err error) {
	defer s.recoverFault(guard(), &err)
	return f()
}

// guard makes memory faults of this goroutine panics, and returns what they were before.
func guard() (before bool) { return debug.SetPanicOnFault(true) }

// recoverFault, deferred, undoes guard and turns a fault in the mapping into *err.
func (s *Segment) recoverFault(before bool, err *error) {
	debug.SetPanicOnFault(before)
	r := recover()
	if r == nil {
		return
	}
	if pos, ok := s.faultPos(r); ok {
		*err = &FaultError{Segment: s.name, Pos: pos}
		return
	}
	panic(r)
}

// faultPos returns the position of a memory fault inside the mapping. The runtime tells the
// address of a fault by a method of the panic's value (see debug.SetPanicOnFault); a nil pointer
// has none.
func (s *Segment) faultPos(r any) (int64, bool) {
	fault, ok := r.(interface {
		runtime.Error
		Addr() uintptr
	})
	if !ok {
		return 0, false
	}
	base := uintptr(unsafe.Pointer(unsafe.SliceData(s.b)))
	pos := fault.Addr() - base // of a lower address: very large
	return int64(pos), pos < uintptr(len(s.b))
}
