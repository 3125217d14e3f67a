package dispatch

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// ErrPanic: a sink, or who is told of arrivals, did what it must not. Dispatching has ended.
var ErrPanic = errors.New("dispatch: panic")

// Bytes of the log between two tellings of Arrivals, and of one TryDrive.
const (
	roundBytes = 256 << 10
	driveBytes = 4 << 20
)

// The states of the drive. One goroutine at a time drives; who comes meanwhile leaves a note.
const (
	idle    int32 = iota
	driving       // somebody drives, and saw every change of the limit before he began
	more          // the limit may have moved since: he must look again before he goes idle
)

// Options of a Dispatcher.
type Options struct {
	Sinks    []Sink            // fed in this order
	Arrivals Arrivals          // nil for nobody
	Light    bool              // Arrivals is told of light queues too
	Log      *slog.Logger      //
	Limit    func() int64      // up to where records may be dispatched: the end of one, and it only grows
	Moved    func(off int64)   // told after each round how far it went; nil for nobody
	Damaged  func(bytes int64) // told of damage that was skipped; nil for nobody
	// Shortcut, if not nil, feeds the sinks from elsewhere with what is in the log from off on, as far as it
	// can, and returns how far that was: off, if the log must be read. It may do I/O: nobody must TryDrive then.
	Shortcut func(off int64) (int64, error)
}

// Dispatcher follows the log from an offset on. Its rounds are driven by whoever calls TryDrive, on
// that goroutine, and by a goroutine of its own for what would block or is too much.
type Dispatcher struct {
	opt   Options
	drive atomic.Int32 // idle, driving, more
	pos   atomic.Int64 // everything before was dispatched
	err   atomic.Pointer[error]
	held  atomic.Pointer[error] // the scarcity (vfs.Scarce) that ended the last round; nil if none did

	// Of who drives.
	walker  *commitlog.Walker
	arrived arrivals

	kick chan struct{}
	stop chan struct{}
	wg   sync.WaitGroup

	mu    sync.Mutex
	moved chan struct{} // closed when pos moves or err is set; nil when nobody waits
}

// New returns a dispatcher that goes on at off, where a record begins or the log ends. Nothing
// happens before Drain, TryDrive or Start.
func New(l *commitlog.Log, off int64, o Options) *Dispatcher {
	d := &Dispatcher{opt: o, kick: make(chan struct{}, 1), stop: make(chan struct{})}
	d.walker = l.NewWalker(off, record.Headers, d.dispatch)
	d.pos.Store(off)
	return d
}

// Start lets a goroutine do what TryDrive leaves, and everything that is asked for with Wake, until Stop.
func (d *Dispatcher) Start() { d.wg.Go(d.run) }

// Stop ends the goroutine and waits for it. What was not dispatched stays.
func (d *Dispatcher) Stop() {
	close(d.stop)
	d.wg.Wait()
}

// Offset is the log offset before which everything was dispatched.
func (d *Dispatcher) Offset() int64 { return d.pos.Load() }

// Behind is how many bytes of the log wait to be dispatched.
func (d *Dispatcher) Behind() int64 { return max(0, d.opt.Limit()-d.pos.Load()) }

// Err returns why dispatching ended for good, nil while it goes on.
func (d *Dispatcher) Err() error {
	if p := d.err.Load(); p != nil {
		return *p
	}
	return nil
}

// Held returns the lack of room, descriptors or memory for which dispatching waits until the next Wake, nil
// if it does not.
func (d *Dispatcher) Held() error {
	if p := d.held.Load(); p != nil {
		return *p
	}
	return nil
}

// Wake asks the dispatcher's goroutine to go up to the limit. It does not block.
func (d *Dispatcher) Wake() {
	select {
	case d.kick <- struct{}{}:
	default:
	}
}

// TryDrive dispatches up to the limit on the caller's goroutine, unless somebody else does already:
// then he will see what the caller has put. It neither blocks nor does I/O; what would, and what is
// more than driveBytes, is left to the dispatcher's goroutine.
func (d *Dispatcher) TryDrive() {
	if !d.begin() {
		return
	}
	if left := d.rounds(driveBytes, true); left {
		d.Wake()
	}
}

// begin takes the drive, or notes for him who has it that there may be more.
func (d *Dispatcher) begin() bool {
	for {
		switch {
		case d.drive.CompareAndSwap(idle, driving):
			return true
		case d.drive.CompareAndSwap(driving, more), d.drive.Load() == more:
			return false
		}
	}
}

