package remoting

import "github.com/gannetmq/gannet/remoting/wire"

// Reply is the answer that a typed handler returns. The zero value is SUCCESS with nothing in it.
type Reply struct {
	Code   int32
	Remark string
	Header wire.Header
	Body   []byte
}

// Typed adapts a handler that wants its header decoded and returns its answer. It allocates a header
// per request: hot handlers decode by themselves. A header that does not decode and an error returned
// are answered by Request.FailErr.
func Typed[H any, P interface {
	*H
	wire.Header
}](handle func(*Request, P) (Reply, error)) func(*Request) {
	return func(r *Request) {
		h := P(new(H))
		if err := wire.DecodeHeader(&r.Cmd, h); err != nil {
			r.FailErr(err)
			return
		}
		answer, err := handle(r, h)
		if err != nil {
			r.FailErr(err)
			return
		}
		r.ReplyCode(answer.Code, answer.Remark, answer.Header, answer.Body)
	}
}

// Plain is Typed for requests without a header.
func Plain(handle func(*Request) (Reply, error)) func(*Request) {
	return func(r *Request) {
		answer, err := handle(r)
		if err != nil {
			r.FailErr(err)
			return
		}
		r.ReplyCode(answer.Code, answer.Remark, answer.Header, answer.Body)
	}
}
