//go:build conformance

package transactions

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
)

// plan is what a producer does with its messages in turn: of six it commits three and rolls back one at once, and one of each
// when it is asked.
func plan(seq int) (commit, told bool) { return seq%6 != 1 && seq%6 != 3, seq%6 != 3 && seq%6 != 4 }

// decision reads from a body what its producer says, and notes that it says so.
func decision(rec *recorder.Recorder) func(body string) bool {
	return func(body string) bool {
		var thread, seq int
		if _, err := fmt.Sscanf(strings.SplitN(body, "|", 2)[0], "%d-%d-", &thread, &seq); err != nil {
			return false
		}
		rec.Tell(thread, seq)
		commit, _ := plan(seq)
		return commit
	}
}

// Producers run transactions while the process is killed at random moments. What they committed is there at the end, what they rolled
// back is not, and what they said nothing of was asked for.
func TestKillAmidTransactions(t *testing.T) {
	rec := recorder.New()
	torment := process.Kills{Times: 6, Least: 100 * time.Millisecond, Most: 800 * time.Millisecond, Workers: 4}
	g := torment.Amid(t, process.Options{Set: map[string]string{
		"transactionTimeOut": "300", "transactionCheckInterval": "500", "transactionOpBatchInterval": "50", "transactionCheckMax": "1000",
		"mappedFileSizeCommitLog": "1048576", "mappedFileSizeConsumeQueue": "10000", "flushConsumerOffsetInterval": "100",
	}}, func(g *process.Gannet) process.Work {
		recorder.MustCreateTopic(t, g.Broker, topic, 1)
		return func(thread int, stop *atomic.Bool) { transact(t, thread, g.Broker, rec, stop) }
	})

	p := newProducer(t, g.Broker, decision(rec))
	defer p.close()
	if err := p.join(); err != nil {
		t.Fatal(err)
	}
	until(t, "no half message is left", func() bool {
		metrics, _, err := g.Get("/metrics")
		return err == nil && strings.Contains(metrics, "\ngannet_transactions_waiting 0\n")
	})
	rec.Judge(t, g.Broker, topic, 1, 0, 100)
	p.mu.Lock()
	t.Logf("%d asked for at last", len(p.asked))
	p.mu.Unlock()
	if err := g.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// transact runs transactions until stop, connecting anew whenever the broker was killed.
func transact(t *testing.T, thread int, addr string, rec *recorder.Recorder, stop *atomic.Bool) {
	var p *producer
	for seq := 0; !stop.Load(); {
		if p == nil {
			p = newProducer(t, addr, decision(rec))
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
				rec.Tell(thread, seq)
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
