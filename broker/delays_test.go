package broker

import (
	"testing"

	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/store/dispatch"
	"github.com/gannetmq/gannet/store/record"
)

// A level goes before a timer, and nothing else is touched.
func TestDelaysHook(t *testing.T) {
	hook := delays{(&Config{DelayLevel: "1s 2s"}).delayLevels()}
	for props, want := range map[string]struct {
		left  send.Asks
		topic string
	}{
		"DELAY\x012\x02":                        {0, record.TopicSchedule},
		"DELAY\x012\x02TIMER_DELAY_MS\x015\x02": {0, record.TopicSchedule},
		"TIMER_DELAY_MS\x015\x02":               {send.AsksTime, "T"},
		"TRAN_MSG\x01true\x02DELAY\x011\x02":    {send.AsksTransaction, record.TopicSchedule},
		"DELAY\x010\x02":                        {0, "T"},
	} {
		m := record.Message{Topic: []byte("T"), Properties: []byte(props)}
		left, err := hook.BeforePut(&m, send.AsksOf(m.Properties))
		if err != nil || left != want.left || string(m.Topic) != want.topic {
			t.Errorf("%q: to %s, %q left, %v, want %s and %q", props, m.Topic, left, err, want.topic, want.left)
		}
	}
}

// heard counts what it is told.
type heard int

func (h *heard) Arrived(queues []dispatch.Arrival) { *h += heard(len(queues)) }

func TestArrivals(t *testing.T) {
	var a arrivals
	var first, second heard
	a.Arrived(make([]dispatch.Arrival, 1))
	a.join(&first)
	a.Arrived(make([]dispatch.Arrival, 2))
	a.join(&second)
	a.Arrived(make([]dispatch.Arrival, 4))
	if first != 6 || second != 4 {
		t.Errorf("told of %d and %d queues, want 6 and 4", first, second)
	}
}
