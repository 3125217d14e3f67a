package store_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/vfs"
)

// disksFS has a disk for each directory of the log, so much of which is used, in percent.
type disksFS struct {
	vfs.FS
	a, b *atomic.Int64
}

func (f disksFS) Usage(dir string) (vfs.Usage, error) {
	used := map[string]*atomic.Int64{"a": f.a, "b": f.b}[dir]
	if used == nil {
		return vfs.Usage{Total: 1000, Free: 999}, nil
	}
	return vfs.Usage{Total: 1000, Free: 1000 - 10*used.Load()}, nil
}

// A full disk gets no new file of the log while another has room, and messages are refused when none has.
func TestFullDiskAmongLogDirs(t *testing.T) {
	fsys := disksFS{vfs.NewMem(), new(atomic.Int64), new(atomic.Int64)}
	o := small()
	o.LogDirs = []string{"a", "b"}
	s := open(t, fsys, o)
	count := func(dir string) int {
		list, err := fsys.List(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	want := fillStore(t, s, 500)
	closeStore(t, s)
	if a, b := count("a"), count("b"); a-b < 0 || a-b > 1 || a < 3 {
		t.Errorf("%d and %d files, want as many in each", a, b)
	}

	fsys.a.Store(95)
	s = open(t, fsys, o)
	before := count("a")
	for id, list := range fillStore(t, s, 500) {
		want[id] = append(want[id], list...)
	}
	if a, b := count("a"), count("b"); a > before || b < a+3 {
		t.Errorf("%d and %d files, want %d in the full directory and the others in the other", a, b, before)
	}
	sameMessages(t, readStore(t, s), want)
	closeStore(t, s)

	fsys.b.Store(95)
	s = open(t, fsys, o)
	if err := s.ReadOnly(); !errors.Is(err, store.ErrDiskFull) {
		t.Errorf("with all disks full: got %v, want %v", err, store.ErrDiskFull)
	}
	closeStore(t, s)
}

// A disk that does not tell how full it is counts for nothing beside one that does.
func TestRoomiestTells(t *testing.T) {
	full, empty := vfs.Usage{Total: 100, Free: 10}, vfs.Usage{Total: 100, Free: 60}
	for name, tt := range map[string]struct {
		log  []vfs.Usage
		want vfs.Usage
	}{
		"none":        {nil, vfs.Usage{}},
		"none tells":  {make([]vfs.Usage, 2), vfs.Usage{}},
		"first mute":  {[]vfs.Usage{{}, full}, full},
		"second mute": {[]vfs.Usage{full, {}}, full},
		"emptiest":    {[]vfs.Usage{full, empty, full}, empty},
	} {
		if got := (store.Disks{Log: tt.log}).Roomiest(); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}
