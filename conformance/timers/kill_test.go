//go:build conformance

package timers

import (
	"strconv"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/store/record"
)

// Sends go on while the broker is killed again and again: what was acknowledged comes, and none of it early. What was delivered since
// the last flush before a kill comes again, as from a Java broker.
func TestKilledUnderLoad(t *testing.T) {
	t.Parallel()
	const topic = "Load"
	rec := recorder.New()
	rec.Window = 2 * time.Second // timerFlushIntervalMs, and what a busy machine adds
	torment := process.Kills{Times: 4, Least: 500 * time.Millisecond, Most: 1500 * time.Millisecond, Workers: 2, Killed: rec.Kill}
	g := torment.Amid(t, process.Options{Set: map[string]string{"mappedFileSizeTimerLog": "5200"}}, func(g *process.Gannet) process.Work {
		recorder.MustCreateTopic(t, g.Broker, topic, 1)
		return recorder.Load{Recorder: rec, Addr: g.Broker, Next: func(seq int) recorder.Outgoing {
			delay := time.Duration(300+seq*37%3000) * time.Millisecond
			due := strconv.FormatInt(time.Now().Add(delay).UnixMilli(), 10)
			return recorder.Outgoing{
				Queue: recorder.Queue{Topic: topic}, Size: 200, Delay: delay,
				Properties: record.AppendProperty(nil, record.PropTimerDeliverMS, due),
			}
		}}.Produce
	})
	rec.Judge(t, g.Broker, topic, 1, 20*time.Second, 100) // until every message has come
}
