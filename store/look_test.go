package store_test

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

func TestLook(t *testing.T) {
	s := open(t, vfs.NewMem(), small())
	defer closeStore(t, s)
	putBody(t, s, "T", 0, []byte("first"), "a")
	second := s.Stats().LogEnd
	putBody(t, s, "T", 0, []byte("second"), "a")
	var r store.Read
	defer r.Release()
	if err := s.Look(second, &r, true); err != nil || r.Messages[0].QueueOffset != 1 || bodies(t, &r)[0] != "second" {
		t.Errorf("look at %d: %v, %+v", second, err, r.Messages)
	}
	for _, off := range []int64{-1, 1, second - 1, second + 1, s.Stats().LogEnd, s.Stats().LogEnd - 50, 1 << 40} {
		if err := s.Look(off, &r, false); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("look at %d: got %v, want %v", off, err, store.ErrNotFound)
		}
	}
}

// What is looked up stands behind what is there, and costs nothing but its bytes.
func TestAppendLook(t *testing.T) {
	s := open(t, vfs.NewMem(), small())
	defer closeStore(t, s)
	putBody(t, s, "T", 0, []byte("first"), "a")
	var r store.Read
	if err := s.Look(0, &r, false); err != nil {
		t.Fatal(err)
	}
	want := "x" + string(r.AppendTo(nil))
	r.Release()
	for name, look := range map[string]func([]byte, int64) ([]byte, error){"look": s.AppendLook, "reread": s.AppendReread} {
		buf := append(make([]byte, 0, 1024), 'x')
		if got, err := look(buf, 0); err != nil || string(got) != want {
			t.Errorf("%s: %v, %q, want %q", name, err, got, want)
		}
		if got, err := look(buf, 1); !errors.Is(err, store.ErrNotFound) || string(got) != "x" {
			t.Errorf("%s: %v, %q, want %v", name, err, got, store.ErrNotFound)
		}
		if n := testing.AllocsPerRun(100, func() { buf, _ = look(buf[:1], 0) }); n > 1 { // the pool is emptied now and then
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// The record in a body is whole, and names the place where its message would be; only the queue knows better.
func TestLookAtWhatABodySays(t *testing.T) {
	const bodyAt = 88 // hosts are IPv4
	for name, c := range map[string]struct {
		topic    string
		sysFlag  int32
		queueID  int32
		queueOff int64
	}{
		"place of another":    {topic: "T", queueOff: 0},
		"place of its bearer": {topic: "T", queueOff: 1},
		"behind the end":      {topic: "T", queueOff: 2},
		"far behind the end":  {topic: "T", queueOff: math.MaxInt64},
		"negative offset":     {topic: "T", queueOff: -1},
		"no such queue":       {topic: "T", queueID: 1},
		"negative queue":      {topic: "T", queueID: -1},
		"no such topic":       {topic: "absent"},
		"half of old":         {topic: "T", sysFlag: record.SysTranPrepared, queueOff: 1},
		"rolled back":         {topic: "T", sysFlag: record.SysTranRollback, queueOff: 1},
		"batch":               {topic: "B", queueOff: 1},
	} {
		t.Run(name, func(t *testing.T) {
			o := small()
			o.BatchTopic = func(topic []byte) bool { return string(topic) == "B" }
			s := open(t, vfs.NewMem(), o)
			defer closeStore(t, s)
			putBody(t, s, "B", 0, []byte("first"), "")
			putBody(t, s, "T", 0, []byte("first"), "")
			at := s.Stats().LogEnd + bodyAt
			var forged record.Encoded
			m := record.Message{
				Topic: []byte(c.topic), QueueID: c.queueID, SysFlag: c.sysFlag, Body: []byte("forged"), BornHost: bornHost, StoreHost: storeHost,
			}
			if err := forged.Set(&m, record.EncodeOptions{}); err != nil {
				t.Fatal(err)
			}
			forged.Patch(0, c.queueOff, at, 1)
			putBody(t, s, "T", 0, forged.Bytes, "")
			var r store.Read
			defer r.Release()
			if err := s.Look(at, &r, false); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("got %v with %d messages, want %v", err, len(r.Messages), store.ErrNotFound)
			}
			if err := s.Look(at-bodyAt, &r, false); err != nil || bodies(t, &r)[0] != string(forged.Bytes) {
				t.Errorf("the message around it: %v", err)
			}
		})
	}
}

// Who knows where a message lies may ask before it is in its queue.
func TestLookWaitsForTheQueue(t *testing.T) {
	s := open(t, vfs.NewMem(), small()) // CallerDrives: nobody has said that there is something
	defer closeStore(t, s)
	q, err := s.Queue([]byte("T"), 0)
	if err != nil {
		t.Fatal(err)
	}
	var e record.Encoded
	m := record.Message{Topic: []byte("T"), Body: []byte("m"), BornHost: bornHost, StoreHost: storeHost}
	if err := e.Set(&m, record.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	placed, err := s.Put(&e, q, false)
	if err != nil {
		t.Fatal(err)
	}
	var r store.Read
	defer r.Release()
	if err := s.Look(placed.PhyOffset, &r, true); !errors.Is(err, store.ErrWouldBlock) {
		t.Errorf("without waiting: got %v, want %v", err, store.ErrWouldBlock)
	}
	if err := s.Look(placed.PhyOffset, &r, false); err != nil || bodies(t, &r)[0] != "m" {
		t.Errorf("got %v", err)
	}
}

func TestLookAllocatesNothing(t *testing.T) {
	s := open(t, vfs.NewMem(), small())
	defer closeStore(t, s)
	putBody(t, s, "T", 0, []byte("first"), "a")
	at := s.Stats().LogEnd
	putBody(t, s, "T", 0, []byte("second"), "a")
	var r store.Read
	defer r.Release()
	if n := testing.AllocsPerRun(1000, func() {
		if err := s.Look(at, &r, false); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// A body may hold what looks like a record, as large as the messages behind it reach. Nobody is made to read that much.
func TestLookIntoABody(t *testing.T) {
	o := small()
	o.LogFileSize, o.Window = 64<<20, 128<<20
	s := open(t, vfs.NewMem(), o)
	defer closeStore(t, s)
	const bodyAt, n = 88, 4 << 20 // hosts are IPv4
	first := s.Stats().LogEnd
	putBody(t, s, "T", 0, make([]byte, 1), "")
	record1 := s.Stats().LogEnd - first - 1 // around the body
	for _, messages := range []int64{3, 5} {
		at := s.Stats().LogEnd + bodyAt
		size := messages*n + (messages-1)*record1 // from the first body's beginning to the last one's end
		head, tail := make([]byte, n), make([]byte, n)
		be := binary.BigEndian
		be.PutUint32(head, uint32(size))
		be.PutUint32(head[4:], record.MagicV1)
		be.PutUint64(head[28:], uint64(at))
		be.PutUint32(head[84:], uint32(size-bodyAt-4))
		copy(tail[n-4:], "\x01T\x00\x00")
		putBody(t, s, "T", 0, head, "")
		for range messages - 2 {
			putBody(t, s, "T", 0, make([]byte, n), "")
		}
		putBody(t, s, "T", 0, tail, "")
		var r store.Read
		_, err := store.SizeAt(s, at, &r)
		if found := err == nil; found != (size <= 16<<20) || err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a record of %d bytes in a body: got %v, want it only up to 16 MiB", size, err)
		}
		r.Release()
	}
}
