//go:build conformance

package retries

import (
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/store/record"
)

const topic = "WaitTopic"

var target = recorder.Queue{Topic: topic, ID: 0}

// waits are those of short.
var waits = []time.Duration{time.Second, 2 * time.Second, time.Second, 2 * time.Second, 3 * time.Second}

// Producers send messages that wait while the process is killed at random moments. Every one that was acknowledged comes, and
// none before its time.
func TestKillWhileMessagesWait(t *testing.T) {
	set := map[string]string{"flushDelayOffsetInterval": "100", "mappedFileSizeCommitLog": "1048576", "mappedFileSizeConsumeQueue": "10000"}
	maps.Copy(set, short)
	rec := recorder.New()
	rec.Window = time.Second // flushDelayOffsetInterval, and what a busy machine adds
	torment := process.Kills{Times: 8, Least: 100 * time.Millisecond, Most: time.Second, Workers: 4, Killed: rec.Kill}
	g := torment.Amid(t, process.Options{Set: set}, func(g *process.Gannet) process.Work {
		recorder.MustCreateTopic(t, g.Broker, topic, 1)
		return recorder.Load{Recorder: rec, Addr: g.Broker, Next: next}.Produce
	})
	<-time.After(waits[len(waits)-1] + time.Second) // then all were due
	rec.Judge(t, g.Broker, topic, 1, 0, 100)
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

// next is a message of each level in turn.
func next(seq int) recorder.Outgoing {
	level := seq % len(waits)
	return recorder.Outgoing{
		Queue: target, Size: 200, Delay: waits[level],
		Properties: record.AppendProperty(nil, record.PropDelayLevel, strconv.Itoa(level+1)),
	}
}
