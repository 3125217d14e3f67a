//go:build conformance

package goclient

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
)

// The client has no methods for timers; properties do, as with a Java client that is older than they are.
func TestTimers(t *testing.T) {
	g := process.Run(t, process.Options{})
	p := newProducer(t, g.Namesrv, "PTimers")
	want := make(map[string]bool)
	due := make(map[string]int64)
	began := time.Now()
	for i := range 12 {
		after := time.Duration(1000+i*250) * time.Millisecond
		due[fmt.Sprint("timed-", i)] = time.Now().Add(after).UnixMilli()
		m := primitive.NewMessage("GoTimers", []byte(fmt.Sprint("timed-", i)))
		want[string(m.Body)] = true
		switch i % 3 {
		case 0:
			m.WithProperty("TIMER_DELAY_MS", strconv.FormatInt(after.Milliseconds(), 10))
		case 1:
			m.WithProperty("TIMER_DELIVER_MS", strconv.FormatInt(due[string(m.Body)], 10))
		default:
			due[string(m.Body)] = time.Now().Add(3 * time.Second).UnixMilli()
			m.WithProperty("TIMER_DELAY_SEC", "3")
		}
		send(t, p, m)
	}
	in := newInbox()
	c := subscribe(t, g.Namesrv, "GTimers", "GoTimers", consumer.MessageSelector{}, in, false)
	defer c.Shutdown()
	in.wait(t, len(want))
	if took := time.Since(began); took < 3500*time.Millisecond { // what the last one asked for
		t.Errorf("all came within %v", took)
	}
	in.check(t, want)

	control, err := recorder.Dial(g.Broker)
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	for id := range int32(4) {
		stored, err := control.ReadAll(recorder.Queue{Topic: "GoTimers", ID: id})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stored {
			if s.Time < due[string(s.Body)] {
				t.Errorf("%s came %d ms early", s.Body, due[string(s.Body)]-s.Time)
			}
		}
	}
}
