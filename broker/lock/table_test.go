package lock_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/broker/lock"
	"github.com/gannetmq/gannet/remoting/protocol"
)

func queue(id int32) protocol.MessageQueue {
	return protocol.MessageQueue{Topic: "T", BrokerName: "broker-a", QueueID: id}
}

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) read() time.Time         { return c.now }
func (c *clock) advance(d time.Duration) { c.now = c.now.Add(d) }

func newTable(max int) (*lock.Table, *clock) {
	c := &clock{time.UnixMilli(1795230399999)}
	return lock.New(lock.Options{MaxGrants: max, Now: c.read}), c
}

func TestLock(t *testing.T) {
	table, clock := newTable(0)
	both := []protocol.MessageQueue{queue(0), queue(1)}
	// Each step moves the clock, then asks; want lists the granted queue ids.
	steps := []struct {
		after  time.Duration
		group  string
		client string
		ask    []protocol.MessageQueue
		unlock bool
		want   []int32
	}{
		{0, "G", "a", []protocol.MessageQueue{queue(0)}, false, []int32{0}},
		{0, "G", "b", both, false, []int32{1}},
		{0, "H", "b", both, false, []int32{0, 1}}, // other groups have locks of their own
		{0, "G", "b", both, true, nil},            // a's queue 0 is not b's to give back
		{0, "G", "c", both, false, []int32{1}},
		{40 * time.Second, "G", "a", both, false, []int32{0}},
		{20 * time.Second, "G", "b", both, false, nil}, // a renewed, c's lease is not over yet
		{1 * time.Millisecond, "G", "b", both, false, []int32{1}},
		{40 * time.Second, "G", "b", both, false, []int32{0, 1}},
		{0, "G", "a", both, false, nil},
		{0, "G", "b", both, true, nil},
		{0, "G", "a", both, false, []int32{0, 1}},
		{0, "G", "a", nil, false, nil},
	}
	for i, s := range steps {
		clock.advance(s.after)
		if s.unlock {
			table.Unlock(s.group, s.client, s.ask)
			continue
		}
		granted, err := table.Lock(s.group, s.client, s.ask)
		if err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		var got []int32
		for _, q := range granted {
			got = append(got, q.QueueID)
		}
		if !slices.Equal(got, s.want) {
			t.Errorf("step %d: %s of %s gets %v, want %v", i, s.client, s.group, got, s.want)
		}
	}
}

func TestHeldAndSweep(t *testing.T) {
	table, clock := newTable(0)
	held := func(want bool) {
		t.Helper()
		if got := table.Held([]byte("G")); got != want {
			t.Errorf("Held = %t, want %t", got, want)
		}
	}
	held(false)
	for i := range int32(100) {
		if _, err := table.Lock("G", "a", []protocol.MessageQueue{queue(i)}); err != nil {
			t.Fatal(err)
		}
	}
	held(true)
	clock.advance(time.Minute)
	held(true)
	clock.advance(time.Millisecond)
	held(false)
	if n := table.Len(); n != 100 {
		t.Errorf("%d grants before the sweep, want 100", n)
	}
	if _, err := table.Lock("H", "a", []protocol.MessageQueue{queue(0)}); err != nil {
		t.Fatal(err)
	}
	if n := table.Len(); n != 1 {
		t.Errorf("%d grants after the sweep, want 1", n)
	}
}

func TestTableIsBounded(t *testing.T) {
	table, clock := newTable(2)
	three := []protocol.MessageQueue{queue(0), queue(1), queue(2)}
	if got, err := table.Lock("G", "a", three); !errors.Is(err, lock.ErrFull) || got != nil {
		t.Errorf("three of two: %v, %v, want ErrFull", got, err)
	}
	if got, err := table.Lock("G", "a", three[:2]); err != nil || len(got) != 2 {
		t.Errorf("renewal in a full table: %v, %v", got, err)
	}
	clock.advance(2 * time.Minute)
	if got, err := table.Lock("H", "b", three[:2]); err != nil || len(got) != 2 {
		t.Errorf("after the leases: %v, %v", got, err)
	}
}

// However clients ask and give back, no queue has two holders.
func TestNoQueueHasTwoHolders(t *testing.T) {
	table := lock.New(lock.Options{})
	const clients, queues = 8, 4
	var mu sync.Mutex
	holder := make(map[protocol.MessageQueue]string)
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(c), 2))
			client := fmt.Sprint(c)
			for range 2000 {
				q := []protocol.MessageQueue{queue(rng.Int32N(queues))}
				got, err := table.Lock("G", client, q)
				if err != nil {
					t.Error(err)
				}
				if len(got) == 0 {
					continue
				}
				mu.Lock()
				if other, taken := holder[q[0]]; taken {
					t.Errorf("%s got queue %d, which %s holds", client, q[0].QueueID, other)
				}
				holder[q[0]] = client
				delete(holder, q[0])
				mu.Unlock()
				table.Unlock("G", client, q)
			}
		})
	}
	wg.Wait()
	if n := table.Len(); n != 0 {
		t.Errorf("%d grants are left", n)
	}
}
