//go:build conformance

package hostile

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

const (
	quietTopic  = "Neighbour"
	quietQueues = 4
	quietSize   = 700
	// steps is how many rounds of the neighbour show that it is served.
	steps = 25
	// pace is the rest between two rounds, so that the neighbour leaves the machine to the attack.
	pace = 2 * time.Millisecond
)

// neighbour is a well-behaved client: in each round it asks for a route, sends a message, and pulls
// what it has sent, one request at a time, on connections that it made before the attack.
type neighbour struct {
	broker, names *recorder.Client
	rec           *recorder.Recorder
	addr          string

	rounds atomic.Int64
	quit   chan struct{}
	done   sync.WaitGroup
	ended  chan struct{} // the rounds have ended, because of quit or of err

	// Of the goroutine until ended.
	next      [quietQueues]int64 // where each queue is read on
	read      int
	latencies []time.Duration
	err       error
}

func moveIn(t *testing.T, g *process.Gannet) *neighbour {
	t.Helper()
	n := &neighbour{rec: recorder.New(), addr: g.Broker, quit: make(chan struct{}), ended: make(chan struct{})}
	var err, err2 error
	n.broker, err = recorder.Dial(g.Broker)
	n.names, err2 = recorder.Dial(g.Namesrv)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	if err := n.broker.CreateTopic(quietTopic, quietQueues); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the name server knows "+quietTopic, func() bool { return n.route() == nil })
	// What is read at the end is read by a group that is made here: later there may be no room for it.
	if _, err := n.broker.ReadAll(recorder.Queue{Topic: quietTopic}); err != nil {
		t.Fatal(err)
	}
	n.done.Go(n.run)
	t.Cleanup(n.leave)
	return n
}

func (n *neighbour) run() {
	defer close(n.ended)
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for seq := 0; ; seq++ {
		if n.err = n.round(seq); n.err != nil {
			return
		}
		n.rounds.Add(1)
		select {
		case <-n.quit:
			return
		case <-tick.C:
		}
	}
}

func (n *neighbour) round(seq int) error {
	q := recorder.Queue{Topic: quietTopic, ID: int32(seq % quietQueues)}
	for _, step := range []func() error{
		n.route,
		func() error { return n.send(seq, q) },
		func() error { return n.pull(q) },
	} {
		began := time.Now()
		if err := step(); err != nil {
			return fmt.Errorf("round %d: %w", seq, err)
		}
		n.latencies = append(n.latencies, time.Since(began))
	}
	return nil
}

func (n *neighbour) route() error {
	answer, err := n.names.Call(protocol.GetRouteInfoByTopic, &protocol.RouteRequest{Topic: quietTopic}, nil)
	if err == nil && answer.Code != protocol.Success {
		err = &recorder.Refused{Code: answer.Code, Remark: string(answer.Remark)}
	}
	if err != nil {
		return fmt.Errorf("route: %w", err)
	}
	return nil
}

func (n *neighbour) send(seq int, q recorder.Queue) error {
	n.rec.Invoke(0, seq, q)
	offset, err := n.broker.Send(q, recorder.Body(0, seq, quietSize))
	if err != nil {
		var refused *recorder.Refused
		if errors.As(err, &refused) {
			n.rec.Fail(0, seq)
		} else {
			n.rec.Lose(0, seq)
		}
		return fmt.Errorf("send: %w", err)
	}
	n.rec.Acknowledge(0, seq, q, offset)
	return nil
}

// pull reads what the queue has; what was acknowledged may take a moment to become visible.
func (n *neighbour) pull(q recorder.Queue) error {
	answer, err := n.broker.Call(protocol.PullMessage, &protocol.PullRequest{
		ConsumerGroup: []byte("neighbour"), Topic: []byte(q.Topic), QueueID: q.ID, QueueOffset: n.next[q.ID], MaxMsgNums: 32,
		SysFlag: protocol.PullSubscription | protocol.PullSuspend, SuspendTimeoutMillis: 5000, Subscription: []byte("*"),
	}, nil)
	if err != nil {
		return fmt.Errorf("pull: %w", err)
	}
	switch answer.Code {
	case protocol.Success:
	case protocol.PullRetryImmediately:
		return n.pull(q) // the broker would have had to wait for its disk
	default:
		return fmt.Errorf("pull: %w", &recorder.Refused{Code: answer.Code, Remark: string(answer.Remark)})
	}
	var h protocol.PullResponse
	if err := wire.DecodeHeader(answer, &h); err != nil {
		return fmt.Errorf("pull: %w", err)
	}
	n.read += int(h.NextBeginOffset - n.next[q.ID])
	n.next[q.ID] = h.NextBeginOffset
	return nil
}

// works waits until the neighbour was served so many more times.
func (n *neighbour) works(rounds int64) {
	until := n.rounds.Load() + rounds
	for n.rounds.Load() < until {
		select {
		case <-n.ended:
			return // moveOut tells why
		case <-time.After(pace):
		}
	}
}

func (n *neighbour) leave() {
	select {
	case <-n.quit:
	default:
		close(n.quit)
	}
	n.done.Wait()
	_ = n.broker.Close()
	_ = n.names.Close()
}

// moveOut ends the rounds and checks that the neighbour was never refused and has lost nothing.
func (n *neighbour) moveOut(t *testing.T) (_ recorder.Summary, p99, worst time.Duration) {
	t.Helper()
	n.leave()
	if n.err != nil {
		t.Errorf("the neighbour was disturbed: %v", n.err)
	}
	c, err := recorder.Dial(n.addr)
	if err != nil {
		t.Fatalf("nobody can connect after the attack: %v", err)
	}
	defer c.Close()
	all := make(map[recorder.Queue][]recorder.Stored)
	for id := range int32(quietQueues) {
		q := recorder.Queue{Topic: quietTopic, ID: id}
		if all[q], err = c.ReadAll(q); err != nil {
			t.Fatalf("read %v: %v", q, err)
		}
	}
	sum, problems := n.rec.Verify(all)
	for _, p := range problems {
		t.Error(p)
	}
	if n.read != sum.Acknowledged {
		t.Errorf("the neighbour pulled %d messages, want the %d that were acknowledged", n.read, sum.Acknowledged)
	}
	slices.Sort(n.latencies)
	if len(n.latencies) == 0 {
		t.Fatal("the neighbour did nothing")
	}
	return sum, n.latencies[len(n.latencies)*99/100], n.latencies[len(n.latencies)-1]
}
