package consumequeue

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

// Lack of room, descriptors or memory passes: the next write does what could not be done, wherever the last
// one ended.
func TestScarcityPasses(t *testing.T) {
	for _, op := range []vfs.Op{vfs.OpMkdir, vfs.OpList, vfs.OpCreate, vfs.OpWrite, vfs.OpOpen, vfs.OpSyncDir} {
		for skip := range 6 {
			scarce := syscall.EMFILE
			disk := vfs.NewFaulty(vfs.NewMem())
			s := open(t, disk, Options{FileSize: 200, MaxOpenFiles: 1})
			l := new(log)
			add := func(n int) {
				for i := range n {
					if err := s.Dispatch(l.add("T", int32(i%2))); err != nil {
						t.Fatal(err)
					}
				}
			}
			add(10)
			flush(t, s)
			add(100)
			disk.Inject(vfs.Rule{Op: op, Skip: skip, Times: 1, Err: scarce})
			if _, err := s.Flush(ctx); err != nil && !errors.Is(err, scarce) {
				t.Errorf("%v: got %v, want %v", op, err, scarce)
			}
			disk.Heal()
			flush(t, s)
			what := fmt.Sprintf("%v fails after %d", op, skip)
			checkFull(t, what, s, l)
			if err := s.Close(); err != nil {
				t.Errorf("%s: close: %v", what, err)
			}
			s = open(t, disk, Options{FileSize: 200})
			checkFull(t, what+", reopened", s, l)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// A sync that fails for lack of room is final as any other: what it was to make durable may be gone.
func TestSyncWithoutRoomIsFinal(t *testing.T) {
	for _, op := range []vfs.Op{vfs.OpSync, vfs.OpSyncDir, vfs.OpSyncTree} {
		disk := vfs.NewFaulty(vfs.NewMem())
		s := open(t, disk, Options{FileSize: 200})
		if op == vfs.OpSyncTree {
			s.many = 0
		}
		l := new(log)
		if err := s.Dispatch(l.add("T", 0)); err != nil {
			t.Fatal(err)
		}
		disk.Inject(vfs.Rule{Op: op, Times: 1, Err: vfs.ErrNoSpace})
		for range 2 {
			if _, err := s.Flush(ctx); !errors.Is(err, errSync) || vfs.Scarce(err) {
				t.Errorf("%v: got %v, want %v", op, err, errSync)
			}
		}
		if err := s.Close(); !errors.Is(err, errSync) {
			t.Errorf("%v: close: got %v, want %v", op, err, errSync)
		}
	}
}

// A system that cannot sync everything at once, or has no descriptor for it now, costs nothing but time.
func TestSyncOfAllAtOnceIsNotNeeded(t *testing.T) {
	for _, c := range []struct {
		err   error
		first error // what the first flush says
	}{{errors.ErrUnsupported, nil}, {syscall.EMFILE, syscall.EMFILE}} {
		disk := vfs.NewFaulty(vfs.NewMem())
		s := open(t, disk, Options{FileSize: 200})
		s.many = 0
		l := new(log)
		if err := s.Dispatch(l.add("T", 0)); err != nil {
			t.Fatal(err)
		}
		disk.Inject(vfs.Rule{Op: vfs.OpSyncTree, Times: 1, Err: c.err})
		if _, err := s.Flush(ctx); !errors.Is(err, c.first) {
			t.Errorf("%v: the first flush says %v", c.err, err)
		}
		if covered, err := s.Flush(ctx); err != nil || covered.PhyOffset != l.end() {
			t.Errorf("%v: the next flush covers %d of %d, %v", c.err, covered.PhyOffset, l.end(), err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
