package netio

import (
	"sync"
	"sync/atomic"
)

const (
	// chunkBytes is the size of the buffers that small frames are gathered in.
	chunkBytes = 16 << 10
	// smallBuffer is what is cheaper to copy behind others than to write as a segment of its own.
	smallBuffer = 1 << 10
)

// phase of an outbox. It only grows.
type phase uint8

const (
	phaseOpen    phase = iota // takes bytes
	phaseClosing              // takes none; what it has is written, then the connection ends
	phaseAborted              // what it has is dropped; the connection ends at once
	phaseClosed               // ended, empty
)

// owner is the goroutine that writes a connection, as the others see it. Its methods never block.
type owner interface {
	// wake makes it look into the outbox soon.
	wake()
	// abort makes it end the connection soon, even if it hangs in a write.
	abort()
}

// outbox is what a connection has still to send. Any goroutine appends; one goroutine, the owner,
// takes and writes: the event loop of the connection, or its writer.
//
// busy means that the owner is going to look without being told: it reads right now and flushes at
// the end, a wake-up is on its way, or it waits for a full socket. Only the append that finds the outbox
// not busy has to wake the owner; all others ride along.
type outbox struct {
	mu    sync.Mutex
	queue []*Buffer // not yet taken; the last may be a chunk that takes more
	chunk bool      // the last of queue takes more
	busy  bool
	phase phase
	cause error // why the connection ends: the first reason counts
	owner owner // nil until the connection is on its loop

	unsent  atomic.Int64  // bytes accepted and not written: queue and what the owner has taken
	backlog *atomic.Int64 // of all connections: see count
}

// backlogStep is how coarsely the backlog of all connections counts: of each, whole steps alone. What is answered and
// read at once never gets that far, and costs no counter that is shared.
const backlogStep = 16 << 10

// count changes unsent by n bytes.
func (o *outbox) count(n int) {
	now := o.unsent.Add(int64(n))
	if steps := now/backlogStep - (now-int64(n))/backlogStep; steps != 0 {
		o.backlog.Add(steps * backlogStep)
	}
}

// append queues a copy of frame. The caller has to wake the owner that is returned, if any. The error is
// ErrClosed.
func (o *outbox) append(frame []byte) (toWake owner, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.phase != phaseOpen {
		return nil, ErrClosed
	}
	o.copyLocked(frame)
	return o.addedLocked(len(frame)), nil
}

// appendBuffer queues b, or releases it when it returns an error.
func (o *outbox) appendBuffer(b *Buffer) (toWake owner, err error) {
	n := len(b.B)
	o.mu.Lock()
	if o.phase != phaseOpen {
		o.mu.Unlock()
		b.Release()
		return nil, ErrClosed
	}
	small := n <= smallBuffer
	if small {
		o.copyLocked(b.B)
	} else {
		o.queue = append(o.queue, b)
		o.chunk = false
	}
	toWake = o.addedLocked(n)
	o.mu.Unlock()
	if small {
		b.Release()
	}
	return toWake, nil
}

func (o *outbox) copyLocked(frame []byte) {
	if o.chunk {
		last := o.queue[len(o.queue)-1]
		if cap(last.B)-len(last.B) >= len(frame) {
			last.B = append(last.B, frame...)
			return
		}
	}
	b := NewBuffer(max(len(frame), o.chunkSizeLocked()))
	b.B = append(b.B, frame...)
	o.queue = append(o.queue, b)
	o.chunk = true
}

// chunkSizeLocked starts small: most connections have one answer at a time.
func (o *outbox) chunkSizeLocked() int {
	if len(o.queue) == 0 {
		return chunkBytes / 8
	}
	return chunkBytes
}

func (o *outbox) addedLocked(n int) (toWake owner) {
	o.count(n)
	if o.busy {
		return nil
	}
	o.busy = true
	return o.owner
}

// attach names the owner, and again when a connection changes its transport. It reports the phase: what
// ended before is for the owner to see.
func (o *outbox) attach(w owner) phase {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.owner = w
	return o.phase
}

// attached reports whether there is an owner.
func (o *outbox) attached() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.owner != nil
}

// hold makes appends ride along with the flush that the owner promises by it.
func (o *outbox) hold() {
	o.mu.Lock()
	o.busy = true
	o.mu.Unlock()
}

// release ends what hold began, for an owner that does not flush by itself: it has to be woken if it is
// returned.
func (o *outbox) release() (toWake owner) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 && o.phase == phaseOpen {
		o.busy = false
		return nil
	}
	return o.owner
}

// take moves the queue to the owner, in exchange for an empty slice. Without anything queued the outbox
// is no longer busy: the next append wakes.
func (o *outbox) take(empty []*Buffer) ([]*Buffer, phase) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		o.busy = false
		return empty, o.phase
	}
	full := o.queue
	o.queue, o.chunk = empty, false
	return full, o.phase
}

// current returns the phase.
func (o *outbox) current() phase {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.phase
}

// advance moves to a later phase and keeps the first cause. The caller has to tell the owner that is
// returned, if any: an owner that is going to look sees phaseClosing by itself, but it may be stuck in a
// full socket when it comes to phaseAborted.
func (o *outbox) advance(to phase, cause error) (toTell owner) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.phase >= to {
		return nil
	}
	o.phase = to
	if o.cause == nil {
		o.cause = cause
	}
	if to == phaseClosing && o.busy {
		return nil
	}
	o.busy = true
	return o.owner
}

// close ends the outbox: what was not taken is released. It returns why.
func (o *outbox) close(cause error) error {
	o.advance(phaseClosed, cause)
	o.mu.Lock()
	queue := o.queue
	o.queue, o.chunk = nil, false
	cause = o.cause
	o.mu.Unlock()
	for _, b := range queue {
		b.Release()
	}
	o.count(-int(o.unsent.Load())) // the owner writes no more, and appends are refused
	return cause
}
