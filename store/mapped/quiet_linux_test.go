package mapped_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/vfs"
)

// TestQuietLogTakesLittleMemory makes a log of 1 GiB ready for its first message, and then a
// message each second.
func TestQuietLogTakesLittleMemory(t *testing.T) {
	s := must(mapped.Create(vfs.NewOS(t.TempDir()), ".", 0, 1<<30))
	before := mappedIn(t)
	var a mapped.Ahead
	for i := range int64(100) {
		plan := a.Next(i*1024, time.Unix(1_700_000_000+i, 0))
		check(t, s.Reserve(i*1024, plan.Reserve))
		check(t, s.Prefault(i*1024, plan.Prefault, false))
		check(t, s.CopyIn(i*1024, make([]byte, 1024)))
	}
	if got := s.Prefaulted(); got < 100*1024 {
		t.Errorf("prefaulted to %d, want ahead of the messages", got)
	}
	if got := mappedIn(t) - before; got >= 4*mib {
		t.Errorf("got %d bytes of the file in memory, want less than 4 MiB", got)
	}
	if got := s.Reserved(); got < 16*mib || got > 64*mib {
		t.Errorf("got %d bytes of disk reserved, want one window of 16 to 64 MiB", got)
	}
	closed(t, s)
}

// mappedIn is how much of files is mapped in, in bytes.
func mappedIn(t *testing.T) int64 {
	t.Helper()
	b, err := os.ReadFile("/proc/self/statm")
	check(t, err)
	return must(strconv.ParseInt(strings.Fields(string(b))[2], 10, 64)) * int64(os.Getpagesize())
}
