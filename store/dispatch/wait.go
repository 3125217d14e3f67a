package dispatch

import "context"

// Wait wakes the dispatcher and returns when everything up to off was dispatched. Errors: that of the
// dispatcher, what it meets that holds it up (Held), that of ctx.
func (d *Dispatcher) Wait(ctx context.Context, off int64) error {
	before := d.held.Load()
	d.Wake()
	for {
		moved := d.watch()
		if held := d.held.Load(); held != nil && held != before && d.pos.Load() < off {
			return *held
		}
		if err := d.Err(); err != nil || d.pos.Load() >= off {
			return err
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Drain dispatches up to the limit on the caller's goroutine and waits where it must: for recovery,
// before Start. What holds it up ends it. progress, if not nil, is told the offset now and then.
func (d *Dispatcher) Drain(progress func(off int64)) error {
	for d.behind() {
		if !d.begin() {
			return nil
		}
		d.rounds(64*roundBytes, false)
		if err := d.Held(); err != nil {
			return err
		}
		if progress != nil {
			progress(d.pos.Load())
		}
	}
	return d.Err()
}

func (d *Dispatcher) watch() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.moved == nil {
		d.moved = make(chan struct{})
	}
	return d.moved
}

// announce lets those who Wait look again.
func (d *Dispatcher) announce() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.moved != nil {
		close(d.moved)
		d.moved = nil
	}
}
