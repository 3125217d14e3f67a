package index

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Whatever is scarce while a file is finished or the next one begun: the message comes again, none of its
// keys is lost or doubled, and no file is left over.
func TestRollIsTriedAgain(t *testing.T) {
	for _, c := range []struct {
		op   vfs.Op
		err  error
		skip int
	}{
		{vfs.OpWrite, vfs.ErrNoSpace, 0}, {vfs.OpWrite, vfs.ErrNoSpace, 1}, {vfs.OpWrite, vfs.ErrNoSpace, 2},
		{vfs.OpWrite, vfs.ErrNoSpace, 3}, {vfs.OpCreate, syscall.EMFILE, 0}, {vfs.OpCreate, vfs.ErrNoSpace, 0},
		{vfs.OpSyncDir, syscall.ENFILE, 0}, {vfs.OpWrite, syscall.ENOMEM, 3},
	} {
		t.Run(fmt.Sprintf("%v %v %d", c.op, c.err, c.skip), func(t *testing.T) {
			disk, o := vfs.NewFaulty(vfs.NewMem()), testOptions()
			x := mustOpen(t, disk, o)
			var log []*record.View
			for i := range int64(30) { // of three keys each: two rolls, both inside a message
				v := message(t, 1000*i, 1_700_000_000_000+1000*i, 0, fmt.Sprintf("u%d", i), fmt.Sprintf("a%d b%d", i, i))
				log = append(log, v)
				if i == 0 {
					dispatch(t, x, v)
					x.put(fed{phy: v.PhyOffset, storeTime: v.StoreTime}) // moves the boundary into a message
					disk.Inject(vfs.Rule{Op: c.op, Name: "*", Skip: c.skip, Times: 3, Err: c.err})
					continue
				}
				failures := 0
				for err := x.Dispatch(v); err != nil; err = x.Dispatch(v) {
					if failures++; !errors.Is(err, c.err) || failures > 3 {
						t.Fatalf("message %d: got %v, want %v", i, err, c.err)
					}
				}
			}
			if n := disk.Count(c.op, "*"); n < c.skip+3 {
				t.Errorf("%d faults were met, want %d", n-c.skip, 3)
			}
			for range 2 {
				for _, v := range log {
					for _, key := range append(slices.Collect(v.Keys()), v.UniqKey()) {
						if got := find(t, x, string(key), 64, 0, allTime); !slices.Equal(got, []int64{v.PhyOffset}) {
							t.Errorf("%s: got %v, want %d", key, got, v.PhyOffset)
						}
					}
				}
				if err := x.Close(); err != nil {
					t.Fatal(err)
				}
				if list := names(t, disk); len(list) != 3 {
					t.Errorf("files %v, want 3", list)
				}
				x = mustOpen(t, disk, o)
			}
		})
	}
}

// After a sync that failed nothing is known of the file: the index says so until it is opened anew, even if
// the reason was lack of room.
func TestFailedSyncIsFinal(t *testing.T) {
	for _, cause := range []error{syscall.EIO, vfs.ErrNoSpace} {
		disk := vfs.NewFaulty(vfs.NewMem())
		x := mustOpen(t, disk, testOptions())
		dispatch(t, x, message(t, 1, 1, 0, "", "k"))
		disk.Inject(vfs.Rule{Op: vfs.OpSync, Name: "index/*", Times: 1, Err: cause})
		first := x.Flush()
		for what, err := range map[string]error{
			"first": first, "then": x.Flush(), "dispatch": x.Dispatch(message(t, 2, 1, 0, "", "k")), "close": x.Close(),
		} {
			if !errors.Is(err, errSync) || vfs.Scarce(err) {
				t.Errorf("%v: %s: got %v, want %v", cause, what, err, errSync)
			}
		}
		if got := x.Durable(); got != 0 {
			t.Errorf("durable up to %d, want 0", got)
		}
	}
}
