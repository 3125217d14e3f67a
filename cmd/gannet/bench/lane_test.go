package bench

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting/wire"
)

// testLane is a lane without a connection.
func testLane(t *testing.T, window int) *lane {
	t.Helper()
	send, err := sendTemplate(&Options{Topic: "T", Size: 64, Batch: 1}, 3)
	if err != nil {
		t.Fatal(err)
	}
	l := newLane(nil, []*template{send}, window, 1, 0)
	l.measured = true
	return l
}

func answerTo(t *testing.T, opaque int32) []byte {
	t.Helper()
	var e wire.Encoder
	e.Begin(nil, wire.Head{Code: 0, Language: wire.Java, Version: version, Flag: 1, Opaque: opaque, Serialization: wire.JSON})
	frame, err := e.Finish(0)
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

// requested reads the opaques of the requests in out.
func requested(t *testing.T, out []byte) (opaques []int32) {
	t.Helper()
	for len(out) > 0 {
		n := 4 + int(binary.BigEndian.Uint32(out))
		var cmd wire.Command
		if err := wire.Decode(out[:n], &cmd); err != nil {
			t.Fatal(err)
		}
		opaques = append(opaques, cmd.Opaque)
		out = out[n:]
	}
	return opaques
}

// A broker with several threads overtakes itself. The request that waits longest must keep its time
// while others come and go.
func TestLatencyOfOvertakenRequest(t *testing.T) {
	l := testLane(t, 2)
	begin := time.Now()
	l.request(begin)
	l.request(begin)
	opaques := requested(t, l.out)
	slow, other := opaques[0], opaques[1]
	for i := range 100 {
		l.out = l.out[:0]
		if err := l.answer(answerTo(t, other), begin.Add(time.Duration(i)*time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		l.request(begin.Add(time.Duration(i) * time.Millisecond))
		other = requested(t, l.out)[0]
		if other == slow {
			t.Fatalf("request %d took the opaque of one that is outstanding", i)
		}
	}
	if err := l.answer(answerTo(t, slow), begin.Add(100*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if got := l.result.latency.Max(); got < 99_000 || got > 101_000 {
		t.Errorf("longest latency %d µs, want about 100000", got)
	}
	if l.result.requests != 101 || l.result.failed != 0 {
		t.Errorf("%d requests, %d failed; want 101, 0", l.result.requests, l.result.failed)
	}
}

func TestAnswerToNothing(t *testing.T) {
	l := testLane(t, 2)
	l.request(time.Now())
	opaque := requested(t, l.out)[0]
	if err := l.answer(answerTo(t, opaque), time.Now()); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]int32{"twice": opaque, "never sent": opaque + 7, "negative": -5} {
		if err := l.answer(answerTo(t, o), time.Now()); err == nil || !strings.Contains(err.Error(), "not outstanding") {
			t.Errorf("%s: got %v, want an error", name, err)
		}
	}
}
