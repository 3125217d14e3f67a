package store_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/vfs"
)

// What Synced waited for survives a power cut though producers were promised nothing.
func TestSynced(t *testing.T) {
	mem := vfs.NewMem()
	o := small()
	o.FlushInterval = time.Hour
	s := open(t, mem, o)
	defer closeStore(t, s)
	putBody(t, s, "T", 0, []byte("kept"), "")
	end := s.Stats().LogEnd
	if err := s.Synced(context.Background(), end); err != nil {
		t.Fatal(err)
	}
	after := open(t, mem.Clone(rand.New(rand.NewPCG(1, 1)), vfs.Policy{}), small())
	defer closeStore(t, after)
	if n := after.MaxOffset([]byte("T"), 0); n != 1 {
		t.Errorf("%d messages after a power cut, want 1", n)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Synced(ended, end+1000); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for what is never written: %v", err)
	}
}
