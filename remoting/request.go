package remoting

import (
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Request is one request under way, from its frame to its answer.
//
// The handler owns it until it has answered, detached or resubmitted it, and touches it no more after
// that. Cmd.Ext, Cmd.Body and Cmd.Remark are views into the frame: they are valid until the handler
// returns.
type Request struct {
	Cmd  wire.Command
	Peer Peer

	router *Router
	shard  uint32 // of Tallies
	row    *row
	handle func(*Request) // of the route, or what Resubmit named
	next   Runner         // set by Resubmit until the handler returns

	fields *fields // has the array of Cmd.Ext; nil while the request is parked

	raw []byte        // the frame: of the connection, or of buf
	buf *netio.Buffer // the copy of a frame that left its loop

	flags   atomic.Uint32
	counted bool // in Stats.InFlight

	began time.Time // when it left its loop, or was detached; zero before
	held  bool      // it is, or was, parked

	encoder wire.Encoder
	scratch []byte // header and small body of the answer
	res     []Resource
}

// Bits of Request.flags. A Request is recycled by whoever sets the second of finished and returned.
const (
	detached uint32 = 1 << iota // the answer comes later
	answered                    // somebody has the right to answer and uses it
	finished                    // the answer is written
	returned                    // the handler returned
	dropped                     // never recycle: the handler panicked, others may hold the request
)

// Detach says that the answer comes later, from any goroutine. The views into the frame die; what is
// needed to answer stays. The request counts as in flight until it is answered.
func (r *Request) Detach() { r.DetachAt(time.Now()) }

// DetachAt is Detach for who knows the time.
func (r *Request) DetachAt(now time.Time) {
	r.count()
	r.detach(now)
}

// Park is Detach for a request that waits for an event and not for work, such as a long poll: it is not
// counted as in flight. Whoever parks bounds how many there are.
func (r *Request) Park() {
	r.held = true
	r.uncount()
	r.detach(time.Now())
	if r.fields != nil {
		r.router.lend(r.fields, r.Cmd.Ext)
		r.fields, r.Cmd.Ext = nil, nil
	}
}

// fields is the array for the fields of one request. A parked request needs none, and there may be a million of them:
// the array is two fifths of what one takes.
type fields struct{ pairs []wire.Pair }

// lend gives an array whose views have ended to requests that come.
func (rt *Router) lend(f *fields, pairs []wire.Pair) {
	f.pairs = pairs[:0]
	rt.fields.Put(f)
}

// borrow gets one.
func (rt *Router) borrow() *fields {
	f, ok := rt.fields.Get().(*fields)
	if !ok {
		f = new(fields)
	}
	return f
}

// count makes the request one of those in flight. Requests that are answered before their inline
// handler returns never are: they cost no shared counter.
func (r *Request) count() {
	if !r.counted {
		r.counted = true
		r.router.Stats.InFlight.Add(1)
	}
}

func (r *Request) uncount() {
	if r.counted {
		r.counted = false
		r.router.Stats.InFlight.Add(-1)
	}
}

func (r *Request) detach(now time.Time) {
	if r.began.IsZero() {
		r.began = now
	}
	r.Cmd.Forget()
	r.flags.Or(detached)
}

// Resubmit runs the request's handler again on p, after the running one has returned. The frame is
// copied then. It is for inline handlers that find that they would block. If p is full the request is
// answered SYSTEM_BUSY.
func (r *Request) Resubmit(p *Pool) { r.ResubmitTo(p, r.handle) }

// ResubmitTo is Resubmit with another handler.
func (r *Request) ResubmitTo(p *Pool, handle func(*Request)) {
	r.next, r.handle = p, handle
}

// Route is the row that the request came by.
func (r *Request) Route() *Route { return &r.row.Route }

// Frame is the whole frame, valid as long as the views of Cmd are.
func (r *Request) Frame() []byte { return r.raw }

// keep gives the request its own copy of the frame. The views of Cmd are not moved: whoever runs the
// request decodes again.
func (r *Request) keep() {
	if r.buf == nil {
		r.began = time.Now()
		r.buf = netio.CopyBuffer(r.raw)
		r.raw = r.buf.B
		r.router.Stats.FrameBytes.Add(int64(len(r.raw)))
	}
}

// run calls the handler and settles what it left: on the loop, or on a worker of a pool.
func (r *Request) run() {
	if !r.callHandler() {
		return
	}
	if next := r.next; next != nil {
		r.next = nil
		r.submit(next)
		return
	}
	r.settle()
}

// submit hands r to a runner, or refuses it.
func (r *Request) submit(to Runner) {
	if to.TrySubmit(r) {
		return
	}
	r.router.Stats.refused(LimitQueue)
	r.Fail(protocol.SystemBusy, remarkOverload+", queue of "+r.routeName(to)+" is full")
	r.settle()
}

func (r *Request) routeName(to Runner) string {
	if p, ok := to.(*Pool); ok {
		return "pool " + p.name
	}
	return "the route"
}

// settle is called when the handler has returned for the last time.
func (r *Request) settle() {
	if r.flags.Load()&(detached|answered) == 0 {
		r.noAnswer()
	}
	r.releaseFrame()
	if r.flags.Or(returned)&finished != 0 {
		r.router.recycle(r)
	}
}

// noAnswer answers for a handler that did not. Java answers so when a processor leaves the code unset.
func (r *Request) noAnswer() {
	if !r.Cmd.IsOneway() {
		r.router.Stats.Unanswered.Add(1)
	}
	r.Fail(protocol.SystemError, RemarkUnset)
}

func (r *Request) releaseFrame() {
	if r.buf != nil {
		r.router.Stats.FrameBytes.Add(-int64(len(r.raw)))
		r.buf.Release()
		r.buf = nil
	}
	r.raw = nil
}
