package remoting

import (
	"cmp"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Requests are told by their code, their answer, whether they were held, and what became of the answer; those that
// waited with how long.
func TestOutcomes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var held []*Request
		later := func(r *Request) { r.Detach(); held = append(held, r) }
		poll := func(r *Request) { r.Park(); held = append(held, r) }
		rt := newTestRouter(t, Options{},
			on(1, Inline, func(r *Request) { r.Reply(nil, nil) }), on(2, Inline, later), on(3, Inline, poll),
			on(4, Inline, func(r *Request) { r.Fail(17, "no") }), on(5, Inline, func(r *Request) { r.Ignore() }))
		p := newPeer()
		for _, code := range []int32{1, 1, 2, 2, 3, 4, 5, 99} {
			give(t, rt, p, requestFrame(t, code, code, 0, wire.JSON, "", ""))
		}
		give(t, rt, p, requestFrame(t, 1, 1, wire.FlagOneway, wire.JSON, "", ""))
		<-time.After(2 * time.Millisecond)
		held[0].Reply(nil, nil)
		<-time.After(7 * time.Second)
		held[1].Reply(nil, nil)
		held[2].Fail(19, "none")
		give(t, rt, gonePeer{}, requestFrame(t, 1, 1, 0, wire.JSON, "", ""))

		counts := func(at, n int) (c [len(LatencyBounds) + 1]int64) { c[at] = int64(n); return c }
		mixed := counts(1, 1)
		mixed[10] = 1
		want := []Outcome{
			{Code: 1, Counts: counts(0, 2)},
			{Code: 1, Result: Oneway, Counts: counts(0, 1)},
			{Code: 1, Result: Unsent, Counts: counts(0, 1)},
			{Code: 2, Counts: mixed, Millis: 2 + 7002},
			{Code: 3, Answer: 19, Held: true, Counts: counts(10, 1), Millis: 7002},
			{Code: 4, Answer: 17, Counts: counts(0, 1)},
		}
		got := slices.SortedFunc(rt.Outcomes(), func(a, b Outcome) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Result, b.Result)) })
		if !slices.Equal(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}

// gonePeer takes no answer.
type gonePeer struct{ nobody }

func (gonePeer) Write([]byte) error { return netio.ErrClosed }

// Answers with codes that have no name are counted together, and leave room for others.
func TestNamelessOutcomes(t *testing.T) {
	code := int32(5000)
	rt := newTestRouter(t, Options{}, on(1, Inline, func(r *Request) { r.Fail(code, "no") }))
	for range 2 * maxOutcomes {
		give(t, rt, newPeer(), requestFrame(t, 1, 1, 0, wire.JSON, "", ""))
		code++
	}
	code = 17
	give(t, rt, newPeer(), requestFrame(t, 1, 1, 0, wire.JSON, "", ""))
	got := make(map[int32]int64)
	for o := range rt.Outcomes() {
		got[o.Answer] += o.Counts[0]
	}
	if want := map[int32]int64{nameless: 2 * maxOutcomes, 17: 1}; !maps.Equal(got, want) {
		t.Errorf("answers %v, want %v", got, want)
	}
}
