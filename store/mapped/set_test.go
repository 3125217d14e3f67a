package mapped_test

import (
	"context"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/vfs"
)

// newSet makes segments of 100 bytes at the given offsets.
func newSet(t *testing.T, starts ...int64) *mapped.Set {
	t.Helper()
	fsys := logDir(t)
	set := new(mapped.Set)
	for _, start := range starts {
		check(t, set.Add(must(mapped.Create(fsys, "log", start, 100))))
	}
	t.Cleanup(func() {
		if err := set.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return set
}

func starts(list []*mapped.Segment) []int64 {
	var out []int64
	for _, s := range list {
		out = append(out, s.Start())
	}
	return out
}

func TestSetFinds(t *testing.T) {
	set := newSet(t, 200, 300, 500, 600, 700)
	for off, want := range map[int64]int64{
		math.MinInt64: -1, -1: -1, 0: -1, 199: -1,
		200: 200, 299: 200, 300: 300, 399: 300,
		400: -1, 499: -1, // the hole
		500: 500, 599: 500, 600: 600, 699: 600, 700: 700, 799: 700,
		800: -1, math.MaxInt64: -1,
	} {
		got := int64(-1)
		if s := set.Acquire(off); s != nil {
			got = s.Start()
			s.Release()
		}
		if got != want {
			t.Errorf("Acquire(%d): got the segment at %d, want %d", off, got, want)
		}
	}
	if got := set.First().Start(); got != 200 {
		t.Errorf("First: got %d, want 200", got)
	}
	if got := set.Last().Start(); got != 700 {
		t.Errorf("Last: got %d, want 700", got)
	}
	set.Last().Retire()
	if s := set.Acquire(700); s != nil {
		t.Errorf("Acquire of a retired segment: got %s, want nil", s.Name())
	}
}

func TestEmptySet(t *testing.T) {
	set := newSet(t)
	if set.First() != nil || set.Last() != nil || set.All() != nil || set.Acquire(0) != nil {
		t.Error("an empty set holds something")
	}
	if n := len(set.DropBefore(math.MaxInt64)) + len(set.DropFrom(0)); n != 0 {
		t.Errorf("dropped %d segments of none", n)
	}
}

func TestSetKeepsOrder(t *testing.T) {
	set := newSet(t, 100, 200)
	fsys := logDir(t)
	for _, start := range []int64{0, 150, 200, 299} {
		s := must(mapped.Create(fsys, "log", start, 100))
		wantErr(t, set.Add(s), mapped.ErrOrder)
		closed(t, s)
	}
	if got, want := starts(set.All()), []int64{100, 200}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSetDrops(t *testing.T) {
	for _, c := range []struct {
		before        bool
		off           int64
		dropped, kept []int64
	}{
		{true, 0, nil, []int64{100, 200, 400}},
		{true, 199, nil, []int64{100, 200, 400}},
		{true, 200, []int64{100}, []int64{200, 400}},
		{true, 350, []int64{100, 200}, []int64{400}},
		{true, 500, []int64{100, 200, 400}, nil},
		{false, 401, nil, []int64{100, 200, 400}},
		{false, 400, []int64{400}, []int64{100, 200}},
		{false, 350, []int64{400}, []int64{100, 200}},
		{false, 101, []int64{200, 400}, []int64{100}},
		{false, 0, []int64{100, 200, 400}, nil},
	} {
		set := newSet(t, 100, 200, 400)
		old := set.All()
		drop := set.DropFrom
		if c.before {
			drop = set.DropBefore
		}
		dropped := drop(c.off)
		if got := starts(dropped); !slices.Equal(got, c.dropped) {
			t.Errorf("before %v, %d: dropped %v, want %v", c.before, c.off, got, c.dropped)
		}
		if got := starts(set.All()); !slices.Equal(got, c.kept) {
			t.Errorf("before %v, %d: kept %v, want %v", c.before, c.off, got, c.kept)
		}
		if got, want := starts(old), []int64{100, 200, 400}; !slices.Equal(got, want) {
			t.Errorf("an old list became %v, want %v", got, want)
		}
		for _, s := range dropped {
			closed(t, s)
		}
	}
}

func TestSetCloseWaits(t *testing.T) {
	set := newSet(t, 0, 100, 200)
	s := set.Acquire(150)
	wantErr(t, set.Close(ended()), mapped.ErrInUse)
	if list := set.All(); len(list) != 0 {
		t.Errorf("after Close: got %v, want nothing", starts(list))
	}
	s.Release()
	closed(t, s)
}

// TestSetReadersSeeWholeLists is for the race detector: a log that grows and is cleaned while
// others read it.
func TestSetReadersSeeWholeLists(t *testing.T) {
	fsys := vfs.NewMem()
	set := new(mapped.Set)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				list := set.All()
				for i := 1; i < len(list); i++ {
					if list[i-1].End() != list[i].Start() {
						t.Errorf("a hole between %d and %d", list[i-1].End(), list[i].Start())
						return
					}
				}
				if len(list) == 0 {
					continue
				}
				off := list[len(list)/2].Start() + 7
				if s := set.Acquire(off); s != nil {
					if b := must(s.Bytes(0, 1)); s.Start() > off || b[0] != 'x' {
						t.Errorf("offset %d: got segment %d starting %q", off, s.Start(), b)
					}
					s.Release()
				}
			}
		})
	}
	for i := range int64(300) {
		s := must(mapped.Create(fsys, ".", i*100, 100))
		check(t, s.Reserve(0, 100))
		check(t, s.CopyIn(0, []byte("x")))
		check(t, set.Add(s))
		for _, old := range set.DropBefore((i - 5) * 100) {
			check(t, old.Remove())
			closed(t, old)
		}
	}
	close(stop)
	readers.Wait()
	check(t, set.Close(context.Background()))
	if got := len(must(fsys.List("."))); got != 6 {
		t.Errorf("got %d files left, want 6", got)
	}
}
