//go:build conformance

package timers

import (
	"context"
	"fmt"
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
	g := process.Run(t, process.Options{Set: map[string]string{"mappedFileSizeTimerLog": "5200"}})
	due := make(map[string]int64) // of what was acknowledged
	topic := recorder.Queue{Topic: "Load"}
	const kills = 2
	for life := range kills + 1 {
		c, err := recorder.Dial(g.Broker)
		if err != nil {
			t.Fatal(err)
		}
		if life == 0 {
			if err := c.CreateTopic(topic.Topic, 1); err != nil {
				t.Fatal(err)
			}
		}
		for n, end := 0, time.Now().Add(1500*time.Millisecond); time.Now().Before(end); n++ {
			delay := time.Duration(300+n*37%3000) * time.Millisecond
			at := time.Now().Add(delay).UnixMilli()
			body := fmt.Sprintf("%d-%d", life, n)
			props := record.AppendProperty(nil, record.PropTimerDeliverMS, strconv.FormatInt(at, 10))
			if _, err := c.SendWith(topic, props, []byte(body)); err != nil {
				t.Fatal(err)
			}
			due[body] = at
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if life == kills {
			break
		}
		g.Kill()
		again, err := g.Restart(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer again.End(t)
		g = again
	}
	came := await(t, g, topic, due)
	repeated := 0
	for body, times := range came {
		repeated += len(times) - 1
		for _, at := range times {
			if at < due[body] {
				t.Errorf("%s came %d ms early", body, due[body]-at)
			}
		}
	}
	t.Logf("%d messages, %d came again after %d kills", len(due), repeated, kills)
}

// await waits until every message has come and returns when each did.
func await(t *testing.T, g *process.Gannet, topic recorder.Queue, due map[string]int64) map[string][]int64 {
	t.Helper()
	c, err := recorder.Dial(g.Broker)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		stored, err := c.ReadAll(topic)
		if err != nil {
			t.Fatal(err)
		}
		came := make(map[string][]int64)
		for _, s := range stored {
			came[string(s.Body)] = append(came[string(s.Body)], s.Time)
		}
		if len(came) == len(due) {
			return came
		}
		if time.Now().After(end) {
			t.Fatalf("%d of %d messages came", len(came), len(due))
		}
	}
}
