package bench

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func only(n int) func(int) bool { return func(i int) bool { return i == n } }

// A request that is never answered is a failure of the run and its slowest, whichever way requests are made.
func TestRequestWithoutAnswer(t *testing.T) {
	for name, rate := range map[string]int{"closed loop": 0, "open loop": 1000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := (&peer{silent: only(1)}).serve(t).options()
			o.Rate, o.patience = rate, 0
			r, err := Send(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if r.Failed == 0 || r.FirstError != "no answer" {
				t.Errorf("%d failed (%s), want one (no answer)", r.Failed, r.FirstError)
			}
			if r.Max < clientTimeOut.Microseconds() {
				t.Errorf("the slowest took %d µs, want at least a client's time-out", r.Max)
			}
			if r.Messages == 0 {
				t.Error("no message was accepted")
			}
		})
	}
}

// All that is accepted is counted although the end comes at any moment, and the last transactions are committed.
func TestEverythingOutstandingIsAwaited(t *testing.T) {
	p := new(peer).serve(t)
	o := p.options()
	o.Transaction = true
	r, err := Send(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Failed != 0 || r.FirstError != "" {
		t.Errorf("%d failed: %s", r.Failed, r.FirstError)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if sent, stored := len(p.sends), len(p.queues["0"]); sent == 0 || stored != sent {
		t.Errorf("%d of %d messages were committed", stored, sent)
	}
}

// What is answered after the end in time is no failure, what a client would have given up is one.
func TestLeftOver(t *testing.T) {
	l := testLane(t, 2)
	l.draining = true
	begin := time.Now()
	f := func(took time.Duration, requests, failed int64) {
		t.Helper()
		l.out = l.out[:0]
		l.request(begin)
		if err := l.answer(answerTo(t, requested(t, l.out)[0]), begin.Add(took)); err != nil {
			t.Fatal(err)
		}
		if r := &l.result; r.requests != requests || r.failed != failed || r.max() != took.Microseconds() {
			t.Errorf("after %v: %d requests, %d failed, the slowest %d µs; want %d, %d", took, r.requests, r.failed, r.max(), requests, failed)
		}
	}
	f(time.Second, 0, 0)
	f(clientTimeOut, 1, 1)
	l.request(begin)
	l.giveUp(begin.Add(time.Minute))
	if r := &l.result; r.requests != 2 || r.failed != 2 || r.max() != time.Minute.Microseconds() {
		t.Errorf("without an answer: %d requests, %d failed, the slowest %d µs", r.requests, r.failed, r.max())
	}
}

// What takes longer than the histogram holds is in it as its longest.
func TestLatencyBeyondTheHistogram(t *testing.T) {
	sum := newTally()
	sum.answered(2*time.Minute, true)
	if got := sum.max(); got < 59_000_000 {
		t.Errorf("the slowest of all took %d µs", got)
	}
}

func TestAwait(t *testing.T) {
	n := int64(0)
	up := func() (int64, error) { n++; return n, nil }
	if got, err := await(t.Context(), 3, time.Hour, up); got != 3 || err != nil {
		t.Errorf("counting to 3: %d, %v", got, err)
	}
	stuck := func() (int64, error) { return 7, nil }
	if got, err := await(t.Context(), 8, 0, stuck); got != 7 || err != nil {
		t.Errorf("nothing more comes: %d, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := await(ctx, 8, time.Hour, stuck); got != 7 || err != nil {
		t.Errorf("interrupted: %d, %v", got, err)
	}
	broken := errors.New("broken")
	if _, err := await(t.Context(), 8, time.Hour, func() (int64, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of the count", err)
	}
}

// What was accepted and does not come, or comes twice, is a failure of the run; the text has both numbers.
func TestAcceptedAndNotThere(t *testing.T) {
	for name, p := range map[string]*peer{"lost": {lost: only(2)}, "twice": {double: only(2)}} {
		for _, transaction := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				o := (&peer{lost: p.lost, double: p.double}).serve(t).options()
				o.Transaction, o.Delivery = transaction, 2*time.Second
				r, err := Send(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				if r.Failed == 0 || !strings.Contains(r.FirstError, "messages were accepted, ") {
					t.Errorf("%d failed (%s), want one", r.Failed, r.FirstError)
				}
			})
		}
	}
}

// Not one message may be missing at the consumers, and one that comes twice does not stand for another.
func TestNotReceived(t *testing.T) {
	f := func(name string, p *peer, stall time.Duration, want string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := p.serve(t).options()
			o.Rate, o.Delivery = 1000, stall
			r, err := EndToEnd(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if r.Received == 0 || (r.Failed > 0) != (want != "") || !strings.Contains(r.FirstError, want) {
				t.Errorf("%d received, %d failed (%s); want %q", r.Received, r.Failed, r.FirstError, want)
			}
		})
	}
	const lost = " messages were accepted, "
	f("nothing", new(peer), 30*time.Second, "")
	f("one", &peer{lost: only(1)}, 2*time.Second, lost)
	f("one, and another twice", &peer{lost: only(1), repeats: only(1)}, 2*time.Second, lost)
}