// rounds dispatches until the limit is reached and nobody left a note, and gives the drive back.
// left reports that it ended before, having done its share or met what would block. A panic is the end of
// dispatching: how much of a record the sinks have got is not known.
func (d *Dispatcher) rounds(share int64, noWait bool) (left bool) {
	defer func() {
		if r := recover(); r != nil {
			d.opt.Log.Error("panic while dispatching", "panic", r, "stack", string(debug.Stack()))
			d.fail(fmt.Errorf("%w: %v", ErrPanic, r))
			d.drive.Store(idle)
		}
	}()
	for {
		d.drive.Store(driving) // from here on, whoever moves the limit leaves a new note
		for d.behind() && !left {
			from := d.pos.Load()
			left = !d.round(noWait)
			share -= d.pos.Load() - from
			left = left || share <= 0 && d.behind()
		}
		if left || d.Err() != nil {
			d.drive.Store(idle)
			return left
		}
		if d.drive.CompareAndSwap(driving, idle) {
			return false
		}
	}
}

func (d *Dispatcher) behind() bool { return d.Err() == nil && d.pos.Load() < d.opt.Limit() }

// round dispatches up to roundBytes and tells Arrivals. It returns false when it would have to wait.
func (d *Dispatcher) round(noWait bool) bool {
	limit := d.opt.Limit()
	err := d.advance(limit, noWait)
	if off := d.walker.Offset(); off != d.pos.Load() {
		d.pos.Store(off)
		d.arrived.tell(d.opt.Arrivals)
		d.announce()
		if d.opt.Moved != nil {
			d.opt.Moved(off)
		}
	}
	if err != nil {
		return d.hindered(err, limit, noWait)
	}
	if d.held.Load() != nil {
		d.held.Store(nil)
		d.opt.Log.Info("dispatching goes on", "offset", d.pos.Load())
	}
	return true
}

// advance feeds the sinks with the records of one round.
func (d *Dispatcher) advance(limit int64, noWait bool) error {
	if d.opt.Shortcut != nil {
		at := d.walker.Offset()
		if off, err := d.opt.Shortcut(at); err != nil || off > at {
			d.walker.Resume(off)
			return err
		}
	}
	return d.walker.Walk(limit, roundBytes, noWait)
}

// hindered deals with the error of a walk and reports whether there is nothing to wait for.
func (d *Dispatcher) hindered(err error, limit int64, noWait bool) bool {
	if errors.Is(err, commitlog.ErrWouldBlock) {
		return false
	}
	if corrupt := (*commitlog.ErrCorrupt)(nil); errors.As(err, &corrupt) {
		return !noWait && d.skip(corrupt, limit)
	}
	return d.giveUp(err)
}

// giveUp ends the round for now or for good, by whether err can pass, and reports whether there is nothing
// to wait for.
func (d *Dispatcher) giveUp(err error) bool {
	if !vfs.Scarce(err) {
		d.fail(err)
		return true
	}
	if d.held.Swap(&err) == nil {
		d.opt.Log.Warn("dispatching waits", "offset", d.walker.Offset(), "error", err)
	}
	d.announce()
	return false
}

// skip goes on behind damage. What is lost is told once, here.
func (d *Dispatcher) skip(corrupt *commitlog.ErrCorrupt, limit int64) bool {
	n, err := d.walker.Skip(limit)
	if err != nil {
		return d.giveUp(err)
	}
	d.opt.Log.Error("damage inside the log, skipped", "error", corrupt, "bytes", n)
	if d.opt.Damaged != nil {
		d.opt.Damaged(n)
	}
	d.pos.Store(d.walker.Offset())
	d.announce()
	return true
}

// dispatch feeds one record to the sinks.
func (d *Dispatcher) dispatch(v *record.View) error {
	for _, s := range d.opt.Sinks {
		if err := s.Dispatch(v); err != nil {
			return err
		}
	}
	if d.opt.Arrivals != nil && v.Queued() {
		d.arrived.add(v.Topic, v.QueueID, v.QueueOffset+1, v.TagsCode())
		if d.opt.Light {
			for light := range v.LightQueues() {
				d.arrived.add(light.Name, light.ID, light.Offset+1, v.TagsCode())
			}
		}
	}
	return nil
}

func (d *Dispatcher) fail(err error) {
	err = fmt.Errorf("dispatch: at log offset %d: %w", d.walker.Offset(), err)
	d.opt.Log.Error("dispatching ended", "error", err)
	d.err.Store(&err)
	d.announce()
}

// run drives whenever it is woken, and may block.
func (d *Dispatcher) run() {
	for {
		select {
		case <-d.stop:
			return
		case <-d.kick:
		}
		if d.begin() {
			for d.rounds(roundBytes, false) {
				select {
				case <-d.stop:
					return
				default:
				}
				if d.Held() != nil || !d.begin() {
					break // until somebody asks again; or somebody else drives now
				}
			}
		}
	}
}
