package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// slow is a filter that takes long, and lets nothing pass.
type slow struct{ asked int }

func (*slow) Match(int64) bool { return true }

func (*slow) MatchBits(int64, []byte) bool { return true }

func (*slow) Cost(*record.View) time.Duration { return time.Millisecond }

func (f *slow) MatchRecord(*record.View) bool {
	f.asked++
	for began := time.Now(); time.Since(began) < time.Millisecond; {
	}
	return false
}

// costly takes very long, and says so.
type costly struct{ asked int }

const cost = 30 * time.Millisecond

func (*costly) Match(int64) bool { return true }

func (*costly) Cost(*record.View) time.Duration { return cost }

func (f *costly) MatchRecord(*record.View) bool {
	f.asked++
	for began := time.Now(); time.Since(began) < cost; {
	}
	return false
}

// A filter that says that it takes long ends a Get after the message that it took too long for, in queues of either kind; a Get that
// must not wait leaves it to one that may.
func TestCostlyFilter(t *testing.T) {
	s := open(t, vfs.NewMem(), kinds())
	defer closeStore(t, s)
	for range 10 {
		putBody(t, s, "T", 0, []byte("body"), "")
		putInner(t, s, 2)
	}
	var r store.Read
	defer r.Release()
	for _, c := range []struct {
		topic string
		next  int64
	}{{"T", 1}, {"B", 2}} {
		f := &costly{}
		q := store.Query{Topic: []byte(c.topic), Max: 32, Filter: f}
		if status, err := s.Get(&q, &r); err != nil || status != store.NoMatchedMessage || r.Next != c.next || f.asked != 1 {
			t.Errorf("%s: status %v, next %d, %v after %d questions, want to go on at %d after one", c.topic, status, r.Next, err, f.asked, c.next)
		}
		q.NoWait = true
		if _, err := s.Get(&q, &r); !errors.Is(err, store.ErrWouldBlock) || f.asked != 2 {
			t.Errorf("%s, no wait: got %v after %d questions, want %v after one more", c.topic, err, f.asked, store.ErrWouldBlock)
		}
	}
}

// A filter that takes long ends a Get early, which can be gone on with; and in the end everything was asked about.
func TestFilterTakesItsShare(t *testing.T) {
	s := open(t, vfs.NewMem(), small())
	defer closeStore(t, s)
	const messages = 200
	for range messages {
		putBody(t, s, "T", 0, []byte("body"), "")
	}
	f := &slow{}
	q := store.Query{Topic: []byte("T"), Max: 32, Filter: f}
	var r store.Read
	defer r.Release()
	gets := 0
	for ; q.Offset < messages; gets++ {
		status, err := s.Get(&q, &r)
		if err != nil || status != store.NoMatchedMessage || r.Next <= q.Offset {
			t.Fatalf("at %d: status %v, next %d, %v", q.Offset, status, r.Next, err)
		}
		q.Offset = r.Next
	}
	if f.asked != messages || gets < 3 {
		t.Errorf("asked %d times in %d gets, want %d in several", f.asked, gets, messages)
	}
}
