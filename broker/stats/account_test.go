package stats

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/record"
)

func accounts(table *Table) (all []Account) {
	for a := range table.Accounts() {
		all = append(all, *a)
	}
	slices.SortFunc(all, func(a, b Account) int { return cmp.Compare(a.Topic+a.Group, b.Topic+b.Group) })
	return all
}

func TestAccounts(t *testing.T) {
	table := New(Options{Exists: func(string, string) bool { return true }})
	table.Put([]byte("T"), 0, 2, 50, 0)
	table.Put([]byte("T"), 1, 1, 30, 0)
	table.Put([]byte("rmq_sys_x"), 0, 1, 7, 0)
	table.Pulled([]byte("G"), []byte("T"), 0, 2, 2, 50, 0)
	table.Buried([]byte("G"), []byte("T"))
	got := accounts(table)
	want := []Account{
		{Topic: "T", Messages: 3, Bytes: 80}, {Topic: "T", Group: "G", Messages: 2, Bytes: 50, Dead: 1},
		{Topic: "rmq_sys_x", System: true, Messages: 1, Bytes: 7},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for range table.Accounts() {
		break // whoever has enough may stop
	}
}

// What producers sent is told by sort and by size, and is part of all that was stored.
func TestSorts(t *testing.T) {
	table := New(Options{})
	topic := []byte("T")
	table.Sent(topic, 0, record.Normal, 1, 1024, 0)
	table.Sent(topic, 0, record.Normal, 1, 1025, 0)
	table.Sent(topic, 0, record.FIFO, 3, 10_000, 0) // 3,333 each
	table.Sent(topic, 1, record.Delayed, 1, 5<<20, time.Millisecond)
	table.Put(topic, 0, 1, 100, 0)
	a := accounts(table)[0]
	const bytes = 1024 + 1025 + 10_000 + 5<<20
	if a.Messages != 7 || a.Bytes != bytes+100 {
		t.Errorf("%d messages, %d bytes; want 7 and %d", a.Messages, a.Bytes, bytes+100)
	}
	want := [record.Sorts]Sent{
		record.Normal:  {2, 2049, Histogram{[7]int64{1, 1}, 2049}},
		record.FIFO:    {3, 10_000, Histogram{[7]int64{0, 1}, 3333}},
		record.Delayed: {1, 5 << 20, Histogram{[7]int64{6: 1}, 5 << 20}},
	}
	if a.Sent != want {
		t.Errorf("got %+v, want %+v", a.Sent, want)
	}
	if now := table.find(topic).totals(); now != (totals{times: 5, nums: 7, size: bytes + 100}) {
		t.Errorf("in all %+v", now)
	}
	if s, ok := table.Summary("TOPIC_PUT_LATENCY", "1@T"); !ok {
		t.Errorf("the queue is not counted: %+v", s)
	}
}

func TestFeatures(t *testing.T) {
	table := New(Options{})
	topic := []byte("T")
	table.Committed(topic, 5*time.Second)
	table.Committed(topic, time.Hour+time.Second)
	table.RolledBack(topic)
	table.TimerTook(topic, time.Minute)
	table.TimerTook(topic, 80*time.Hour)
	table.TimerGave(topic)
	table.Committed(topic, -time.Hour) // by a client's clock that is wrong
	table.TimerTook(topic, math.MinInt64)
	a := accounts(table)[0]
	if a.Commits != 3 || a.Rollbacks != 1 || a.Timed != 3 || a.Delivered != 1 || a.Messages != 0 {
		t.Errorf("got %+v", a)
	}
	if want := (Histogram{[7]int64{1, 0, 0, 0, 1}, 3606}); a.Ages != want {
		t.Errorf("ages %+v, want %+v", a.Ages, want)
	}
	if want := (Histogram{[7]int64{1, 0, 0, 0, 0, 0, 1}, 60 + 80*3600}); a.Waits != want {
		t.Errorf("waits %+v, want %+v", a.Waits, want)
	}
}

// A table without room counts nothing and does not fall over.
func TestNoRoomForFeatures(t *testing.T) {
	table := New(Options{MaxCounters: 1})
	table.Put([]byte("A"), -1, 1, 1, 0)
	table.Sent([]byte("B"), 0, record.Normal, 1, 1, 0)
	table.Committed([]byte("B"), 0)
	table.RolledBack([]byte("B"))
	table.TimerTook([]byte("B"), 0)
	table.TimerGave([]byte("B"))
	table.Buried([]byte("G"), []byte("B"))
	if got := accounts(table); len(got) != 1 {
		t.Errorf("got %+v, want one", got)
	}
}
