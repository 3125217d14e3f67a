package remoting

import (
	"errors"
	"fmt"
)

// Remarks are Java's, verbatim: operators search for them.
const (
	// RemarkUnset is what Java's answers begin with; some handlers leave it there though they succeed.
	RemarkUnset    = "not set any response code"
	remarkOverload = "[OVERLOAD]system busy, start flow control for a while"
)

// Error is a refusal decided by a handler: a response code and the remark that goes with it.
type Error struct {
	Code   int32
	Remark string
}

func (e *Error) Error() string { return fmt.Sprintf("code %d: %s", e.Code, e.Remark) }

// Errorf makes an Error. The remark begins with Java's text where Java has one.
func Errorf(code int32, format string, args ...any) *Error {
	return &Error{Code: code, Remark: fmt.Sprintf(format, args...)}
}

// Errors of Router.Call, of Push and of Calls.
var (
	// ErrTooManyCalls: more requests of ours wait for answers of one peer than allowed.
	ErrTooManyCalls = errors.New("remoting: too many calls wait for this peer")
	// ErrPeerGone: the connection ended before the answer came.
	ErrPeerGone = errors.New("remoting: connection ended before the answer")
)
