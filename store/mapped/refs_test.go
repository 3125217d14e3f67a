package mapped_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/vfs"
)

func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestLastReleaseUnmaps(t *testing.T) {
	s := must(mapped.Create(logDir(t), "log", 0, mib))
	view := must(s.Bytes(0, 4))
	for range 2 {
		if !s.Acquire() {
			t.Fatal("Acquire: got false, want true")
		}
	}
	s.Retire()
	s.Retire()
	if s.Acquire() {
		t.Error("Acquire after Retire: got true, want false")
	}
	s.Release()
	err := s.Close(ended())
	wantErr(t, err, mapped.ErrInUse)
	wantErr(t, err, context.Canceled)
	if !strings.Contains(err.Error(), " 1 references") {
		t.Errorf("got %q, want it to count one reference", err)
	}
	_ = view[0]
	s.Release()
	check(t, s.Close(ended()))
	if s.Acquire() {
		t.Error("Acquire of an unmapped segment: got true, want false")
	}
	check(t, s.Close(ended()))
}

func TestReleasingTooOftenPanics(t *testing.T) {
	for what, retire := range map[string]bool{"in use": false, "retired": true} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.HasPrefix(text, "BUG: ") {
					t.Errorf("%s: got panic %q, want a BUG", what, text)
				}
			}()
			s := must(mapped.Create(logDir(t), "log", 0, mib))
			if retire {
				s.Retire()
			}
			s.Release()
		}()
	}
}

// unmapFails makes Unmap of every mapping fail.
type unmapFails struct{ vfs.FS }

type unmapFailsFile struct{ vfs.File }

type unmapFailsMapping struct{ vfs.Mapping }

func (f unmapFails) Create(name string, size int64) (vfs.File, error) {
	file, err := f.FS.Create(name, size)
	return unmapFailsFile{file}, err
}

func (f unmapFailsFile) Map(size int64, mode vfs.MapMode) (vfs.Mapping, error) {
	m, err := f.File.Map(size, mode)
	return unmapFailsMapping{m}, err
}

func (unmapFailsMapping) Unmap() error { return syscall.EINVAL }

func TestCloseReportsUnmap(t *testing.T) {
	s := must(mapped.Create(unmapFails{logDir(t)}, "log", 0, mib))
	wantErr(t, s.Close(context.Background()), syscall.EINVAL)
	wantErr(t, s.Close(context.Background()), syscall.EINVAL)
}

// TestUsersNeverSeeAnUnmappedSegment retires a segment of the machine while others come and go:
// touching it after munmap would end the process.
func TestUsersNeverSeeAnUnmappedSegment(t *testing.T) {
	fsys := vfs.NewOS(t.TempDir())
	for i := range int64(20) {
		s := must(mapped.Create(fsys, ".", i*4096, 4096))
		view := must(s.Bytes(0, 4096))
		var users sync.WaitGroup
		var touched atomic.Int64
		started := make(chan struct{}, 4)
		for range cap(started) {
			users.Go(func() {
				for first := true; s.Acquire(); first = false {
					touched.Add(int64(view[100]) + 1)
					s.Release()
					if first {
						started <- struct{}{}
					}
				}
			})
		}
		for range cap(started) {
			<-started
		}
		check(t, s.Remove())
		closed(t, s)
		users.Wait()
		if touched.Load() < 4 {
			t.Errorf("the segment was touched %d times, want at least once by each user", touched.Load())
		}
	}
}

func TestRemoveReports(t *testing.T) {
	fsys := vfs.NewFaulty(logDir(t))
	s := must(mapped.Create(fsys, "log", 0, mib))
	fsys.Inject(vfs.Rule{Op: vfs.OpSyncDir, Err: syscall.EIO})
	wantErr(t, s.Remove(), syscall.EIO)
	if err := s.Remove(); errors.Is(err, syscall.EIO) || err == nil {
		t.Errorf("a second Remove: got %v, want that the file does not exist", err)
	}
	closed(t, s)
}
