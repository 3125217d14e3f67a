package mapped_test

import (
	"errors"
	"hash/crc32"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/vfs"
)

// cutSegment returns a prefaulted segment of 1 MiB whose file was cut to 64 KiB behind its back.
func cutSegment(t *testing.T) *mapped.Segment {
	t.Helper()
	fsys := vfs.NewOS(t.TempDir())
	s := must(mapped.Create(fsys, ".", 0, mib))
	check(t, s.Prefault(0, mib, false))
	f := must(fsys.Open(s.Name()))
	check(t, f.Truncate(65536))
	check(t, f.Close())
	t.Cleanup(func() { closed(t, s) })
	return s
}

func TestFaultIsAnError(t *testing.T) {
	s := cutSegment(t)
	all := must(s.Bytes(0, mib))
	var sum uint32
	var text string
	for what, touch := range map[string]func() error{
		"CopyIn":   func() error { return s.CopyIn(100000, []byte("lost")) },
		"read":     func() error { return s.Guard(func() error { sum += uint32(all[100000]); return nil }) },
		"write":    func() error { return s.Guard(func() error { all[100000] = 1; return nil }) },
		"copy out": func() error { return s.Guard(func() error { copy(make([]byte, 10), all[100000:]); return nil }) },
		"string": func() error {
			return s.Guard(func() error { text = string(all[100000:100010]); return nil })
		},
		"assembly":   func() error { return s.Guard(func() error { sum += crc32.ChecksumIEEE(all[100000:]); return nil }) },
		"over edges": func() error { return s.Guard(func() error { sum += crc32.ChecksumIEEE(all); return nil }) },
	} {
		var fault *mapped.FaultError
		if err := touch(); !errors.As(err, &fault) {
			t.Errorf("%s: got %v, want a FaultError", what, err)
		} else if fault.Segment != s.Name() || fault.Pos < 65536 || fault.Pos >= mib {
			t.Errorf("%s: got %v, want a position in [65536, %d) of %s", what, fault, mib, s.Name())
		}
	}
	check(t, s.CopyIn(0, []byte("the rest works")))
	if text != "" {
		t.Errorf("got %q from where nothing is", text)
	}
}

func TestGuardReturnsTheError(t *testing.T) {
	s := cutSegment(t)
	defer func() {
		if debug.SetPanicOnFault(false) {
			t.Error("after Guard faults of the goroutine still panic")
		}
	}()
	want := errors.New("own")
	if got := s.Guard(func() error { return want }); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestGuardPassesOtherPanics: what is not a fault of this mapping is a bug and must not be hidden.
func TestGuardPassesOtherPanics(t *testing.T) {
	s, other := cutSegment(t), cutSegment(t)
	elsewhere, below := must(other.Bytes(0, mib)), must(cutSegment(t).Bytes(0, mib))
	var null *[1 << 20]byte
	for what, c := range map[string]struct {
		do   func() error
		want string
	}{
		"a value":         {func() error { panic("mine") }, "mine"},
		"a nil pointer":   {func() error { null[5] = 1; return nil }, "nil pointer dereference"},
		"a far nil":       {func() error { null[1<<19] = 1; return nil }, "invalid memory address"},
		"an index":        {func() error { elsewhere[len(elsewhere)] = 1; return nil }, "out of range"},
		"another mapping": {func() error { elsewhere[100000] = 1; return nil }, "invalid memory address"},
		"and a third":     {func() error { return other.Guard(func() error { below[100000] = 1; return nil }) }, "invalid memory address"},
	} {
		func() {
			defer func() {
				r := recover()
				text, _ := r.(string)
				if err, ok := r.(runtime.Error); ok {
					text = err.Error()
				}
				if !strings.Contains(text, c.want) {
					t.Errorf("%s: got panic %v, want %q", what, r, c.want)
				}
			}()
			err := s.Guard(c.do)
			t.Errorf("%s: got error %v, want a panic", what, err)
		}()
	}
}

func TestGuardNests(t *testing.T) {
	s, other := cutSegment(t), cutSegment(t)
	bytes, inner := must(s.Bytes(0, mib)), must(other.Bytes(0, mib))
	err := s.Guard(func() error {
		err := other.Guard(func() error { inner[100000] = 1; return nil })
		var fault *mapped.FaultError
		if !errors.As(err, &fault) || fault.Segment != other.Name() {
			t.Errorf("inner: got %v, want a FaultError of %s", err, other.Name())
		}
		return other.Guard(func() error {
			bytes[200000] = 1 // guarded still, though an inner Guard has ended, and passed on by this one
			return nil
		})
	})
	var fault *mapped.FaultError
	if !errors.As(err, &fault) || fault.Pos != 200000 {
		t.Errorf("outer: got %v, want a FaultError at 200000", err)
	}
}

func BenchmarkGuard(b *testing.B) {
	s := must(mapped.Create(vfs.NewMem(), ".", 0, mib))
	n := 0
	b.Run("bare", func(b *testing.B) {
		f := func() error { n++; return nil }
		for b.Loop() {
			try(call(f))
		}
	})
	b.Run("guarded", func(b *testing.B) {
		for b.Loop() {
			try(s.Guard(func() error { n++; return nil }))
		}
	})
}

//go:noinline
func call(f func() error) error { return f() }

// try is check where there is no t, or no time for it.
func try(err error) {
	if err != nil {
		panic(err)
	}
}
