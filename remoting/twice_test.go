//go:build !gannetdebug

package remoting

import (
	"testing"

	"github.com/gannetmq/gannet/remoting/wire"
)

func TestSecondAnswersAreDropped(t *testing.T) {
	var held *Request
	rt := newTestRouter(t, Options{},
		on(1, Inline, func(r *Request) { r.Reply(nil, nil); r.Fail(1, "again"); r.ReplyBody(0, "", nil, bytesBody("x")) }),
		on(2, Inline, func(r *Request) { r.Detach(); r.Reply(nil, nil); r.Reply(nil, nil); held = r }),
	)
	for code := range int32(2) {
		p := newPeer()
		give(t, rt, p, requestFrame(t, code+1, 1, 0, wire.JSON, "", ""))
		if a := p.answer(t); a.Code != 0 {
			t.Errorf("answer %d, want the first", a.Code)
		}
		p.silent(t)
	}
	if got := rt.Stats.Twice.Load(); got != 3 {
		t.Errorf("%d second answers counted, want 3", got)
	}
	if held == nil {
		t.Error("not handled")
	}
}
