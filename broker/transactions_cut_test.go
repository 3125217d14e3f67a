//go:build !race

package broker

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/vfs"
)

// A power cut does not wait for who writes: the disk is copied while others write to its memory, which the race detector forbids.

// promised is what a producer was told before a power cut.
type promised struct{ sent, told map[string]bool }

// ledger is what it was told until now.
type ledger struct {
	mu sync.Mutex
	promised
}

func (l *ledger) note(in map[string]bool, body string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	in[body] = true
}

func (l *ledger) copy() promised {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := promised{make(map[string]bool), make(map[string]bool)}
	for body := range l.sent {
		p.sent[body] = true
	}
	for body := range l.told {
		p.told[body] = true
	}
	return p
}

// produce runs transactions until stop: of three one is committed, one rolled back, and one left open.
func (d *decider) produce(l *ledger, thread int, stop <-chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		body := fmt.Sprintf("%s %d %d", [...]string{"yes", "no", "open"}[i%3], thread, i)
		queueOff, phyOff, err := d.send(body, "")
		if err != nil {
			d.t.Error(err)
			return
		}
		l.note(l.sent, body)
		if i%3 == 2 {
			continue
		}
		if err := d.end(body, queueOff, phyOff, false); err != nil {
			d.t.Error(err)
			return
		}
		l.note(l.told, body)
	}
}

// After a power cut at any moment: what was told to be committed is there, what was told to be rolled back never is, and for what
// nothing was told of the producer is asked. A message comes twice only if it was asked for again.
func TestTransactionsAfterPowerCuts(t *testing.T) {
	for _, flush := range []string{"SYNC_FLUSH", "ASYNC_FLUSH"} {
		t.Run(flush, func(t *testing.T) { cutAmidTransactions(t, "flushDiskType="+flush, "flushIntervalCommitLog=50") })
	}
}

func cutAmidTransactions(t *testing.T, pairs ...string) {
	const cuts = 8
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 1))
	mem := vfs.NewMem()
	b := transacting(t, mem, pairs...)
	d := b.decider(t)
	l := &ledger{promised: promised{make(map[string]bool), make(map[string]bool)}}
	stop := make(chan struct{})
	var threads sync.WaitGroup
	for thread := range 3 {
		threads.Go(func() { d.produce(l, thread, stop) })
	}
	var disks []*vfs.Mem
	var promises []promised
	for target := 0; len(disks) < cuts; {
		p := l.copy()
		if len(p.told) < target {
			continue
		}
		target = len(p.told) + 5 + rng.IntN(30)
		disks, promises = append(disks, mem.Clone(rng, vfs.Coin())), append(promises, p)
	}
	close(stop)
	threads.Wait()
	d.close()
	if err := b.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	for i, disk := range disks {
		if b.cfg.FlushDiskType == "ASYNC_FLUSH" {
			promises[i] = promised{} // nothing; but what the offsets of the group stepped over must not be gone, nor come back
		}
		if !afterCut(t, disk, promises[i], d.asked) {
			t.Fatalf("seed %d, cut %d of %d", seed, i, cuts)
		}
	}
}

// afterCut starts a broker on a disk and judges it. asked counts the questions about each message in the whole life of the broker
// that was cut off, by which some of its messages may be there twice.
func afterCut(t *testing.T, disk vfs.FS, p promised, asked map[string]int) bool {
	t.Helper()
	b := transacting(t, disk)
	defer func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	for body, n := range seen(t, b) {
		if strings.HasPrefix(body, "no") {
			t.Errorf("%s was rolled back and is there %d times after the cut", body, n)
		}
	}
	for body := range p.told {
		if strings.HasPrefix(body, "yes") && seen(t, b)[body] == 0 {
			t.Errorf("%s was committed and is lost", body)
		}
	}
	d := b.decider(t)
	defer d.close()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); ; <-tick.C {
		if missing := missing(p.sent, seen(t, b)); missing == "" && b.txn.Waiting() == 0 {
			break
		} else if time.Now().After(end) {
			t.Errorf("%q is missing, %d halves wait, %d asked", missing, b.txn.Waiting(), b.txn.Metrics.Asked.Load())
			return false
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for body, n := range seen(t, b) {
		if strings.HasPrefix(body, "no") {
			t.Errorf("%s was rolled back and is there", body)
		}
		if times := asked[body] + d.asked[body]; n > 1+times {
			t.Errorf("%s is there %d times, asked for %d times", body, n, times)
		}
	}
	return !t.Failed()
}

// missing is a message that was sent, not rolled back, and is not there; "" if there is none.
func missing(sent map[string]bool, there map[string]int) string {
	for body := range sent {
		if !strings.HasPrefix(body, "no") && there[body] == 0 {
			return body
		}
	}
	return ""
}
