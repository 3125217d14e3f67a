package commitlog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

// roundFunc is a round of the flusher: make what is appended durable, then move the watermark.
type roundFunc func(l *Log)

// lateMark is the bug that flushRound must not have: it reads the end of the log after the sync, so
// that what was appended meanwhile is taken for synced.
func lateMark(l *Log) {
	from, to := l.flushed.Load(), l.appended.Load()
	if err := l.syncRange(from, to); err != nil {
		l.Fail(err)
		return
	}
	l.flushed.Advance(l.appended.Load())
}

// cutAfterRounds appends, also in the middle of syncs, flushes with round, cuts the power after each
// flush, and returns an error for the first disk that lacks what the watermark said is durable.
func cutAfterRounds(t *testing.T, seed uint64, round roundFunc) error {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	mem := vfs.NewMem()
	var l *Log
	var counter int64
	var syncing bool
	mem.OnOp = func(op vfs.Op, _ string) {
		if op == vfs.OpMapSync && syncing && rng.IntN(2) == 0 {
			syncing = false
			fill(t, l, rng, 1, &counter)
		}
	}
	l, _ = mustOpen(t, mem, testOptions(), RecoverFrom{})
	defer mustClose(t, l)
	for range 40 {
		fill(t, l, rng, 1+rng.IntN(3), &counter)
		syncing = true
		round(l)
		syncing = false
		durable := l.flushed.Load()
		var disk *vfs.Mem
		l.Exclusive(func() { disk = mem.Clone(rng, vfs.Policy{}) })
		after, err := Open(disk, testOptions())
		if err != nil {
			return err
		}
		r, err := after.Recover(RecoverFrom{})
		if err != nil {
			return err
		}
		err = errors.Join(after.Stop(), after.Close(context.Background()))
		if err != nil {
			return err
		}
		if r.End < durable {
			return fmt.Errorf("the log ends at %d after a power cut, durable was %d", r.End, durable)
		}
	}
	return nil
}

func TestFlushRoundReadsTheEndFirst(t *testing.T) {
	for seed := range uint64(5) {
		if err := cutAfterRounds(t, seed, func(l *Log) { l.flushRound(0) }); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

func TestPlantedLateMarkIsFound(t *testing.T) {
	err := cutAfterRounds(t, 1, lateMark)
	if err == nil {
		t.Fatal("a watermark that is read after the sync was not found")
	}
	t.Logf("found: %v", err)
}
