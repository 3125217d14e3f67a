package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/dispatch"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// kinds are small options with batch queues for topics that begin with B, and light queues.
func kinds() store.Options {
	o := small()
	o.BatchFileSize = 10 * 46
	o.BatchTopic = func(topic []byte) bool { return topic[0] == 'B' }
	o.Light = true
	return o
}

const kindsTopics = `{"topicConfigTable":{"B":{"attributes":{"queue.type":"BatchCQ"}},"T":{"attributes":{}}}}`

// putMessage stores m and makes it visible.
func putMessage(t testing.TB, s *store.Store, m record.Message, o record.EncodeOptions) (queueOff int64, err error) {
	t.Helper()
	m.BornHost, m.StoreHost = bornHost, storeHost
	var e record.Encoded
	o.Light = true
	if err := e.Set(&m, o); err != nil {
		t.Fatal(err)
	}
	q, err := s.Queue(m.Topic, m.QueueID)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Put(&e, q, false)
	s.Drive()
	return p.QueueOffset, err
}

// putInner stores an inner batch of n elements.
func putInner(t testing.TB, s *store.Store, n int) int64 {
	t.Helper()
	var body []byte
	for range n {
		body = append(body, 0, 0, 0, 23, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 'x', 0, 0)
	}
	off, err := putMessage(t, s, record.Message{Topic: []byte("B"), Body: body, Inner: int32(n), Properties: []byte("A\x01b")}, record.EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return off
}

func TestBatchQueues(t *testing.T) {
	mem := vfs.NewMem()
	makeDirs(t, mem, "config/x")
	create(t, mem, "config/topics.json", []byte(kindsTopics))
	s := open(t, mem, kinds())
	next := int64(0)
	var bases []int64
	for i := range 40 {
		n := 1 + i%4
		if n == 1 {
			putBody(t, s, "B", 0, []byte("alone"), "tag")
		} else if off := putInner(t, s, n); off != next {
			t.Fatalf("batch %d got offset %d, want %d", i, off, next)
		}
		bases = append(bases, next)
		next += int64(n)
	}
	check := func(what string, s *store.Store) {
		t.Helper()
		var r store.Read
		defer r.Release()
		for at := range next {
			i, found := slices.BinarySearch(bases, at)
			if !found {
				i--
			}
			status, err := s.Get(&store.Query{Topic: []byte("B"), Offset: at, Max: 5}, &r)
			if err != nil || status != store.Found || r.Messages[0].QueueOffset != bases[i] || r.Max != next || r.Min != 0 {
				t.Fatalf("%s: at %d: %v, %v, %+v, want the batch from %d", what, at, status, err, r, bases[i])
			}
			if r.Count > 5 || int64(r.Count) != r.Next-bases[i] {
				t.Errorf("%s: at %d: %d messages and next is %d, want at most 5 from %d on", what, at, r.Count, r.Next, bases[i])
			}
		}
		if status, err := s.Get(&store.Query{Topic: []byte("B"), Offset: next, Max: 5}, &r); status != store.OffsetOverflowOne || err != nil {
			t.Errorf("%s: at the end: %v, %v", what, status, err)
		}
		for at, want := range map[int64]bool{0: true, next - 1: true, next: false} {
			if ms, err := s.StoreTime([]byte("B"), 0, at); (ms > 0) != want || err != nil {
				t.Errorf("%s: store time at %d: %d, %v", what, at, ms, err)
			}
		}
	}
	check("new", s)
	closeStore(t, s)
	s = open(t, mem, kinds())
	check("closed", s)
	closeStore(t, s)
	remove(t, mem, "batchconsumequeue")
	s = open(t, mem, kinds())
	check("lost", s)
	if off := putInner(t, s, 3); off != next {
		t.Errorf("the next batch gets %d, want %d", off, next)
	}
	closeStore(t, s)
	for name := range files(t, mem, "consumequeue") {
		t.Errorf("%s: a simple queue of a topic with batches", name)
	}
}

// What an open record says of its places is what the queues say, whatever the CRC property covers.
func TestInnerBatchRecord(t *testing.T) {
	o := kinds()
	o.AppendPropCRC = true
	s := open(t, vfs.NewMem(), o)
	defer closeStore(t, s)
	for i := range 12 {
		m := record.Message{Topic: []byte("B"), Body: bytes.Repeat([]byte{0, 0, 0, 22}, 11), Inner: 2, Properties: []byte("INNER_BASE\x0177\x02")}
		off, err := putMessage(t, s, m, record.EncodeOptions{AppendPropCRC: true})
		if err != nil || off != int64(2*i) {
			t.Fatalf("batch %d: offset %d, %v", i, off, err)
		}
		v := lastRecord(t, s, "B", off)
		base, count := v.Batch()
		if ok, present := v.PropCRC(); !ok || !present || base != off || count != 2 || v.SysFlag != record.SysInnerBatch|record.SysNeedUnwrap {
			t.Errorf("batch %d: from %d, %d messages, flags %#x, CRC %t %t; properties %q", i, base, count, v.SysFlag, ok, present, v.Properties)
		}
	}
}

func lastRecord(t *testing.T, s *store.Store, topic string, off int64) *record.View {
	t.Helper()
	var r store.Read
	defer r.Release()
	if status, err := s.Get(&store.Query{Topic: []byte(topic), Offset: off, Max: 1}, &r); status != store.Found || err != nil {
		t.Fatalf("%s at %d: %v, %v", topic, off, status, err)
	}
	v := new(record.View)
	if kind, err := record.Parse(r.AppendTo(nil), v, record.CheckCRC); kind != record.Record || err != nil {
		t.Fatalf("%s at %d: %v, %v", topic, off, kind, err)
	}
	return v
}

type arrived struct{ last map[string]int64 }

func (a *arrived) Arrived(list []dispatch.Arrival) {
	for _, at := range list {
		a.last[at.Topic] = at.Max
	}
}

func TestLightQueues(t *testing.T) {
	mem := vfs.NewMem()
	o := kinds()
	o.MaxLight = 3
	told := &arrived{make(map[string]int64)}
	o.Arrivals = told
	s := open(t, mem, o)
	put := func(topic, names string) error {
		_, err := putMessage(t, s, record.Message{Topic: []byte(topic), QueueID: 1, Body: []byte("m"),
			Properties: []byte("INNER_MULTI_DISPATCH\x01" + names + "\x02INNER_MULTI_QUEUE_OFFSET\x019,9\x02TAGS\x01t")}, record.EncodeOptions{})
		return err
	}
	for _, c := range []struct {
		topic, names, offsets string
		err                   error
	}{
		{"T", "%LMQ%a", "0", nil},
		{"T", "%LMQ%a,%LMQ%b", "1,0", nil},
		{"U", "%LMQ%b,%LMQ%a,%LMQ%b", "1,2,1", nil}, // a name that comes twice has one place
		{"T", "%LMQ%a,plain,%LMQ%x/y,%LMQ%b,,", "3,,,2", nil},
		{"T", "plain", "", nil},
		{"T", "%LMQ%c", "0", nil},
		{"T", "%LMQ%a,%LMQ%d", "", store.ErrManyLight},
		{"T", "%LMQ%a", "4", nil},
		{"%RETRY%g", "%LMQ%a", "", nil}, // not what the client says
	} {
		before := s.MaxOffset([]byte(c.topic), 1)
		if err := put(c.topic, c.names); !errors.Is(err, c.err) {
			t.Fatalf("%s: got %v, want %v", c.names, err, c.err)
		}
		if c.err != nil {
			continue
		}
		var r store.Read
		if status, err := s.Get(&store.Query{Topic: []byte(c.topic), QueueID: 1, Offset: before, Max: 1}, &r); status != store.Found || err != nil {
			t.Fatal(status, err)
		}
		got, _ := record.Property(propertiesOf(t, r.AppendTo(nil)), record.PropInnerMultiQueueOffset)
		if r.Release(); string(got) != c.offsets {
			t.Errorf("%s: offsets %q, want %q", c.names, got, c.offsets)
		}
	}
	want := map[string]int64{"%LMQ%a": 5, "%LMQ%b": 3, "%LMQ%c": 1}
	for name, end := range want {
		if told.last[name] != end {
			t.Errorf("%s: told of %d, want %d", name, told.last[name], end)
		}
	}
	for _, step := range []string{"new", "closed", "lost", "killed"} {
		for name, end := range want {
			if got := s.MaxOffset([]byte(name), 0); got != end {
				t.Errorf("%s: %s ends at %d, want %d", step, name, got, end)
			}
		}
		switch step {
		case "closed":
			closeStore(t, s)
			remove(t, mem, "consumequeue")
		case "lost":
			mem = mem.Clone(rand.New(rand.NewPCG(1, 2)), vfs.Policy{Page: 1, Size: 1, Name: 1})
		default:
			closeStore(t, s)
		}
		s = open(t, mem, o)
	}
	if err := put("T", "%LMQ%a"); err != nil || s.MaxOffset([]byte("%LMQ%a"), 0) != 6 {
		t.Errorf("after all that: %v, end %d, want 6", err, s.MaxOffset([]byte("%LMQ%a"), 0))
	}
	closeStore(t, s)
}

func propertiesOf(t *testing.T, b []byte) []byte {
	t.Helper()
	var v record.View
	if kind, err := record.Parse(b, &v, record.CheckCRC); kind != record.Record || err != nil {
		t.Fatal(kind, err)
	}
	return v.Properties
}

// A list whose offsets make the properties too long is refused, and leaves nothing behind.
func TestLightQueuesTooLong(t *testing.T) {
	o := kinds()
	s := open(t, vfs.NewMem(), o)
	names := make([]string, 3000)
	for i := range names {
		names[i] = fmt.Sprintf("%%LMQ%%%04d", i)
	}
	list := "INNER_MULTI_DISPATCH\x01" + strings.Join(names, ",")
	m := record.Message{Topic: []byte("T"), Body: []byte("m"), Properties: []byte(list)}
	if _, err := putMessage(t, s, m, record.EncodeOptions{}); !errors.Is(err, record.ErrPropertiesTooLarge) {
		t.Errorf("got %v, want %v", err, record.ErrPropertiesTooLarge)
	}
	m.Properties = m.Properties[:len(m.Properties)-9*700]
	if off, err := putMessage(t, s, m, record.EncodeOptions{}); err != nil || off != 0 {
		t.Errorf("a shorter list: offset %d, %v", off, err)
	}
	closeStore(t, s)
}

// Who appends a record that names no light queue pays nothing for those that do.
func TestLightQueuesCostNothingElsewhere(t *testing.T) {
	s := open(t, vfs.NewMem(), kinds())
	var e record.Encoded
	m := record.Message{Topic: []byte("T"), Body: []byte("m"), Properties: []byte("TAGS\x01t\x02"), BornHost: bornHost, StoreHost: storeHost}
	q, err := s.Queue(m.Topic, 0)
	if err != nil {
		t.Fatal(err)
	}
	put := func() {
		if err := e.Set(&m, record.EncodeOptions{Light: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Put(&e, q, false); err != nil {
			t.Fatal(err)
		}
	}
	put()
	if n := testing.AllocsPerRun(100, put); n != 0 {
		t.Errorf("%v allocations a put, want none", n)
	}
	s.Drive()
	closeStore(t, s)
}
