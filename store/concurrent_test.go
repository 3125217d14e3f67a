package store_test

import (
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/dispatch"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// arrivals remembers the highest end that was told of each queue.
type arrivals struct {
	mu  sync.Mutex
	max map[string]int64
	bad atomic.Int64 // tellings that went backwards
}

func (a *arrivals) Arrived(list []dispatch.Arrival) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, x := range list {
		k := fmt.Sprintf("%s-%d", x.Topic, x.QueueID)
		if x.Max <= a.max[k] || len(x.TagsCodes) == 0 {
			a.bad.Add(1)
		}
		a.max[k] = x.Max
	}
}

func (a *arrivals) end(queue string) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.max[queue]
}

// Many goroutines put, drive and get at once. Every message is there once, queue offsets have no gap,
// the order of each putter holds, and the last arrival of each queue is told without anybody driving
// after it.
func TestConcurrentPutsAndGets(t *testing.T) {
	const putters, each, queues = 8, 1500, 3
	for _, mode := range []struct {
		name   string
		drives bool
		flush  store.FlushMode
	}{{"caller drives", true, store.AsyncFlush}, {"goroutine drives", false, store.AsyncFlush}, {"sync", false, store.SyncFlush}} {
		t.Run(mode.name, func(t *testing.T) {
			told := &arrivals{max: make(map[string]int64)}
			s := open(t, vfs.NewOS(t.TempDir()), store.Options{
				LogFileSize: 1 << 20, QueueFileSize: 4000, CallerDrives: mode.drives, Flush: mode.flush,
				Arrivals: told, IndexSlots: 100, IndexEntries: 1000,
			})
			var wg sync.WaitGroup
			for p := range uint64(putters) {
				wg.Go(func() { putMany(t, s, p, each, queues, mode.drives) })
			}
			stop := make(chan struct{})
			var readers sync.WaitGroup
			readers.Go(func() { readAlong(t, s, queues, stop) })
			wg.Wait()
			total := int64(0)
			for id := range int32(queues) {
				name := fmt.Sprintf("T-%d", id)
				eventually(t, "the last arrival is told", func() bool {
					return told.end(name) > 0 && told.end(name) == s.MaxOffset([]byte("T"), id) && s.Stats().Dispatched == s.Stats().LogEnd
				})
				total += s.MaxOffset([]byte("T"), id)
			}
			close(stop)
			readers.Wait()
			if total != putters*each {
				t.Errorf("%d messages, want %d", total, putters*each)
			}
			if n := told.bad.Load(); n > 0 {
				t.Errorf("%d arrivals without progress or tags", n)
			}
			verifyMany(t, s, putters, each, queues)
			closeStore(t, s)
		})
	}
}

// putMany puts numbered messages of one putter.
func putMany(t *testing.T, s *store.Store, putter uint64, n, queues int, drive bool) {
	var e record.Encoded
	body := make([]byte, 600)
	for i := range n {
		binary.BigEndian.PutUint64(body, putter)
		binary.BigEndian.PutUint64(body[8:], uint64(i))
		m := &record.Message{Topic: []byte("T"), QueueID: int32(i % queues), Body: body, BornHost: bornHost, StoreHost: storeHost}
		if err := e.Set(m, record.EncodeOptions{}); err != nil {
			t.Error(err)
			return
		}
		q, err := s.Queue(m.Topic, m.QueueID)
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := s.Put(&e, q, false); err != nil {
			t.Errorf("putter %d message %d: %v", putter, i, err)
			return
		}
		if drive {
			s.Drive()
		}
	}
}

// readAlong reads all queues again and again while others put.
func readAlong(t *testing.T, s *store.Store, queues int, stop chan struct{}) {
	var r store.Read
	defer r.Release()
	q := store.Query{Topic: []byte("T"), Max: 32}
	next := make([]int64, queues)
	for {
		select {
		case <-stop:
			return
		default:
		}
		for id := range next {
			q.QueueID, q.Offset = int32(id), next[id]
			status, err := s.Get(&q, &r)
			if err != nil {
				t.Errorf("get: %v", err)
				return
			}
			if status == store.Found {
				bodies(t, &r)
			}
			next[id] = r.Next
		}
	}
}

func verifyMany(t *testing.T, s *store.Store, putters, each, queues int) {
	t.Helper()
	var r store.Read
	defer r.Release()
	seen := make(map[uint64]int)
	for id := range queues {
		last := make(map[uint64]uint64)
		q := store.Query{Topic: []byte("T"), QueueID: int32(id), Max: 32}
		for q.Offset < s.MaxOffset(q.Topic, q.QueueID) {
			if status, err := s.Get(&q, &r); err != nil || status != store.Found {
				t.Fatalf("queue %d at %d: %v, %v", id, q.Offset, status, err)
			}
			for i, body := range bodies(t, &r) {
				if want := q.Offset + int64(i); r.Messages[i].QueueOffset != want {
					t.Fatalf("queue %d: offset %d, want %d", id, r.Messages[i].QueueOffset, want)
				}
				putter, n := binary.BigEndian.Uint64([]byte(body)), binary.BigEndian.Uint64([]byte(body[8:]))
				if before, ok := last[putter]; ok && n <= before {
					t.Fatalf("queue %d: message %d of putter %d comes after %d", id, n, putter, before)
				}
				last[putter] = n
				seen[putter]++
			}
			q.Offset = r.Next
		}
	}
	for p := range uint64(putters) {
		if seen[p] != each {
			t.Errorf("putter %d: %d messages, want %d", p, seen[p], each)
		}
	}
}

// A topic that is deleted and made again begins with offset 0, also after a restart.
func TestDeleteTopic(t *testing.T) {
	mem := vfs.NewMem()
	s := open(t, mem, small())
	for range 50 {
		putBody(t, s, "T", 0, []byte("old"), "")
		putBody(t, s, "U", 0, []byte("other"), "")
	}
	if err := s.DeleteTopic([]byte("T")); err != nil {
		t.Fatal(err)
	}
	if got := s.MaxOffset([]byte("T"), 0); got != 0 {
		t.Errorf("a deleted topic ends at %d, want 0", got)
	}
	for range 3 {
		putBody(t, s, "T", 0, []byte("new"), "")
	}
	closeStore(t, s)
	s = open(t, mem, small())
	var r store.Read
	if status, err := s.Get(&store.Query{Topic: []byte("T"), Max: 32}, &r); err != nil || status != store.Found {
		t.Fatalf("get: %v, %v", status, err)
	}
	for i, body := range bodies(t, &r) {
		if body != "new" {
			t.Errorf("offset %d: got %q", i, body)
		}
	}
	if r.Max != 3 || s.MaxOffset([]byte("U"), 0) != 50 {
		t.Errorf("ends: got %d, %d, want 3, 50", r.Max, s.MaxOffset([]byte("U"), 0))
	}
	r.Release()
	closeStore(t, s)
}
