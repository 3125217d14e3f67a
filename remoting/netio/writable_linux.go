package netio

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// writable watches full sockets and wakes their loops when they take bytes again. gnet has no such
// event. It is an epoll instance of our own, with one-shot registrations, which the Go runtime's poller
// watches in turn: waiting costs a parked goroutine and no thread, and a socket that is never full costs
// nothing.
type writable struct {
	file *os.File // the epoll instance
	raw  syscall.RawConn
	wg   sync.WaitGroup

	mu    sync.Mutex
	conns map[int32]*loopConn // by descriptor
}

func newWritable() (*writable, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("netio: epoll_create1: %w", err)
	}
	if err := unix.SetNonblock(ep, true); err != nil {
		return nil, errors.Join(fmt.Errorf("netio: epoll: %w", err), unix.Close(ep))
	}
	w := &writable{file: os.NewFile(uintptr(ep), "epoll"), conns: make(map[int32]*loopConn)}
	if w.raw, err = w.file.SyscallConn(); err != nil {
		return nil, errors.Join(err, w.file.Close())
	}
	w.wg.Go(w.run)
	return w, nil
}

// watch wakes lc once when its socket takes bytes, or is broken. Called on the loop of lc.
func (w *writable) watch(lc *loopConn) {
	w.mu.Lock()
	w.conns[int32(lc.fd)] = lc
	w.mu.Unlock()
	op := unix.EPOLL_CTL_MOD
	if !lc.watched {
		lc.watched, op = true, unix.EPOLL_CTL_ADD
	}
	if err := w.control(op, lc.fd); err != nil {
		lc.end(phaseAborted, fmt.Errorf("netio: epoll_ctl: %w", err))
	}
}

func (w *writable) control(op, fd int) (err error) {
	event := unix.EpollEvent{Events: unix.EPOLLOUT | unix.EPOLLONESHOT, Fd: int32(fd)}
	outer := w.raw.Control(func(ep uintptr) { err = unix.EpollCtl(int(ep), op, fd, &event) })
	return errors.Join(err, outer)
}

// forget is called before the descriptor is closed.
func (w *writable) forget(lc *loopConn) {
	if !lc.watched {
		return
	}
	w.mu.Lock()
	delete(w.conns, int32(lc.fd))
	w.mu.Unlock()
	_ = w.control(unix.EPOLL_CTL_DEL, lc.fd) // fails only when stopped
}

func (w *writable) run() {
	var events [64]unix.EpollEvent
	for {
		n := 0
		err := w.raw.Read(func(ep uintptr) bool {
			n, _ = unix.EpollWait(int(ep), events[:], 0)
			return n > 0
		})
		if err != nil {
			return // stopped
		}
		for _, ev := range events[:n] {
			w.mu.Lock()
			lc := w.conns[ev.Fd]
			w.mu.Unlock()
			// The number may be that of a newer connection by now: one look too many does no harm.
			if lc != nil {
				lc.wake()
			}
		}
	}
}

func (w *writable) stop() error {
	err := w.file.Close()
	w.wg.Wait()
	return err
}
