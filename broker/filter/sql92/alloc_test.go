package sql92

import (
	"testing"

	"github.com/gannetmq/gannet/store/record"
)

// raw is the properties of a message as they are stored.
type raw []byte

func (r raw) Property(name string) ([]byte, bool) { return record.Property(r, name) }

func message() Properties {
	var b []byte
	for _, p := range [][2]string{{"a", "5"}, {"region", "hangzhou"}, {"price", "12.75"}, {"long", "9223372036854775807"}, {"TAGS", "TagA"}} {
		b = record.AppendProperty(b, p[0], p[1])
	}
	return raw(b)
}

var alloc = []struct {
	text string
	want bool
}{
	{"a BETWEEN 0 AND 3 OR a > 4", true},
	{"price > 12.5 AND price <= 13", false}, // 13 is an int, 12.75 is none: Java throws
	{"price > 12.5 AND price <= 13.0", true},
	{"long = 9223372036854775807", true},
	{"region IN ('beijing', 'shanghai', 'hangzhou') AND TAGS IS NOT NULL", true},
	{"region IN ('1','2','3','4','5','6','7','8','9','hangzhou')", true},
	{"region NOT CONTAINS 'zh' OR absent = 'x'", false},
	{"region STARTSWITH 'hang' AND (region > a OR TRUE)", false}, // texts have no order
	{"region = 1", false},
	{"region > 1.5", false},
}

func TestMatchAllocatesNothing(t *testing.T) {
	m := message()
	for _, c := range alloc {
		f, err := Compile(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Match(m); got != c.want {
			t.Errorf("%s: got %v, want %v", c.text, got, c.want)
		}
		if n := testing.AllocsPerRun(100, func() { f.Match(m) }); n != 0 {
			t.Errorf("%s: %v allocations a message, want none", c.text, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	m := message()
	f, err := Compile("a BETWEEN 0 AND 3 OR region = 'hangzhou' AND price > 12.5")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		f.Match(m)
	}
}
