//go:build conformance

package goclient

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
)

// shortLevels are levels that a test can wait for. The first failure waits for level 3.
var shortLevels = map[string]string{"messageDelayLevel": "1s 2s 1s 2s 3s"}

// tick is what a time in milliseconds, which times of delivery are, leaves out.
const tick = time.Millisecond

// failing starts a consumer that succeeds with the delivery of that number, 0 for never, and tells into of it.
func failing(t *testing.T, namesrv, group, topic string, succeeds int, into *inbox, seen *sightings, options ...consumer.Option) {
	t.Helper()
	listen(t, namesrv, group, topic, func(m *primitive.MessageExt) consumer.ConsumeResult {
		if seen.add(m) != succeeds {
			return consumer.ConsumeRetryLater
		}
		into.add(m, false)
		return consumer.ConsumeSuccess
	}, options...)
}

// awaitMessages returns when queue 0 of the topic has so many messages.
func awaitMessages(t *testing.T, broker, topic string, want int) {
	t.Helper()
	c, err := recorder.Dial(broker)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	deadline := time.After(30 * time.Second)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		all, err := c.ReadAll(recorder.Queue{Topic: topic})
		if err == nil && len(all) >= want {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("%s has %d messages after 30 s, want %d: %v", topic, len(all), want, err)
		}
	}
}

// sightings are the deliveries of each body.
type sightings struct {
	mu sync.Mutex
	of map[string][]sighting
}

type sighting struct {
	times int32 // as the message says
	topic string
	at    time.Time
}

func (s *sightings) add(m *primitive.MessageExt) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of[string(m.Body)] = append(s.of[string(m.Body)], sighting{m.ReconsumeTimes, m.Topic, time.Now()})
	return len(s.of[string(m.Body)])
}

// A message that fails comes again, later each time; one that fails too often is a dead letter.
func TestRetriesAndDeadLetters(t *testing.T) {
	g := process.Run(t, process.Options{Set: shortLevels})
	p := newProducer(t, g.Namesrv, "P")
	want := make(map[string]bool)
	for i := range 20 {
		body := fmt.Sprintf("message %02d", i)
		want[body] = true
		send(t, p, primitive.NewMessage("GoFailing", []byte(body)))
	}
	seen, into := &sightings{of: make(map[string][]sighting)}, newInbox()
	failing(t, g.Namesrv, "Third", "GoFailing", 3, into, seen)
	lost, never := &sightings{of: make(map[string][]sighting)}, newInbox()
	failing(t, g.Namesrv, "Never", "GoFailing", 0, never, lost, consumer.WithMaxReconsumeTimes(1))
	into.wait(t, len(want))
	into.check(t, want)
	seen.mu.Lock()
	defer seen.mu.Unlock()
	for body, list := range seen.of {
		if len(list) != 3 || list[1].at.Sub(list[0].at) < time.Second-tick || list[2].at.Sub(list[1].at) < 2*time.Second-tick {
			t.Errorf("%s was delivered at %v, want three times, after 1 s and 2 s", body, list)
		}
		for i, s := range list {
			if s.times != int32(i) || s.topic != "GoFailing" {
				t.Errorf("delivery %d of %s says %+v", i, body, s)
			}
		}
	}
	// The topic of dead letters appears with the first of them, and consumers learn of it by their route.
	graves := newInbox()
	awaitMessages(t, g.Broker, "%DLQ%Never", len(want))
	c := subscribe(t, g.Namesrv, "Undertaker", "%DLQ%Never", consumer.MessageSelector{}, graves, false)
	graves.wait(t, len(want))
	graves.check(t, want)
	if err := c.Shutdown(); err != nil {
		t.Errorf("consumer shutdown: %v", err)
	}
}

// Messages of a level come when it is over.
func TestDelayLevels(t *testing.T) {
	g := process.Run(t, process.Options{Set: shortLevels})
	p := newProducer(t, g.Namesrv, "P")
	waits := []time.Duration{time.Second, 2 * time.Second, time.Second, 2 * time.Second, 3 * time.Second}
	want := make(map[string]bool)
	sent := make(map[string]time.Time)
	into, seen := newInbox(), &sightings{of: make(map[string][]sighting)}
	for i := range 50 {
		body := fmt.Sprintf("%d message %02d", i%5, i)
		m := primitive.NewMessage("GoWaiting", []byte(body)).WithDelayTimeLevel(i%5 + 1)
		want[body], sent[body] = true, time.Now()
		send(t, p, m)
	}
	failing(t, g.Namesrv, "C", "GoWaiting", 1, into, seen)
	into.wait(t, len(want))
	into.check(t, want)
	seen.mu.Lock()
	defer seen.mu.Unlock()
	for body, list := range seen.of {
		if waited := list[0].at.Sub(sent[body]); waited < waits[strings.Index("01234", body[:1])]-tick || len(list) != 1 {
			t.Errorf("%s came after %v", body, waited)
		}
	}
}
