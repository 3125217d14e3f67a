package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// settled hands an acknowledgement to the test.
type settled chan error

func (c settled) Settled(err error) { c <- err }

// tryPut is putBody for puts that may fail; done is settled when the message is durable, or never will be.
func tryPut(t testing.TB, s *store.Store, body string) (done settled, err error) {
	t.Helper()
	var e record.Encoded
	if err := e.Set(&record.Message{Topic: []byte("T"), Body: []byte(body), BornHost: bornHost, StoreHost: storeHost}, record.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	q, err := s.Queue([]byte("T"), 0)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Put(&e, q, false)
	if err != nil {
		return nil, err
	}
	done = make(settled, 1)
	s.Await(p.End, done)
	return done, nil
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("timed out: %s", what)
		}
	}
}

// A sync of the log that fails once is final: nobody is told that a message is durable, new messages
// are refused with the reason, reading goes on, and the next start recovers.
func TestFailedSyncIsFinal(t *testing.T) {
	mem := vfs.NewMem()
	disk := vfs.NewFaulty(mem)
	o := small()
	o.Flush = store.SyncFlush
	s := open(t, disk, o)
	done, err := tryPut(t, s, "durable")
	if err != nil || <-done != nil {
		t.Fatalf("before the fault: %v", err)
	}
	disk.Inject(vfs.Rule{Op: vfs.OpMapSync, Name: "commitlog/*", Times: 1, Err: syscall.EIO})
	if done, err = tryPut(t, s, "lost"); err != nil {
		t.Fatalf("put: %v", err)
	}
	if err := <-done; !errors.Is(err, syscall.EIO) {
		t.Errorf("acknowledged with %v, want %v", err, syscall.EIO)
	}
	if _, err = tryPut(t, s, "refused"); !errors.Is(err, store.ErrReadOnly) || !errors.Is(err, syscall.EIO) {
		t.Errorf("put after the fault: got %v, want %v because of %v", err, store.ErrReadOnly, syscall.EIO)
	}
	if err := s.ReadOnly(); !errors.Is(err, syscall.EIO) {
		t.Errorf("ReadOnly: got %v, want %v", err, syscall.EIO)
	}
	eventually(t, "the durable message is visible", func() bool { return s.MaxOffset([]byte("T"), 0) == 1 })
	var r store.Read
	status, err := s.Get(&store.Query{Topic: []byte("T"), Max: 32}, &r)
	if err != nil || status != store.Found || bodies(t, &r)[0] != "durable" {
		t.Errorf("get after the fault: %v, %v", status, err)
	}
	r.Release()
	if err := s.Close(); !errors.Is(err, syscall.EIO) {
		t.Errorf("close: got %v, want %v", err, syscall.EIO)
	}
	s = open(t, mem.Clone(rand.New(rand.NewPCG(1, 1)), vfs.Policy{}), o)
	if got := s.MaxOffset([]byte("T"), 0); got != 1 {
		t.Errorf("after a power cut: %d messages, want the durable one", got)
	}
	closeStore(t, s)
}

// A disk that is full refuses messages and takes them again when there is room; nothing is lost.
func TestDiskFullAndAgain(t *testing.T) {
	mem := vfs.NewMem()
	o := small()
	o.NoIndex = true
	s := open(t, mem, o)
	putBody(t, s, "T", 0, []byte("first"), "")
	mem.SetCapacity(1) // nothing more can be had
	var err error
	stored := 1
	for range 1000 {
		if _, err = tryPut(t, s, strings.Repeat("x", 2000)); err != nil {
			break
		}
		stored++
	}
	if !errors.Is(err, store.ErrDiskFull) {
		t.Fatalf("put on a full disk: got %v, want %v", err, store.ErrDiskFull)
	}
	var r store.Read
	if status, err := s.Get(&store.Query{Topic: []byte("T"), Max: 1}, &r); err != nil || status != store.Found {
		t.Errorf("get on a full disk: %v, %v", status, err)
	}
	r.Release()
	mem.SetCapacity(0)
	eventually(t, "messages are taken again", func() bool { _, err = tryPut(t, s, "again"); return err == nil })
	s.Drive()
	if got := s.MaxOffset([]byte("T"), 0); got != int64(stored)+1 {
		t.Errorf("%d messages, want %d", got, stored+1)
	}
	closeStore(t, s)
}

