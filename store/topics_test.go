package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// put stores a message without making it visible.
func put(t *testing.T, s *store.Store, topic string) {
	t.Helper()
	var e record.Encoded
	m := &record.Message{Topic: []byte(topic), Body: []byte("x"), BornHost: bornHost, StoreHost: storeHost}
	if err := e.Set(m, record.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	q, err := s.Queue(m.Topic, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(&e, q, false); err != nil {
		t.Fatal(err)
	}
}

// Messages that are under way to their queue do not bring it back.
func TestDeleteTopicWaitsForWhatWasPut(t *testing.T) {
	for _, mode := range []store.FlushMode{store.AsyncFlush, store.SyncFlush} {
		o := small()
		o.Flush, o.CallerDrives = mode, mode == store.AsyncFlush
		o.FlushInterval = time.Hour
		s := open(t, vfs.NewMem(), o)
		putBody(t, s, "U", 0, []byte("other"), "")
		for range 20 {
			put(t, s, "T")
		}
		if err := s.DeleteTopic([]byte("T")); err != nil {
			t.Fatal(err)
		}
		s.Drive()
		if got, want := s.Topics(), []string{"U"}; !slices.Equal(got, want) {
			t.Errorf("flush mode %v: topics %q, want %q", mode, got, want)
		}
		if got := s.MaxOffset([]byte("T"), 0); got != 0 {
			t.Errorf("flush mode %v: the deleted topic ends at %d, want 0", mode, got)
		}
		put(t, s, "T")
		s.Drive()
		eventually(t, "the new topic has its message", func() bool { return s.MaxOffset([]byte("T"), 0) == 1 })
		closeStore(t, s)
		if err := s.DeleteTopic([]byte("T")); !errors.Is(err, store.ErrClosed) {
			t.Errorf("after Close: %v, want %v", err, store.ErrClosed)
		}
	}
}

func TestOldestTime(t *testing.T) {
	s := open(t, vfs.NewMem(), small())
	if got, err := s.OldestTime(); got != -1 || err != nil {
		t.Errorf("empty store: got %d, %v, want -1", got, err)
	}
	before := time.Now().UnixMilli()
	putBody(t, s, "T", 0, []byte("x"), "")
	after := time.Now().UnixMilli()
	putBody(t, s, "T", 0, []byte("y"), "")
	if got, err := s.OldestTime(); got < before || got > after || err != nil {
		t.Errorf("got %d, %v, want a time from %d to %d", got, err, before, after)
	}
	closeStore(t, s)
}

// The last records of the log may be those of a topic that is gone, or all of them.
func TestDeletedTopicStaysAwayAfterAClose(t *testing.T) {
	for _, others := range []int{3, 0} {
		mem := vfs.NewMem()
		s := open(t, mem, small())
		want := []string(nil)
		for range others {
			put(t, s, "U")
			want = []string{"U"}
		}
		for range 20 {
			put(t, s, "T")
		}
		if err := s.DeleteTopic([]byte("T")); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			closeStore(t, s)
			s = open(t, mem, small())
			if got := s.Topics(); !slices.Equal(got, want) {
				t.Errorf("%d other messages: topics %q after a close, want %q", others, got, want)
			}
		}
		put(t, s, "T")
		eventually(t, "the topic that is made again has its message", func() bool { return s.MaxOffset([]byte("T"), 0) == 1 })
		closeStore(t, s)
	}
}
