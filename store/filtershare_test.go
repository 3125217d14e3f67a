package store_test

import (
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

func (f *slow) MatchRecord(*record.View) bool {
	f.asked++
	for began := time.Now(); time.Since(began) < time.Millisecond; {
	}
	return false
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
