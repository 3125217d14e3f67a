//go:build conformance

package transactions

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
)

const (
	threads = 4
	kills   = 6
)

// plan is what a producer does with its messages in turn: of six it commits three and rolls back one at once, and one of each
// when it is asked.
func plan(seq int) (commit, told bool) { return seq%6 != 1 && seq%6 != 3, seq%6 != 3 && seq%6 != 4 }

// decision reads from a body what its producer would say.
func decision(body string) bool {
	var thread, seq int
	if _, err := fmt.Sscanf(strings.SplitN(body, "|", 2)[0], "%d-%d-", &thread, &seq); err != nil {
		return false
	}
	commit, _ := plan(seq)
	return commit
}

// Producers run transactions while the process is killed at random moments. What they committed is there at the end, what they rolled
// back is not, and what they said nothing of was asked for.
func TestKillAmidTransactions(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	g, err := process.Start(context.Background(), process.Options{Dir: t.TempDir(), Set: map[string]string{
		"transactionTimeOut": "300", "transactionCheckInterval": "500", "transactionOpBatchInterval": "50", "transactionCheckMax": "1000",
		"mappedFileSizeCommitLog": "1048576", "mappedFileSizeConsumeQueue": "10000", "flushConsumerOffsetInterval": "100",
	}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := recorder.Dial(g.Broker)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CreateTopic(topic, 1); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	rec, broker := recorder.New(), g.Broker
	var stop atomic.Bool
	var producing sync.WaitGroup
	for thread := range threads {
		producing.Go(func() { transact(t, thread, broker, rec, &stop) })
	}
	for range kills {
		// The moment of a kill is the one thing here that must not be a condition.
		<-time.After(time.Duration(100+rng.IntN(700)) * time.Millisecond)
		g.Kill()
		if g, err = g.Restart(context.Background()); err != nil {
			stop.Store(true)
			producing.Wait()
			t.Fatalf("restart after kill -9: %v", err)
		}
	}
	g.End(t)
	stop.Store(true)
	producing.Wait()

	p := newProducer(t, g.Broker, decision)
	defer p.close()
	if err := p.join(); err != nil {
		t.Fatal(err)
	}
	var sum recorder.Summary
	var problems []string
	judge := func() bool {
		sum, problems = rec.Verify(map[recorder.Queue][]recorder.Stored{target: readAll(t, g.Broker)})
		return len(problems) == 0
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); !judge() && time.Now().Before(end); {
		<-tick.C // more may be asked for
	}
	t.Logf("%v, %d asked for at last", sum, len(p.asked))
	for _, problem := range problems {
		t.Error(problem)
	}
	if sum.Acknowledged < 100 {
		t.Errorf("only %d messages were acknowledged: the test tested nothing", sum.Acknowledged)
	}
	if err := g.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// transact runs transactions until stop, connecting anew whenever the broker was killed.
func transact(t *testing.T, thread int, addr string, rec *recorder.Recorder, stop *atomic.Bool) {
	var p *producer
	for seq := 0; !stop.Load(); {
		if p == nil {
			p = newProducer(t, addr, decision)
			if p.join() != nil {
				p.close()
				p = nil
				<-time.After(5 * time.Millisecond)
				continue
			}
		}
		commit, told := plan(seq)
		rec.Invoke(thread, seq, target)
		rec.Decide(thread, seq, commit)
		h, err := p.send(recorder.Body(thread, seq, 200))
		if err == nil {
			rec.Acknowledge(thread, seq, target, h.queueOff)
			if told {
				err = p.end(h, commit, false)
			}
		} else {
			rec.Lose(thread, seq)
		}
		if err != nil {
			p.close()
			p = nil
		}
		seq++
	}
	if p != nil {
		p.close()
	}
}
