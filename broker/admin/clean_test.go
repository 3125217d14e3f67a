package admin

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// files notes what is asked of a store.
type files struct {
	spared  bool // a topic of the broker's own
	expired int
	err     error
}

func (f *files) CleanExpiredQueues(spare func(string) bool) (int, error) {
	f.spared = spare("own") && !spare("T")
	return 1, f.err
}

func (f *files) DeleteExpired() error {
	f.expired++
	return f.err
}

func cleaner(f *files) *Cleaner {
	return &Cleaner{Files: f, Spare: func(topic string) bool { return topic == "own" }, Log: slog.New(slog.DiscardHandler)}
}

func TestGoldenClean(t *testing.T) {
	f := new(files)
	for _, code := range []int{306, 329} {
		for _, g := range peer.Recorded(t, code, 2) {
			peer.LikeJava(t, &g, peer.Ask(t, serve(t, cleaner(f).Routes), g.Request))
		}
	}
	if !f.spared || f.expired != 2 {
		t.Errorf("own topics spared: %t, deletion asked for %d times, want true and 2", f.spared, f.expired)
	}
}

func TestCleanFails(t *testing.T) {
	router := serve(t, cleaner(&files{err: errors.New("closed")}).Routes)
	for _, code := range []int32{306, 329} {
		if got := peer.Ask(t, router, frame(t, code, nil, "")); got.Code != protocol.SystemError {
			t.Errorf("%d: %d %q, want 1", code, got.Code, got.Remark)
		}
	}
}
