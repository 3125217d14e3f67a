package recorder

import (
	"testing"
	"time"
)

// MustDial connects for a test, at whose end the connection is closed.
func MustDial(t testing.TB, addr string) *Client {
	t.Helper()
	c, err := Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// MustCreateTopic makes a topic with that many queues at the broker.
func MustCreateTopic(t testing.TB, addr, topic string, queues int32) {
	t.Helper()
	c, err := Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.CreateTopic(topic, queues); err != nil {
		t.Fatal(err)
	}
}

// MustReadAll reads what is in the first queues of a topic.
func MustReadAll(t testing.TB, addr, topic string, queues int32) map[Queue][]Stored {
	t.Helper()
	c, err := Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	all := make(map[Queue][]Stored)
	for id := range queues {
		q := Queue{Topic: topic, ID: id}
		if all[q], err = c.ReadAll(q); err != nil {
			t.Fatalf("read %v: %v", q, err)
		}
	}
	return all
}

// Judge verifies what is in the first queues of a topic, again and again for so long as there are problems, and fails the test with
// those that stay, or if fewer messages than least were acknowledged.
func (r *Recorder) Judge(t testing.TB, addr, topic string, queues int32, patience time.Duration, least int) Summary {
	t.Helper()
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	end := time.Now().Add(patience)
	sum, problems := r.Verify(MustReadAll(t, addr, topic, queues))
	for len(problems) > 0 && time.Now().Before(end) {
		<-again.C
		sum, problems = r.Verify(MustReadAll(t, addr, topic, queues))
	}
	t.Logf("%v", sum)
	for _, p := range problems {
		t.Error(p)
	}
	if sum.Acknowledged < least {
		t.Errorf("only %d messages were acknowledged: the test tested nothing", sum.Acknowledged)
	}
	return sum
}
