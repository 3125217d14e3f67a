package store_test

import (
	"errors"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// A put that stores nothing is counted, one that is to be tried again is not; a put that waited has a class.
func TestWaits(t *testing.T) {
	s := open(t, vfs.NewMem(), small())
	var e record.Encoded
	m := &record.Message{Topic: []byte("T"), Body: make([]byte, 20<<10), BornHost: bornHost, StoreHost: storeHost}
	if err := e.Set(m, record.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	again := int64(0)
	for range 50 {
		q, err := s.Queue(m.Topic, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.Put(&e, q, true); errors.Is(err, store.ErrWouldBlock) {
			again++
			_, err = s.Put(&e, q, false)
		}
		if err != nil {
			t.Fatal(err)
		}
		s.Drive()
	}
	w := s.Waits()
	waited := int64(0)
	for _, n := range w.Puts {
		waited += n
	}
	if w.Failed != 0 || waited > again || (waited > 0) != (w.Slowest > 0) {
		t.Errorf("%d puts failed, %d waited, slowest %v; %d would have blocked", w.Failed, waited, w.Slowest, again)
	}
	if s.Stats().Waited != waited {
		t.Errorf("%d puts waited by class, %d in all", waited, s.Stats().Waited)
	}
	var r store.Read
	if _, err := s.Get(&store.Query{Topic: []byte("T"), Max: 1}, &r); err != nil {
		t.Fatal(err)
	}
	r.Release()
	if s.Waits().Read <= 0 {
		t.Error("a Get that may block took no time")
	}
	closeStore(t, s)
	if _, err := s.Put(&e, nil, false); !errors.Is(err, store.ErrClosed) {
		t.Fatalf("put after Close: %v", err)
	}
	if got := s.Waits().Failed; got != 1 {
		t.Errorf("%d puts failed, want the one after Close", got)
	}
}
