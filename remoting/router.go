package remoting

import (
	"fmt"
	"io"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/compat/mqversion"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/throttle"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Options of a Router. The zero value is usable.
type Options struct {
	// MaxInFlight bounds the requests that are queued, on pools or detached; 0 means 100,000.
	MaxInFlight int64
	// MaxFrameBytes bounds the bytes of frames that wait for or are on pools; 0 means 256 MiB.
	MaxFrameBytes int64
	// MaxHotHeader bounds the header of a request that an Inline route handles, in bytes; 0 means 256 KiB. Java's
	// limit of 32 KiB for properties is 192 KiB of JSON if every byte of them is escaped.
	MaxHotHeader int
	// MaxCalls bounds the requests of ours that wait for answers of one peer; 0 means 1024.
	MaxCalls int
	// Frames bounds what the header of a frame may hold.
	Frames wire.Limits
	// Authorizer is asked before every handler; nil allows everything.
	Authorizer Authorizer
	// Version is the MQVersion ordinal of our frames; 0 means mqversion.Current.
	Version int32
	Log     *slog.Logger // nil discards
}

// denseCodes is where the direct table ends: all codes of 4.x and most of 5.x are below.
const denseCodes = 4096

// row is a Route in the table.
type row struct {
	Route
	maxHeader int // bytes
	failures  throttle.Line
	outcomes  outcomes
}

// Router finds the handler of a request. It is made once and safe for concurrent use.
type Router struct {
	Stats Stats

	dense   [denseCodes]*row
	sparse  map[int32]*row
	options Options
	version int32
	log     *slog.Logger
	calls   callTable
	sites   panicSites
	made    atomic.Uint32
	free    sync.Pool // of *Request
	fields  sync.Pool // of *fields

	failures throttle.Line // of requests without a row
	twice    throttle.Line
}

// NewRouter checks the rows: a code twice, or a row without handler, runner or access, is an error.
func NewRouter(routes []Route, o Options) (*Router, error) {
	rt := &Router{sparse: make(map[int32]*row), options: o.withDefaults()}
	rt.version, rt.log = rt.options.Version, rt.options.Log
	rt.calls.limit = rt.options.MaxCalls
	for _, route := range routes {
		switch {
		case route.Handle == nil || route.Run == nil:
			return nil, fmt.Errorf("remoting: route of code %d has no handler or runner", route.Code)
		case route.Access.Resources == nil:
			return nil, fmt.Errorf("remoting: route of code %d does not say its access", route.Code)
		case rt.lookup(route.Code) != nil:
			return nil, fmt.Errorf("remoting: two routes of code %d", route.Code)
		}
		r := &row{Route: route, maxHeader: math.MaxInt} // wire.Limits has been there
		if route.Run == Inline {
			r.maxHeader = rt.options.MaxHotHeader
		}
		if route.Code >= 0 && route.Code < denseCodes {
			rt.dense[route.Code] = r
		} else {
			rt.sparse[route.Code] = r
		}
	}
	return rt, nil
}

func (o Options) withDefaults() Options {
	if o.MaxInFlight == 0 {
		o.MaxInFlight = 100_000
	}
	if o.MaxFrameBytes == 0 {
		o.MaxFrameBytes = 256 << 20
	}
	if o.MaxHotHeader == 0 {
		o.MaxHotHeader = 256 << 10
	}
	if o.MaxCalls == 0 {
		o.MaxCalls = 1024
	}
	if o.Version == 0 {
		o.Version = mqversion.Current
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return o
}

func (rt *Router) lookup(code int32) *row {
	if code >= 0 && code < denseCodes {
		return rt.dense[code]
	}
	return rt.sparse[code]
}

// Frame takes one whole frame of a peer: a request to be handled, or the answer to one of ours. frame
// is not kept. An error means that the header does not decode: the connection is out of step and must
// be closed, nothing was answered.
func (rt *Router) Frame(p Peer, frame []byte) error {
	r := rt.request(p, frame)
	if err := rt.options.Frames.Decode(frame, &r.Cmd); err != nil {
		rt.Stats.Malformed.Add(1)
		rt.Stats.OverLimit(err)
		rt.recycle(r)
		return err
	}
	if r.Cmd.IsResponse() {
		rt.Stats.Responses.Add(1)
		if !rt.calls.deliver(p, &r.Cmd, frame) {
			rt.Stats.Stray.Add(1)
		}
		rt.recycle(r)
		return nil
	}
	rt.dispatch(r)
	return nil
}

// Closed must be called when a peer is gone: calls that wait for its answers end with ErrPeerGone.
func (rt *Router) Closed(p Peer) { rt.calls.fail(p) }

// dispatch admits r and hands it to the runner of its route. r is gone afterwards.
func (rt *Router) dispatch(r *Request) {
	r.row = rt.lookup(r.Cmd.Code)
	if r.row == nil {
		rt.Stats.Unknown.Add(1)
		rt.refuse(r, protocol.RequestCodeNotSupported, fmt.Sprintf(" request type %d not supported", r.Cmd.Code))
		return
	}
	if n := wire.HeaderLen(r.raw); n > r.row.maxHeader {
		rt.Stats.Oversized.Add(1)
		rt.refuse(r, protocol.InvalidParameter,
			fmt.Sprintf("header of %d bytes, at most %d for request type %d", n, r.row.maxHeader, r.Cmd.Code))
		return
	}
	if by := rt.overload(r); by < limits {
		rt.Stats.refused(by)
		rt.refuse(r, protocol.SystemBusy, remarkOverload+limitCauses[by])
		return
	}
	if err := rt.authorize(r); err != nil {
		rt.Stats.Denied.Add(1)
		r.FailErr(err)
		r.settle()
		return
	}
	r.handle = r.row.Handle
	r.submit(r.row.Run)
}

func (rt *Router) refuse(r *Request, code int32, remark string) {
	r.Fail(code, remark)
	r.settle()
}

// overload says for which limit new work is refused, limits for none.
func (rt *Router) overload(r *Request) Limit {
	switch {
	case r.Peer.Congested():
		return LimitUnread
	case rt.Stats.InFlight.Load() >= rt.options.MaxInFlight:
		return LimitInFlight
	case rt.Stats.FrameBytes.Load() >= rt.options.MaxFrameBytes:
		return LimitBytes
	}
	return limits
}

func (rt *Router) authorize(r *Request) error {
	if rt.options.Authorizer == nil {
		return nil
	}
	r.res = r.row.Access.Resources(r, r.res[:0])
	return rt.options.Authorizer.Authorize(r, r.row.Access.Action, r.res)
}

// request takes a Request off the pool. Only what recycle leaves behind is set.
func (rt *Router) request(p Peer, frame []byte) *Request {
	r, ok := rt.free.Get().(*Request)
	if !ok {
		// Pooled requests stay with their processor, and so do shards.
		r = &Request{router: rt, shard: rt.made.Add(1)}
	}
	if r.fields == nil {
		r.fields = rt.borrow()
		r.Cmd.Ext = r.fields.pairs
	}
	r.Peer, r.raw = p, frame
	return r
}

// maxScratch is what a pooled Request may keep for its next answer.
const maxScratch = 16 << 10

// recycle gives r back. Debug builds do not, so that a late second answer is found out.
func (rt *Router) recycle(r *Request) {
	if debugBuild {
		return
	}
	r.Peer, r.row, r.handle, r.next, r.raw = nil, nil, nil, nil, nil
	r.began, r.held = time.Time{}, false
	r.flags.Store(0)
	if cap(r.scratch) > maxScratch {
		r.scratch = nil
	}
	clear(r.res)
	rt.free.Put(r)
}

// answeredTwice reports a broken invariant: the exactly-once rule of answers.
func (rt *Router) answeredTwice(r *Request) {
	rt.Stats.Twice.Add(1)
	if debugBuild {
		panic(fmt.Sprintf("BUG: request of code %d, opaque %d answered twice", r.Cmd.Code, r.Cmd.Opaque))
	}
	rt.twice.Log(rt.log, slog.LevelError, "BUG: a request was answered twice", "code", r.Cmd.Code, "opaque", r.Cmd.Opaque)
}

// logFailure reports an error that no handler foresaw, seldom: peers may cause it at will.
func (rt *Router) logFailure(r *Request, err error) {
	line := &rt.failures
	if r.row != nil {
		line = &r.row.failures
	}
	line.Log(rt.log, slog.LevelWarn, "request failed", "code", r.Cmd.Code, "peer", r.Peer.RemoteAddr(), "err", err)
}

// Codes lists the codes that have a route, in no order.
func (rt *Router) Codes() []int32 {
	var codes []int32
	for code, row := range rt.dense {
		if row != nil {
			codes = append(codes, int32(code))
		}
	}
	for code := range rt.sparse {
		codes = append(codes, code)
	}
	return codes
}
