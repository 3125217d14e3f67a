//go:build conformance

package hostile

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gannetmq/gannet/conformance/recorder"
)

const (
	loadTopic  = "Load"
	loadQueues = 4
)

// load is producers that send until they are stopped or lose their connections.
type load struct {
	rec   *recorder.Recorder
	acked atomic.Int64
	// refusals are answers that said no, by code.
	mu       sync.Mutex
	refusals map[int32]int

	halt atomic.Bool
	done sync.WaitGroup
}

func startLoad(t *testing.T, addr string, producers int) *load {
	t.Helper()
	l := &load{rec: recorder.New(), refusals: make(map[int32]int)}
	recorder.MustCreateTopic(t, addr, loadTopic, loadQueues)
	for p := range producers {
		conn, err := recorder.Dial(addr)
		if err != nil {
			t.Fatal(err)
		}
		l.done.Go(func() { l.produce(p, conn) })
	}
	t.Cleanup(l.stop)
	return l
}

func (l *load) produce(producer int, c *recorder.Client) {
	defer c.Close()
	for seq := 0; !l.halt.Load(); seq++ {
		q := recorder.Queue{Topic: loadTopic, ID: int32(seq % loadQueues)}
		l.rec.Invoke(producer, seq, q)
		offset, err := c.Send(q, recorder.Body(producer, seq, 1000+seq%3000))
		var refused *recorder.Refused
		switch {
		case err == nil:
			l.rec.Acknowledge(producer, seq, q, offset)
			l.acked.Add(1)
		case errors.As(err, &refused):
			l.rec.Fail(producer, seq)
			l.mu.Lock()
			l.refusals[refused.Code]++
			l.mu.Unlock()
		default:
			l.rec.Lose(producer, seq)
			return
		}
	}
}

// until waits for so many more acknowledgements.
func (l *load) until(t *testing.T, n int64) {
	t.Helper()
	n += l.acked.Load()
	eventually(t, "the producers are served", func() bool { return l.acked.Load() >= n })
}

// refused is how many sends were answered with a code.
func (l *load) refused(code int32) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refusals[code]
}

func (l *load) stop() {
	l.halt.Store(true)
	l.done.Wait()
}

// verify compares what was acknowledged with what is stored.
func (l *load) verify(t *testing.T, addr string) recorder.Summary {
	t.Helper()
	sum, problems := l.rec.Verify(recorder.MustReadAll(t, addr, loadTopic, loadQueues))
	for _, p := range problems {
		t.Error(p)
	}
	return sum
}
