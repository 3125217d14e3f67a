package remoting

import (
	"errors"

	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Body is the body of an answer that is made in place, behind the header, in the buffer that goes to
// the socket.
type Body interface {
	// Len is how many bytes AppendTo appends.
	Len() int
	AppendTo(dst []byte) []byte
}

// hotHeader is a header with a hand-written encoder. Others are visited.
type hotHeader interface {
	EncodeTo(*wire.Encoder)
}

// smallBody is copied twice rather than given a segment of its own in the outbox.
const smallBody = 2048

// Reply answers with code 0. h may be nil. Nothing of h and body is kept.
func (r *Request) Reply(h wire.Header, body []byte) { r.ReplyCode(protocol.Success, "", h, body) }

// ReplyCode answers. An empty remark is not written. A oneway request is only marked as answered.
func (r *Request) ReplyCode(code int32, remark string, h wire.Header, body []byte) {
	if !r.claim() {
		return
	}
	var err error
	if !r.Cmd.IsOneway() {
		err = r.write(code, remark, h, body)
	}
	r.sent(code, err)
	r.finish()
}

// ReplyBody answers with a body that writes itself into the outgoing buffer.
func (r *Request) ReplyBody(code int32, remark string, h wire.Header, body Body) {
	if !r.claim() {
		return
	}
	var err error
	if !r.Cmd.IsOneway() {
		err = r.writeBody(code, remark, h, body)
	}
	r.sent(code, err)
	r.finish()
}

// Fail answers with a code and a remark alone.
func (r *Request) Fail(code int32, remark string) { r.ReplyCode(code, remark, nil, nil) }

// Ignore ends a request to which Java gives no answer at all.
func (r *Request) Ignore() {
	if r.claim() {
		r.finish()
	}
}

// FailErr answers with the code of an *Error in err's chain. Any other error is SYSTEM_ERROR with its
// text, and is logged: it was not foreseen.
func (r *Request) FailErr(err error) {
	var e *Error
	switch {
	case errors.As(err, &e):
		r.Fail(e.Code, e.Remark)
	case errors.Is(err, wire.ErrMissingField), errors.Is(err, wire.ErrBadField):
		r.Fail(protocol.SystemError, err.Error())
	default:
		r.router.logFailure(r, err)
		r.Fail(protocol.SystemError, err.Error())
	}
}

// claim takes the right to answer, which exists once.
func (r *Request) claim() bool {
	if r.flags.Or(answered)&answered != 0 {
		r.router.answeredTwice(r)
		return false
	}
	return true
}

// finish ends the answer. r may be recycled here.
func (r *Request) finish() {
	r.uncount()
	if old := r.flags.Or(finished); old&returned != 0 && old&dropped == 0 {
		r.router.recycle(r)
	}
}

// write returns the error of the peer, which was not told then.
func (r *Request) write(code int32, remark string, h wire.Header, body []byte) error {
	head, err := r.encode(r.scratch[:0], code, remark, h, len(body))
	if err == nil && len(body) > smallBody {
		b := netio.NewBuffer(len(head) + len(body))
		b.B = append(append(b.B, head...), body...)
		r.scratch = head
		return r.Peer.WriteBuffer(b)
	}
	if err == nil {
		head = append(head, body...)
	}
	r.scratch = head
	return r.Peer.Write(head)
}

// errLength: a body is not as long as it said, and nothing of the answer was sent.
var errLength = errors.New("BUG: remoting: body of another length than announced")

// writeBody is write for a body that writes itself.
func (r *Request) writeBody(code int32, remark string, h wire.Header, body Body) error {
	n := body.Len()
	head, err := r.encode(r.scratch[:0], code, remark, h, n)
	r.scratch = head
	if err != nil {
		return r.Peer.Write(head)
	}
	b := netio.NewBuffer(len(head) + n)
	b.B = body.AppendTo(append(b.B, head...))
	if got := len(b.B) - len(head); got != n {
		// The length is on its way already: a wrong one would put the peer out of step for good.
		b.Release()
		r.router.log.Error("BUG: body of another length than announced", "code", r.Cmd.Code, "announced", n, "got", got)
		r.Peer.Close("answer of a wrong length")
		return errLength
	}
	return r.Peer.WriteBuffer(b)
}

// encode writes the header of the answer. If it cannot be encoded the bytes are a SYSTEM_ERROR that
// says so, and err is set: no body may follow then.
func (r *Request) encode(dst []byte, code int32, remark string, h wire.Header, bodyLen int) ([]byte, error) {
	frame, err := r.encodeHead(dst, code, remark, h, bodyLen)
	if err != nil {
		r.router.logFailure(r, err)
		frame, _ = r.encodeHead(dst, protocol.SystemError, err.Error(), nil, 0)
	}
	return frame, err
}

func (r *Request) encodeHead(dst []byte, code int32, remark string, h wire.Header, bodyLen int) ([]byte, error) {
	head := r.Cmd.Answer(code)
	head.Language, head.Version, head.Remark = wire.Go, r.router.version, remark
	r.encoder.Begin(dst, head)
	encodeHeader(&r.encoder, h)
	return r.encoder.Finish(bodyLen)
}

func encodeHeader(e *wire.Encoder, h wire.Header) {
	switch hot, ok := h.(hotHeader); {
	case ok:
		hot.EncodeTo(e)
	case h != nil:
		e.Header(h)
	}
}

// sent counts what became of an answer. A peer that is gone needs none.
func (r *Request) sent(code int32, err error) {
	oneway := r.Cmd.IsOneway()
	if code == protocol.Success && err == nil && !oneway && r.began.IsZero() && r.row != nil {
		r.row.outcomes.plain.add(r.shard)
		return
	}
	result := Written
	switch {
	case oneway:
		result = Oneway
	case err != nil:
		result = Unsent
		r.router.Stats.Unsent.Add(1)
	}
	if r.row != nil { // else the code is not ours to count by
		r.row.outcomes.add(code, r.held, result, r.began)
	}
}
