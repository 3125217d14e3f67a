package store_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/checkpoint"
	"github.com/gannetmq/gannet/store/vfs"
)

func open(t testing.TB, fsys vfs.FS, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(fsys, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return s
}

// closeStore checks the store before it closes it, as every test must.
func closeStore(t testing.TB, s *store.Store) {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Errorf("check: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// fillStore puts n messages of about a kilobyte into three queues and returns their bodies by queue.
func fillStore(t testing.TB, s *store.Store, n int) map[int32][]string {
	t.Helper()
	all := make(map[int32][]string)
	for i := range n {
		id := int32(i % 3)
		body := fmt.Sprintf("%d-%d-%01000d", id, s.MaxOffset([]byte("T"), id), i)
		putBody(t, s, "T", id, []byte(body), "tag")
		all[id] = append(all[id], body)
	}
	return all
}

// readStore reads all queues; a queue offset without a readable message gives "".
func readStore(t testing.TB, s *store.Store) map[int32][]string {
	t.Helper()
	all := make(map[int32][]string)
	var r store.Read
	defer r.Release()
	for id := range int32(3) {
		list := make([]string, s.MaxOffset([]byte("T"), id))
		q := store.Query{Topic: []byte("T"), QueueID: id, Max: 32}
		for q.Offset < int64(len(list)) {
			if _, err := s.Get(&q, &r); err != nil {
				t.Fatalf("queue %d at %d: %v", id, q.Offset, err)
			}
			for i, body := range bodies(t, &r) {
				list[r.Messages[i].QueueOffset] = body
			}
			q.Offset = r.Next
		}
		all[id] = list
	}
	return all
}

func sameMessages(t testing.TB, got, want map[int32][]string) {
	t.Helper()
	for id, w := range want {
		g := got[id]
		if len(g) != len(w) {
			t.Errorf("queue %d: %d messages, want %d", id, len(g), len(w))
			continue
		}
		for i := range w {
			if g[i] != w[i] {
				t.Errorf("queue %d offset %d: got %.30q, want %.30q", id, i, g[i], w[i])
			}
		}
	}
}

// crashed returns the disk of a store with n messages whose process was killed: everything is in
// the page cache, and a checkpoint was saved.
func crashed(t testing.TB, n int) (*vfs.Mem, map[int32][]string) {
	t.Helper()
	mem := vfs.NewMem()
	o := store.Hurried(small())
	clock := new(atomic.Int64)
	o.Now = func() int64 { return 1_700_000_000_000 + clock.Add(1000) }
	o.FlushInterval, o.FlushThorough = time.Millisecond, time.Millisecond
	s := open(t, mem, o)
	want := fillStore(t, s, n)
	last, err := s.StoreTime([]byte("T"), 0, s.MaxOffset([]byte("T"), 0)-1)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "a checkpoint is saved", func() bool {
		c, ok := checkpoint.Decode(readFile(t, mem, "checkpoint", checkpoint.Size))
		return ok && c.LogTime >= last && c.QueueTime >= last
	})
	disk := mem.CloneKilled()
	closeStore(t, s)
	return disk, want
}

// closed returns the disk of a store with n messages that was closed in order.
func closed(t testing.TB, n int) (*vfs.Mem, map[int32][]string) {
	t.Helper()
	mem := vfs.NewMem()
	s := open(t, mem, small())
	want := fillStore(t, s, n)
	closeStore(t, s)
	return mem, want
}

// remove takes a file or a directory with all that is in it away.
func remove(t testing.TB, fsys vfs.FS, name string) {
	t.Helper()
	e, err := fsys.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if e.Dir {
		list, err := fsys.List(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			remove(t, fsys, name+"/"+e.Name)
		}
	}
	if err := fsys.Remove(name); err != nil {
		t.Fatal(err)
	}
}

// Everything that the log can bring back, it brings back, after a clean exit and after a crash.
func TestLostDerivedFiles(t *testing.T) {
	for name, make := range map[string]func(testing.TB, int) (*vfs.Mem, map[int32][]string){"closed": closed, "crashed": crashed} {
		for _, lost := range []string{"consumequeue", "checkpoint", "index", "consumequeue/T/1/" + fmt.Sprintf("%020d", 0), "consumequeue/T/2"} {
			if name == "crashed" && strings.HasPrefix(lost, "consumequeue/") {
				continue // nothing tells which of several queues should be there
			}
			t.Run(name+"/"+lost, func(t *testing.T) {
				mem, want := make(t, 300)
				remove(t, mem, lost)
				s := open(t, mem, small())
				sameMessages(t, readStore(t, s), want)
				closeStore(t, s)
			})
		}
	}
}

func segmentName(n int64) string { return fmt.Sprintf("commitlog/%020d", n*(64<<10)) }

func write(t testing.TB, fsys vfs.FS, name string, pos int64, b []byte) {
	t.Helper()
	f, err := fsys.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(b, pos); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// Damage in the middle costs the damaged messages and no others.
func TestDamageInTheMiddle(t *testing.T) {
	for name, make := range map[string]func(testing.TB, int) (*vfs.Mem, map[int32][]string){"closed": closed, "crashed": crashed} {
		for what, bytes := range map[string][]byte{"one byte": {0xFF}, "a page": slices.Repeat([]byte{0}, 4096), "garbage": slices.Repeat([]byte{0xDA, 0xA3, 0x20}, 700)} {
			t.Run(name+"/"+what, func(t *testing.T) {
				mem, want := make(t, 300)
				write(t, mem, segmentName(1), 20_000, bytes)
				s := open(t, mem, small())
				defer s.Close()
				got := readStore(t, s)
				lost := 0
				for id, list := range want {
					if len(got[id]) != len(list) {
						t.Fatalf("queue %d: %d offsets, want %d", id, len(got[id]), len(list))
					}
					for i := range list {
						if got[id][i] != list[i] {
							lost++
						}
					}
				}
				if lost == 0 || lost > len(bytes)/1000+2 {
					t.Errorf("%d messages lost to %d bytes of damage", lost, len(bytes))
				}
			})
		}
	}
}
