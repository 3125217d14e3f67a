//go:build conformance

package retries

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/store/record"
)

const (
	producers = 4
	kills     = 8
	topic     = "WaitTopic"
)

var target = recorder.Queue{Topic: topic, ID: 0}

// waits are those of short.
var waits = []time.Duration{time.Second, 2 * time.Second, time.Second, 2 * time.Second, 3 * time.Second}

// Producers send messages that wait while the process is killed at random moments. Every one that was acknowledged comes, and
// none before its time.
func TestKillWhileMessagesWait(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	set := map[string]string{"flushDelayOffsetInterval": "100", "mappedFileSizeCommitLog": "1048576", "mappedFileSizeConsumeQueue": "10000"}
	for k, v := range short {
		set[k] = v
	}
	g, err := process.Start(context.Background(), process.Options{Dir: t.TempDir(), Set: set})
	if err != nil {
		t.Fatal(err)
	}
	createTopic(t, g.Broker)
	rec, broker := recorder.New(), g.Broker
	var stop atomic.Bool
	var producing sync.WaitGroup
	for p := range producers {
		producing.Go(func() { produce(p, broker, rec, &stop) })
	}
	for range kills {
		// The moment of a kill is the one thing here that must not be a condition.
		<-time.After(time.Duration(100+rng.IntN(900)) * time.Millisecond)
		g.Kill()
		next, err := g.Restart(context.Background())
		if err != nil {
			stop.Store(true)
			producing.Wait()
			t.Fatalf("restart after kill -9: %v", err)
		}
		g = next
	}
	stop.Store(true)
	producing.Wait()
	<-time.After(waits[len(waits)-1] + time.Second) // then all were due
	sum, problems := rec.Verify(map[recorder.Queue][]recorder.Stored{target: readAll(t, g.Broker)})
	t.Logf("%v", sum)
	for _, p := range problems {
		t.Error(p)
	}
	if sum.Acknowledged < 100 {
		t.Errorf("only %d messages were acknowledged: the test tested nothing", sum.Acknowledged)
	}
	metrics, _, err := g.Get("/metrics")
	for level := range waits {
		if want := `gannet_delays_pending{level="` + strconv.Itoa(level+1) + `"} 0`; err != nil || !strings.Contains(metrics, want) {
			t.Errorf("metrics (%v) without %s", err, want)
		}
	}
	if err := g.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func createTopic(t *testing.T, addr string) {
	t.Helper()
	c, err := recorder.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.CreateTopic(topic, 1); err != nil {
		t.Fatal(err)
	}
}

func readAll(t *testing.T, addr string) []recorder.Stored {
	t.Helper()
	c, err := recorder.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	all, err := c.ReadAll(target)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// produce sends until stop, connecting anew whenever the broker was killed.
func produce(p int, addr string, rec *recorder.Recorder, stop *atomic.Bool) {
	var c *recorder.Client
	for seq := 0; !stop.Load(); {
		if c == nil {
			var err error
			if c, err = recorder.Dial(addr); err != nil {
				<-time.After(5 * time.Millisecond)
				continue
			}
		}
		level := seq % len(waits)
		rec.Invoke(p, seq, target)
		rec.Delay(p, seq, time.Now().Add(waits[level]).UnixMilli())
		offset, err := c.SendWith(target, record.AppendProperty(nil, record.PropDelayLevel, strconv.Itoa(level+1)), recorder.Body(p, seq, 200))
		if err == nil {
			rec.Acknowledge(p, seq, target, offset)
		} else {
			rec.Lose(p, seq)
			_ = c.Close()
			c = nil
		}
		seq++
	}
}
