package offset_test

import (
	"errors"
	"maps"
	"testing"

	"github.com/gannetmq/gannet/broker/offset"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/vfs"
)

// A reset holds against commits of those who do not know it, until one of them was told.
func TestReset(t *testing.T) {
	table := open(t, vfs.NewMem(), offset.Options{})
	group, topic := []byte("G"), []byte("T")
	if _, ok := table.TakeReset(group, topic, 0); ok {
		t.Error("there is a reset in an empty table")
	}
	commit := func(queue int32, off int64, want error) {
		t.Helper()
		if err := table.Commit(group, topic, queue, off); !errors.Is(err, want) {
			t.Errorf("commit %d of queue %d: %v, want %v", off, queue, err, want)
		}
	}
	commit(0, 9, nil)
	for _, off := range []int64{7, 3} { // the last one counts
		if err := table.Reset(group, topic, 0, off); err != nil {
			t.Fatal(err)
		}
	}
	commit(0, 10, offset.ErrReset)
	commit(1, 10, nil)
	if off, ok := table.Query(group, topic, 0); !ok || off != 3 {
		t.Errorf("the offset is %d, %t, want 3", off, ok)
	}
	if _, ok := table.TakeReset(group, topic, 1); ok {
		t.Error("a queue that was not reset has a reset")
	}
	if off, ok := table.TakeReset(group, topic, 0); !ok || off != 3 {
		t.Errorf("the group is told %d, %t, want 3", off, ok)
	}
	if _, ok := table.TakeReset(group, topic, 0); ok {
		t.Error("the group is told twice")
	}
	commit(0, 4, nil)
	if n := table.Metrics.Backwards.Load(); n != 0 {
		t.Errorf("%d commits went backwards, want none: it was meant", n)
	}
}

func TestResetIsRefused(t *testing.T) {
	table := open(t, vfs.NewMem(), offset.Options{MaxOffsets: 1})
	for want, err := range map[error]error{
		offset.ErrName:  table.Reset([]byte("G@"), []byte("T"), 0, 1),
		offset.ErrQueue: table.Reset([]byte("G"), []byte("T"), -1, 1),
		nil:             table.Reset([]byte("G"), []byte("T"), 0, 1),
		offset.ErrFull:  table.Reset([]byte("G"), []byte("T"), 1, 1),
	} {
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	if _, ok := table.TakeReset([]byte("G"), []byte("T"), 1); ok {
		t.Error("a refused reset is told")
	}
}

// What is deleted is not reset any more.
func TestResetGoesWithItsOffsets(t *testing.T) {
	table := open(t, vfs.NewMem(), offset.Options{})
	if err := table.Reset([]byte("G"), []byte("T"), 0, 1); err != nil {
		t.Fatal(err)
	}
	table.DropGroup("G")
	if _, ok := table.TakeReset([]byte("G"), []byte("T"), 0); ok {
		t.Error("the reset outlives the group")
	}
	if err := table.Commit([]byte("G"), []byte("T"), 0, 2); err != nil {
		t.Error(err)
	}
}

// 15 is answered as Java does while a reset is not told.
func TestUpdateDuringReset(t *testing.T) {
	table, router := serve(t, &fakeStore{})
	if err := table.Reset([]byte("G"), []byte("T"), 0, 1); err != nil {
		t.Fatal(err)
	}
	got := peer.Ask(t, router, frame(t, protocol.UpdateConsumerOffset, &protocol.UpdateOffsetRequest{
		ConsumerGroup: []byte("G"), Topic: []byte("T"), CommitOffset: 5,
	}))
	if got.Code != protocol.Success || string(got.Remark) != "Offset has been previously reset" {
		t.Errorf("got %d %s", got.Code, got.Remark)
	}
	if off, _ := table.Query([]byte("G"), []byte("T"), 0); off != 1 {
		t.Errorf("the offset is %d, want 1", off)
	}
}

func TestClone(t *testing.T) {
	table := open(t, vfs.NewMem(), offset.Options{MaxOffsets: 5})
	for queue := range int32(2) {
		if err := errors.Join(table.Commit([]byte("A"), []byte("T"), queue, int64(queue)+5), table.Commit([]byte("B"), []byte("T"), queue+1, 9)); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := table.Clone("A", "B", "T"); n != 2 || err != nil {
		t.Errorf("cloned %d, %v, want 2", n, err)
	}
	want := map[int32]int64{0: 5, 1: 6}
	if got := table.Of("B", "T"); !maps.Equal(got, want) {
		t.Errorf("the clone has %v, want %v", got, want)
	}
	for _, from := range []string{"B", "nobody"} { // itself, and a group without offsets
		if n, err := table.Clone(from, "B", "T"); n != 0 || err != nil {
			t.Errorf("cloned %d of %s, %v, want none", n, from, err)
		}
	}
	if got := table.Of("B", "T"); !maps.Equal(got, want) {
		t.Errorf("the clone has %v, want %v still", got, want)
	}
	if err := table.Commit([]byte("C"), []byte("T"), 0, 7); err != nil { // the last place
		t.Fatal(err)
	}
	if n, err := table.Clone("A", "C", "T"); n != 0 || !errors.Is(err, offset.ErrFull) {
		t.Errorf("cloned %d, %v into a full table, want none and ErrFull", n, err)
	}
	if n := table.Metrics.Full.Load(); n != 1 {
		t.Errorf("%d refusals are counted, want that of the clone", n)
	}
	if got := table.Of("C", "T"); len(got) != 1 || got[0] != 7 {
		t.Errorf("a clone that had no room leaves %v, want what was there", got)
	}
	if n := table.DropTopic("T"); n != 5 {
		t.Errorf("%d offsets dropped, want 5", n)
	}
	for queue := range int32(6) { // every place is free again, and no more than those
		if err := table.Commit([]byte("F"), []byte("T"), queue, 1); (err != nil) != (queue == 5) {
			t.Errorf("queue %d: %v", queue, err)
		}
	}
}

// Whoever looks at a group while it is cloned sees all of it as it was or as it will be.
func TestCloneIsOneStep(t *testing.T) {
	table := open(t, vfs.NewMem(), offset.Options{})
	for queue := range int32(64) {
		for group, off := range map[string]int64{"A": 1, "B": 2, "C": 0} {
			if err := table.Commit([]byte(group), []byte("T"), queue, off); err != nil {
				t.Fatal(err)
			}
		}
	}
	done := make(chan error, 1)
	go func() {
		var err error
		for range 200 {
			for _, from := range []string{"A", "B"} {
				_, cerr := table.Clone(from, "C", "T")
				err = errors.Join(err, cerr)
			}
		}
		done <- err
	}()
	for looks := 0; ; looks++ {
		got := table.Of("C", "T")
		for queue := range int32(64) {
			if len(got) != 64 || got[queue] != got[0] {
				t.Fatalf("look %d: %d queues, %d and %d", looks, len(got), got[0], got[queue])
			}
		}
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		default:
		}
	}
}