// A queue that finds no room on the disk is written when there is some again: the disk may be found full
// by a queue before it is by the log.
func TestQueueWithoutRoom(t *testing.T) {
	disk := vfs.NewFaulty(vfs.NewMem())
	o := small()
	o.NoIndex = true
	s := open(t, disk, store.Hurried(o))
	disk.Inject(vfs.Rule{Op: vfs.OpWrite, Name: "consumequeue/T/0/*", Err: vfs.ErrNoSpace})
	stored := int64(0)
	put := func() error {
		_, err := tryPut(t, s, "m")
		if err == nil {
			s.Drive()
			stored++
		}
		return err
	}
	eventually(t, "messages are refused", func() bool { return errors.Is(put(), store.ErrDiskFull) })
	disk.Heal()
	eventually(t, "messages are taken again", func() bool { return put() == nil })
	if got := s.MaxOffset([]byte("T"), 0); got != stored {
		t.Errorf("%d messages, want %d", got, stored)
	}
	closeStore(t, s)
	s = open(t, disk, o)
	if got := s.MaxOffset([]byte("T"), 0); got != stored {
		t.Errorf("after a restart: %d messages, want %d", got, stored)
	}
	closeStore(t, s)
}

// usageFS says how full the disk is.
type usageFS struct {
	vfs.FS
	usage func() vfs.Usage
}

func (f usageFS) Usage(string) (vfs.Usage, error) { return f.usage(), nil }

func TestDiskRatioHasHysteresis(t *testing.T) {
	var percent, looks atomic.Int64
	disk := usageFS{vfs.NewMem(), func() vfs.Usage {
		used := percent.Load()
		looks.Add(1)
		return vfs.Usage{Total: 1000, Free: 1000 - 10*used}
	}}
	s := open(t, disk, store.Hurried(small()))
	for _, c := range []struct {
		percent int64
		refused bool
	}{{50, false}, {90, false}, {91, true}, {86, true}, {85, false}, {90, false}} {
		percent.Store(c.percent)
		from := looks.Load()
		eventually(t, fmt.Sprintf("%d %% used: refused %v", c.percent, c.refused), func() bool {
			_, err := tryPut(t, s, "m")
			return looks.Load() > from+4 && errors.Is(err, store.ErrDiskFull) == c.refused
		})
	}
	closeStore(t, s)
}

// A file of the log that is cut short under a running store costs the affected calls and turns it
// read-only; the process lives.
func TestTruncatedMappedFile(t *testing.T) {
	dir := t.TempDir()
	s := open(t, vfs.NewOS(dir), store.Options{LogFileSize: 64 << 10, CallerDrives: true})
	for range 20 {
		putBody(t, s, "T", 0, []byte(strings.Repeat("x", 1000)), "")
	}
	if err := os.Truncate(filepath.Join(dir, "commitlog", fmt.Sprintf("%020d", 0)), 4096); err != nil {
		t.Fatal(err)
	}
	var r store.Read
	status, err := s.Get(&store.Query{Topic: []byte("T"), Offset: 10, Max: 32}, &r)
	if err == nil && status == store.Found {
		t.Errorf("got %d messages of a file that was cut off", len(r.Messages))
	}
	r.Release()
	if _, err := tryPut(t, s, "m"); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("put: got %v, want %v", err, store.ErrReadOnly)
	}
	if err := s.Close(); err == nil {
		t.Error("close: got no error, want the fault")
	}
}

func TestLockNamesTheHolder(t *testing.T) {
	dir := t.TempDir()
	s := open(t, vfs.NewOS(dir), small())
	_, err := store.Open(vfs.NewOS(dir), small())
	if !errors.Is(err, vfs.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("second open: got %v, want %v naming process %d", err, vfs.ErrLocked, os.Getpid())
	}
	putBody(t, s, "T", 0, []byte("m"), "")
	closeStore(t, s)
	closeStore(t, open(t, vfs.NewOS(dir), small()))
}

func TestClosedStoreRefuses(t *testing.T) {
	s := open(t, vfs.NewMem(), small())
	closeStore(t, s)
	var r store.Read
	_, put := tryPut(t, s, "m")
	_, get := s.Get(&store.Query{Topic: []byte("T"), Max: 1}, &r)
	_, find := s.FindByKey([]byte("T"), []byte("k"), 1, 0, 1)
	for what, err := range map[string]error{
		"put": put, "get": get, "find": find, "look": s.Look(0, &r, false), "close": s.Close(),
		"delete": s.DeleteTopic([]byte("T")), "read-only": s.ReadOnly(),
	} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s: got %v, want %v", what, err, store.ErrClosed)
		}
	}
}
