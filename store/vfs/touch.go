package vfs

import (
	"fmt"
	"os"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// touch brings the pages of b in by using one word of each: the way of a kernel that has no
// MADV_POPULATE. b starts at a page. An atomic addition of nothing dirties the page without
// undoing what another goroutine writes to that word.
func touch(b []byte, mode MapMode) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch r := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }: // a memory fault, as a runtime.Error
			err = fmt.Errorf("%w: no memory behind %#x", syscall.EFAULT, r.Addr())
		default:
			panic(r)
		}
	}()
	for page := os.Getpagesize(); len(b) >= 4; b = b[min(page, len(b)):] {
		word := (*uint32)(unsafe.Pointer(&b[0]))
		if mode == ReadWrite {
			atomic.AddUint32(word, 0)
		} else {
			atomic.LoadUint32(word)
		}
	}
	return nil
}
