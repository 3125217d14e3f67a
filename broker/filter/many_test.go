package filter

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

// The bits of the next message are those of the groups that there are then.
func TestBitsFollowTheGroups(t *testing.T) {
	f, _ := open(t, vfs.NewMem(), Options{})
	bits := func() []byte { return f.AppendBits(nil, message("T", "a", "1")) }
	heartbeat(f, "A", sql("T", "a = 1", 1))
	one := bits()
	heartbeat(f, "B", sql("T", "a = 1", 1))
	if two := bits(); bytes.Equal(two, one) || !has(two, f.Registered([]byte("B"), []byte("T")).bits) {
		t.Errorf("with another group: %x after %x", two, one)
	}
	heartbeat(f, "B", sql("T", "a <<", 2))
	if got := bits(); !bytes.Equal(got, one) {
		t.Errorf("without it: %x, want %x", got, one)
	}
	heartbeat(f, "A", sql("T", "a <<", 2))
	if got := bits(); got != nil {
		t.Errorf("without any: %x", got)
	}
}

// BenchmarkPrepare is a heartbeat with 1,000 new groups that filter a topic which 10,000 groups filter, and their end.
func BenchmarkPrepare(b *testing.B) {
	table, err := Open(vfs.NewMem(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	enter := func(from, to int) {
		for i := from; i < to; i++ {
			table.Prepare(fmt.Sprint("G", i), []Subscription{{Topic: "T", Expression: "a > 1", Type: SQL92, Version: 1}})()
		}
	}
	const there, fresh = 10_000, 1000
	enter(0, there)
	for b.Loop() {
		enter(there, there+fresh)
		for i := there; i < there+fresh; i++ {
			table.Gone(fmt.Sprint("G", i))
			table.remove(fmt.Sprint("G", i), "T")
		}
	}
	if got := len(table.topics["T"].groups); got != there {
		b.Errorf("%d entries in the end, want %d", got, there)
	}
}
