package filter

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/broker/filter/sql92"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Whoever dispatches is not kept by long expressions: the bit map of a message that would take long says yes to all.
func TestBitsTakeTheirShare(t *testing.T) {
	f, c := open(t, vfs.NewMem(), Options{})
	all := bytes.Repeat([]byte{0xff}, f.bloom.bits/8)
	none := make([]byte, f.bloom.bits/8)
	heartbeat(f, "G", sql("T", "a = 'no'", 1))
	small, wide := message("T", "a", "yes"), message("T", "a", "yes", "b", strings.Repeat("x", 30<<10))
	if got := f.AppendBits(nil, small); !bytes.Equal(got, none) {
		t.Fatalf("a message that nobody wants has bits %x", got)
	}
	term := " AND z <> 'q'"
	long := "a <> ''" + strings.Repeat(term, (sql92.MaxLength-100)/len(term)) + " AND a = 'no'"
	heartbeat(f, "L", sql("T", long, 1))
	if f.lookup([]byte("L"), []byte("T")) == nil {
		t.Fatal("the long expression is not known")
	}
	began := time.Now()
	for range 1000 {
		if got := f.AppendBits(nil, wide); !bytes.Equal(got, all) {
			t.Fatalf("the bits of a message that takes long to judge are %x", got)
		}
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("a thousand of them took %v", took)
	}
	exact := 0
	for ; bytes.Equal(f.AppendBits(nil, small), none); exact++ {
		if exact > 10_000 {
			t.Fatal("many messages may take any time together")
		}
	}
	if exact == 0 {
		t.Error("a short message was not judged")
	}
	c.pass(shareOf)
	if got := f.AppendBits(nil, small); !bytes.Equal(got, none) {
		t.Errorf("later bits are %x", got)
	}
	var v record.View
	v.Topic = []byte("other")
	if got := f.AppendBits(nil, &v); len(got) != 0 {
		t.Errorf("bits %x of a topic that nobody filters", got)
	}
}
