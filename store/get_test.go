package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// small are options for tests on a disk in memory.
func small() store.Options {
	return store.Options{LogFileSize: 64 << 10, QueueFileSize: 400, CallerDrives: true, IndexSlots: 100, IndexEntries: 1000}
}

// putBody stores one message and makes it visible.
func putBody(t testing.TB, s *store.Store, topic string, id int32, body []byte, tag string) {
	t.Helper()
	var e record.Encoded
	m := &record.Message{Topic: []byte(topic), QueueID: id, Body: body, BornHost: bornHost, StoreHost: storeHost}
	if tag != "" {
		m.Properties = record.AppendProperty(nil, record.PropTags, tag)
	}
	if err := e.Set(m, record.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	q, err := s.Queue(m.Topic, id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(&e, q, false); err != nil {
		t.Fatalf("put: %v", err)
	}
	s.Drive()
}

// bodies reads what r returned.
func bodies(t testing.TB, r *store.Read) []string {
	t.Helper()
	all := r.AppendTo(nil)
	if len(all) != r.Len() {
		t.Errorf("AppendTo gave %d bytes, Len says %d", len(all), r.Len())
	}
	var list []string
	for i := range r.Messages {
		var v record.View
		if kind, err := record.Parse(all, &v, record.CheckCRC); kind != record.Record || err != nil {
			t.Fatalf("message %d: %v, %v", i, kind, err)
		}
		if one := r.AppendRecord(nil, i); !bytes.Equal(one, v.Bytes()) || r.Messages[i].QueueOffset != v.QueueOffset {
			t.Errorf("message %d: AppendRecord and AppendTo differ", i)
		}
		list = append(list, string(v.Body))
		all = all[v.Size:]
	}
	return list
}

func TestGetStatus(t *testing.T) {
	s := open(t, vfs.NewMem(), small())
	defer closeStore(t, s)
	for i := range 5 {
		putBody(t, s, "T", 1, fmt.Appendf(nil, "m%d", i), "a")
	}
	if _, err := s.Queue([]byte("T"), 0); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		topic  string
		id     int32
		offset int64
		status store.Status
		next   int64
	}{
		{"absent", 0, 7, store.NoMessageInQueue, 0},
		{"T", 0, 7, store.NoMessageInQueue, 0},
		{"T", 1, -1, store.OffsetTooSmall, 0},
		{"T", 1, 0, store.Found, 5},
		{"T", 1, 3, store.Found, 5},
		{"T", 1, 5, store.OffsetOverflowOne, 5},
		{"T", 1, 6, store.OffsetOverflowBadly, 5},
	} {
		var r store.Read
		status, err := s.Get(&store.Query{Topic: []byte(c.topic), QueueID: c.id, Offset: c.offset, Max: 32}, &r)
		if err != nil || status != c.status || r.Next != c.next {
			t.Errorf("%s-%d at %d: got %v, next %d, %v; want %v, %d", c.topic, c.id, c.offset, status, r.Next, err, c.status, c.next)
		}
		r.Release()
	}
}

// prefixFilter wants messages with a tag whose body, not their entry, decides.
type prefixFilter struct {
	code int64
	want byte
}

func (f prefixFilter) Match(code int64) bool { return f.code == 0 || f.code == code }
func (f prefixFilter) MatchRecord(v *record.View) bool {
	b := v.Bytes()
	return f.want == 0 || bytes.Contains(b, []byte{'b', f.want})
}

func TestGetFiltersAndLimits(t *testing.T) {
	o := small()
	o.HotMessages, o.HotBytes, o.FilterBytes = 10, 5000, 400
	s := open(t, vfs.NewMem(), o)
	defer closeStore(t, s)
	for i := range 60 {
		tag := "x"
		if i == 50 {
			tag = "rare"
		}
		putBody(t, s, "T", 0, fmt.Appendf(nil, "b%c%099d", 'A'+i%26, i), tag)
	}
	rare := record.TagsCode([]byte("rare"))
	for _, c := range []struct {
		name   string
		q      store.Query
		status store.Status
		count  int
		next   int64
	}{
		{"as many as asked for", store.Query{Max: 3}, store.Found, 3, 3},
		{"no more than HotMessages", store.Query{Max: 100}, store.Found, 10, 10},
		{"one, however small the limit", store.Query{Max: 3, Bytes: 1}, store.Found, 1, 1},
		{"by bytes", store.Query{Max: 10, Bytes: 500}, store.Found, 2, 2},
		{"nothing within the entries of one scan", store.Query{Max: 1, Filter: prefixFilter{code: rare}}, store.NoMatchedMessage, 0, 20},
		{"a scan is at least as long as what is asked for", store.Query{Max: 55, Filter: prefixFilter{code: rare}}, store.Found, 1, 55},
		{"by the record", store.Query{Max: 1, Filter: prefixFilter{want: 'E'}}, store.Found, 1, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.q.Topic = []byte("T")
			var r store.Read
			defer r.Release()
			status, err := s.Get(&c.q, &r)
			if err != nil || status != c.status || len(r.Messages) != c.count || r.Next != c.next {
				t.Errorf("got %v, %d messages, next %d, %v; want %v, %d, %d", status, len(r.Messages), r.Next, err, c.status, c.count, c.next)
			}
			bodies(t, &r)
		})
	}
}

