package store_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/vfs"
)

// A directory that holds work of a Java broker opens, says what is not served, and keeps every file.
func TestUnserved(t *testing.T) {
	mem := vfs.NewMem()
	s := open(t, mem, small())
	if got := s.Unserved(); len(got) != 0 {
		t.Errorf("a new directory: %q", got)
	}
	closeStore(t, s)
	for _, dir := range []string{"config", "consumequeue_ext/T", "compaction/compactionLog/T"} {
		if err := mem.MkdirAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	create(t, mem, "config/timermetrics", []byte(`{"timingCount":{"T":{"count":2,"timeStamp":1}}}`))
	before := files(t, mem, "config")
	s = open(t, mem, small())
	defer closeStore(t, s)
	if got, want := s.Unserved(), []string{"compaction/compactionLog: compacted topics (cleanup.policy=COMPACTION)"}; !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for name, b := range files(t, mem, "config") {
		if !slices.Equal(b, before[name]) {
			t.Errorf("%s changed", name)
		}
	}
}

// Room that must stay free counts whatever the ratio says.
func TestMinFree(t *testing.T) {
	o := small()
	o.MinFree = 500
	for free, refused := range map[int64]bool{499: true, 500: false} {
		s := open(t, usageFS{vfs.NewMem(), func() vfs.Usage { return vfs.Usage{Total: 1000, Free: free} }}, o)
		if _, err := tryPut(t, s, "m"); errors.Is(err, store.ErrDiskFull) != refused {
			t.Errorf("%d bytes free: got %v, want refused %v", free, err, refused)
		}
		s.Drive()
		closeStore(t, s)
	}
}
