package store_test

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// A directory that holds work of a Java broker opens, says what is not served, and keeps every file.
func TestUnserved(t *testing.T) {
	mem := vfs.NewMem()
	s := open(t, mem, small())
	if got := s.Unserved(); len(got) != 0 {
		t.Errorf("a new directory: %q", got)
	}
	for range 5 {
		putBody(t, s, record.TopicTimer, 0, []byte("timer"), "")
	}
	closeStore(t, s)
	check := func(step string, want ...string) {
		t.Helper()
		s := open(t, mem, small())
		defer closeStore(t, s)
		if got := s.Unserved(); !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", step, got, want)
		}
	}
	check("nothing is known to be done",
		"timer messages in rmq_sys_wheel_timer: 5 pending")

	for _, dir := range []string{"config", "consumequeue_ext/T", "compaction/compactionLog/T"} {
		if err := mem.MkdirAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	create(t, mem, "config/timermetrics", []byte(`{"timingCount":{"T":{"count":2,"timeStamp":1}}}`))
	timercheck := make([]byte, 4096)
	binary.BigEndian.PutUint64(timercheck[16:], 5)
	create(t, mem, "config/timercheck", timercheck)
	before := files(t, mem, "config")
	check("Java says how far it is",
		"compaction/compactionLog: compacted topics (cleanup.policy=COMPACTION)",
		"timer messages in rmq_sys_wheel_timer: 2 pending")
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
