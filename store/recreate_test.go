package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// wholeQueue reads all of queue 0 of topic and checks that its offsets are those of the records, one after the
// other and up to the end.
func wholeQueue(t *testing.T, what string, s *store.Store, topic string) (list []string) {
	t.Helper()
	q := store.Query{Topic: []byte(topic), Offset: s.MinOffset([]byte(topic), 0), Max: 32}
	var r store.Read
	for end := s.MaxOffset(q.Topic, 0); q.Offset < end; {
		if status, err := s.Get(&q, &r); err != nil || status != store.Found {
			t.Fatalf("%s: get %d of %d: %v, %v", what, q.Offset, end, status, err)
		}
		list = append(list, bodies(t, &r)...)
		if len(r.Messages) == 0 || r.Next != q.Offset+int64(len(r.Messages)) {
			t.Fatalf("%s: %d messages at %d, next is %d", what, len(r.Messages), q.Offset, r.Next)
		}
		q.Offset = r.Next
		r.Release()
	}
	return list
}

// Whoever puts with a queue from before its topic's deletion puts into the new one: the offsets of old and new
// are never mixed.
func TestPutAcrossDeletion(t *testing.T) {
	mem := vfs.NewMem()
	s := open(t, mem, small())
	for range 100 {
		putBody(t, s, "T", 0, []byte("old"), "")
	}
	old, err := s.Queue([]byte("T"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteTopic([]byte("T")); err != nil {
		t.Fatal(err)
	}
	putBody(t, s, "T", 0, []byte("0"), "")
	var e record.Encoded
	if err := e.Set(&record.Message{Topic: []byte("T"), Body: []byte("1"), BornHost: bornHost, StoreHost: storeHost}, record.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	if p, err := s.Put(&e, old, false); err != nil || p.QueueOffset != 1 {
		t.Errorf("put with the old queue: offset %d, %v; want 1", p.QueueOffset, err)
	}
	s.Drive()
	putBody(t, s, "T", 0, []byte("2"), "")
	for range 2 {
		if got, want := wholeQueue(t, "queue", s, "T"), []string{"0", "1", "2"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		closeStore(t, s)
		s = open(t, mem, small())
	}
	closeStore(t, s)
}

// Topics are deleted while others put into them: none of the messages is refused by its queue, and what is
// visible in the end are messages without a gap.
func TestPutsAndDeletions(t *testing.T) {
	mem := vfs.NewMem()
	s := open(t, mem, store.Hurried(small()))
	var wg sync.WaitGroup
	for p := range 3 {
		wg.Go(func() {
			for i := range 2000 {
				if _, err := tryPut(t, s, fmt.Sprint(p, " ", i)); err != nil {
					t.Errorf("put: %v", err)
				}
				s.Drive()
			}
		})
	}
	for range 30 {
		if err := s.DeleteTopic([]byte("T")); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	wg.Wait()
	for range 50 {
		if _, err := tryPut(t, s, "last"); err != nil {
			t.Fatal(err)
		}
	}
	s.Drive()
	eventually(t, "all is visible", func() bool { st := s.Stats(); return st.Dispatched == st.LogEnd })
	got := wholeQueue(t, "queue", s, "T")
	if len(got) < 50 || slices.Contains(got[len(got)-50:], "") || got[len(got)-50] != "last" {
		t.Errorf("the last of %d messages are not those that were put last", len(got))
	}
	closeStore(t, s)
	s = open(t, mem, small())
	if again := wholeQueue(t, "reopened", s, "T"); !slices.Equal(again, got) {
		t.Errorf("reopened: %d messages, want the same %d", len(again), len(got))
	}
	closeStore(t, s)
}

// After a crash the log may bring back a queue that was deleted, as it does for Java: then it goes on
// behind what came back, and a topic that had been made again is as it was. Never are offsets wrong.
func TestDeletionAndPowerCuts(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for _, again := range []int{0, 1, 30} {
		mem := vfs.NewMem()
		o := small()
		o.Flush = store.SyncFlush
		s := open(t, mem, o)
		put := func(s *store.Store, body string) {
			done, err := tryPut(t, s, body)
			if err == nil {
				err = <-done
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for i := range 100 {
			put(s, fmt.Sprint("old", i))
		}
		if err := s.DeleteTopic([]byte("T")); err != nil {
			t.Fatal(err)
		}
		var made []string
		for i := range again {
			made = append(made, fmt.Sprint("new", i))
			put(s, made[i])
		}
		for n := range 20 {
			what := fmt.Sprintf("%d messages made again, cut %d", again, n)
			c := open(t, mem.Clone(rng, vfs.Coin()), o)
			back := wholeQueue(t, what, c, "T")
			if again > 0 && !slices.Equal(back, made) {
				t.Errorf("%s: got %q, want %q", what, back, made)
			}
			next := c.MaxOffset([]byte("T"), 0)
			put(c, "last")
			eventually(t, "the last message is visible", func() bool { return c.MaxOffset([]byte("T"), 0) == next+1 })
			if got := wholeQueue(t, what, c, "T"); !slices.Equal(got, append(back, "last")) {
				t.Errorf("%s: got %q, want one more than %q", what, got, back)
			}
			closeStore(t, c)
		}
		closeStore(t, s)
	}
}
