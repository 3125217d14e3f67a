//go:build gannetdebug

package remoting

import (
	"testing"

	"github.com/gannetmq/gannet/remoting/wire"
)

// In debug builds a request is never used again, so that a late second answer is found out.
func TestSecondAnswersPanic(t *testing.T) {
	var held *Request
	rt := newTestRouter(t, Options{}, on(1, Inline, func(r *Request) { r.Detach(); held = r }))
	p := newPeer()
	give(t, rt, p, requestFrame(t, 1, 1, 0, wire.JSON, "", ""))
	held.Reply(nil, nil)
	defer func() {
		if recover() == nil {
			t.Error("the second answer did not panic")
		}
	}()
	held.Reply(nil, nil)
}