// What lies behind the window is cold: NoWait refuses it, and without NoWait it comes from the disk,
// together with what is hot.
func TestGetColdAndHot(t *testing.T) {
	o := small()
	o.Window = 4 << 10
	s := open(t, vfs.NewMem(), o)
	defer closeStore(t, s)
	var want []string
	for i := range 100 {
		want = append(want, fmt.Sprintf("%01000d", i))
		putBody(t, s, "T", 0, []byte(want[i]), "")
	}
	var r store.Read
	defer r.Release()
	q := store.Query{Topic: []byte("T"), Max: 32, NoWait: true}
	if _, err := s.Get(&q, &r); !errors.Is(err, store.ErrWouldBlock) {
		t.Errorf("cold with NoWait: got %v, want %v", err, store.ErrWouldBlock)
	}
	q.Offset = 98
	if status, err := s.Get(&q, &r); err != nil || status != store.Found || len(r.Messages) != 2 {
		t.Errorf("hot with NoWait: got %v, %v, %d messages, want 2", status, err, len(r.Messages))
	}
	q = store.Query{Topic: []byte("T"), Max: 32}
	var got []string
	for q.Offset < 100 {
		status, err := s.Get(&q, &r)
		if err != nil || status != store.Found {
			t.Fatalf("at %d: %v, %v", q.Offset, status, err)
		}
		got = append(got, bodies(t, &r)...)
		q.Offset = r.Next
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %d bodies, not those of the %d messages put", len(got), len(want))
	}
}

// Cold is what lies ColdPercent of the memory behind the end and had to be read from the disk, wanted or not.
func TestGetCold(t *testing.T) {
	o := small()
	o.LogFileSize, o.Window, o.Memory = 1<<20, 4<<10, 100_000 // 26,000 bytes are not cold
	s := open(t, vfs.NewMem(), o)
	defer closeStore(t, s)
	for range 100 {
		putBody(t, s, "T", 0, make([]byte, 1000), "")
	}
	var r store.Read
	defer r.Release()
	first := int64(-1)
	for at := range int64(100) {
		status, err := s.Get(&store.Query{Topic: []byte("T"), Offset: at, Max: 1}, &r)
		if err != nil || status != store.Found {
			t.Fatalf("at %d: %v, %v", at, status, err)
		}
		cold := s.IsCold([]byte("T"), 0, at)
		if want := map[bool]int{true: r.Len()}[cold]; r.Cold != want {
			t.Errorf("at %d: %d bytes are cold, want %d", at, r.Cold, want)
		}
		if !cold && first < 0 {
			first = at
		}
	}
	if size := int64(r.Len()); first != 100-26_000/size {
		t.Errorf("messages of %d bytes: cold up to %d, want %d", size, first, 100-26_000/size)
	}
	if s.IsCold([]byte("T"), 0, 100) || s.IsCold([]byte("none"), 0, 0) {
		t.Error("what is not there is cold")
	}
	q := store.Query{Topic: []byte("T"), Max: 8, Filter: tagFilter(0)} // it wants none, when it has seen the record
	if status, err := s.Get(&q, &r); err != nil || status != store.NoMatchedMessage || r.Cold < 8000 || r.Disk < r.Cold {
		t.Errorf("filtered: %v, %v, %d bytes are cold of %d, want those of all that were read", status, err, r.Cold, r.Disk)
	}
}

// The names are the remarks of pull answers.
func TestStatusNames(t *testing.T) {
	for status, want := range map[store.Status]string{
		store.Found: "FOUND", store.NoMatchedMessage: "NO_MATCHED_MESSAGE", store.MessageWasRemoving: "MESSAGE_WAS_REMOVING",
		store.OffsetOverflowBadly: "OFFSET_OVERFLOW_BADLY", store.OffsetOverflowOne: "OFFSET_OVERFLOW_ONE",
		store.OffsetTooSmall: "OFFSET_TOO_SMALL", store.NoMessageInQueue: "NO_MESSAGE_IN_QUEUE",
		store.NoMessageInQueue + 1: "UNKNOWN",
	} {
		if got := status.String(); got != want {
			t.Errorf("status %d: got %s, want %s", status, got, want)
		}
	}
}
