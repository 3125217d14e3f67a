package recorder

import "testing"

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
	if err := MustDial(t, addr).CreateTopic(topic, queues); err != nil {
		t.Fatal(err)
	}
}

// MustReadAll reads what is in the first queues of a topic.
func MustReadAll(t testing.TB, addr, topic string, queues int32) map[Queue][]Stored {
	t.Helper()
	c := MustDial(t, addr)
	all := make(map[Queue][]Stored)
	for id := range queues {
		q := Queue{Topic: topic, ID: id}
		stored, err := c.ReadAll(q)
		if err != nil {
			t.Fatalf("read %v: %v", q, err)
		}
		all[q] = stored
	}
	return all
}
