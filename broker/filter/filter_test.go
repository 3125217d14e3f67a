package filter

import (
	"encoding/base64"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// clock is the time of a test.
type clock struct{ now time.Time }

func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

func open(t *testing.T, fs vfs.FS, o Options) (*Table, *clock) {
	t.Helper()
	c := &clock{time.UnixMilli(1_795_230_740_000)}
	o.Now = func() time.Time { return c.now }
	f, err := Open(fs, o)
	if err != nil {
		t.Fatal(err)
	}
	return f, c
}

func sql(topic, expression string, version int64) Subscription {
	return Subscription{Topic: topic, Expression: expression, Type: SQL92, Version: version}
}

func heartbeat(f *Table, group string, subs ...Subscription) { f.Prepare(group, subs)() }

func message(topic string, properties ...string) *record.View {
	v := &record.View{Topic: []byte(topic)}
	for i := 0; i < len(properties); i += 2 {
		v.Properties = record.AppendProperty(v.Properties, properties[i], properties[i+1])
	}
	return v
}

func TestBloomJava(t *testing.T) {
	var facts struct {
		K, M    int
		Strings []struct {
			Str        string
			BitPos     []int32
			BitsBase64 string
		}
		TwoGroupsBits string
		Parameters    []map[string]any
	}
	golden.Facts(t, "bloom", &facts)
	b := newBloom(20, 32)
	if b != (bloom{facts.K, facts.M}) {
		t.Errorf("got %+v, want k=%d m=%d", b, facts.K, facts.M)
	}
	both := make([]byte, b.bits/8)
	for i, s := range facts.Strings {
		at := b.positions(s.Str)
		if !slices.Equal(at, s.BitPos) {
			t.Errorf("%q: got %v, want %v", s.Str, at, s.BitPos)
		}
		m := make([]byte, b.bits/8)
		set(m, at)
		if got := base64.StdEncoding.EncodeToString(m); got != s.BitsBase64 || !has(m, at) {
			t.Errorf("%q: got %s, want %s", s.Str, got, s.BitsBase64)
		}
		if i < 2 {
			set(both, at)
		}
	}
	if got := base64.StdEncoding.EncodeToString(both); got != facts.TwoGroupsBits {
		t.Errorf("two groups: got %s, want %s", got, facts.TwoGroupsBits)
	}
	for _, p := range facts.Parameters {
		b := newBloom(int(p["f"].(float64)), int(p["n"].(float64)))
		if got, want := fmt.Sprint(b.hashes, b.bits, b.positions("GID_sql#TopicSql")), fmt.Sprint(p["k"], p["m"], p["bitPos(GID_sql#TopicSql)"]); got != want {
			t.Errorf("f=%v n=%v: got %s, want %s", p["f"], p["n"], got, want)
		}
	}
}

// TestRegister walks a group through Java's rules: which heartbeat counts, and what a bad expression leaves.
func TestRegister(t *testing.T) {
	f, c := open(t, vfs.NewMem(), Options{})
	at := func() *Data { return f.Registered([]byte("G"), []byte("T")) }
	if heartbeat(f, "G", sql("T", "a >", 1)); at() != nil {
		t.Error("a bad expression is registered")
	}
	heartbeat(f, "G", sql("T", "a > 5", 2), Subscription{Topic: "U", Expression: "*", Type: "TAG", Version: 2}, sql("V", "", 2))
	born := at().Born
	if d := at(); d.Version != 2 || d.dead() || !d.Match(message("T", "a", "6")) || d.Match(message("T", "a", "5")) {
		t.Errorf("got %+v, want version 2, a > 5", d)
	}
	if f.Registered([]byte("G"), []byte("U")) != nil || f.Registered([]byte("G"), []byte("V")) != nil {
		t.Error("tags, or no expression, are registered")
	}
	c.pass(time.Second)
	if heartbeat(f, "G", sql("T", "a < 5", 1)); !at().Match(message("T", "a", "6")) {
		t.Error("an older heartbeat counted")
	}
	if heartbeat(f, "G", sql("T", "a > 5", 3)); at().Version != 3 || at().Born != born {
		t.Errorf("the same again: got %+v, want version 3, born %d", at(), born)
	}
	if f.Gone("G"); !at().dead() {
		t.Error("alive without members")
	}
	if heartbeat(f, "G", sql("T", "a > 5", 3)); at().dead() || at().Born != born {
		t.Errorf("back again: got %+v, want alive, born %d", at(), born)
	}
	c.pass(time.Second)
	if heartbeat(f, "G", sql("T", "a < 5", 4)); at().Born == born || !at().Match(message("T", "a", "1")) {
		t.Errorf("another expression: got %+v, want it born anew", at())
	}
	if heartbeat(f, "G", sql("W", "a = 1", 5)); !at().dead() || f.Registered([]byte("G"), []byte("W")).dead() {
		t.Error("a topic that is not named any more lives, or the new one does not")
	}
	if heartbeat(f, "G", sql("T", "a <<", 6)); at() != nil {
		t.Error("a bad expression leaves the old one")
	}
}

func TestBits(t *testing.T) {
	f, c := open(t, vfs.NewMem(), Options{})
	if got := f.AppendBits(nil, message("TopicSql", "a", "1")); got != nil {
		t.Errorf("got %v without filters, want none", got)
	}
	heartbeat(f, "GID_sql", sql("TopicSql", "a = 1", 1))
	heartbeat(f, "GID_a", sql("TopicSql", "a = 2", 1))
	one, two := f.Registered([]byte("GID_sql"), []byte("TopicSql")), f.Registered([]byte("GID_a"), []byte("TopicSql"))
	bits := f.AppendBits(nil, message("TopicSql", "a", "1"))
	if got := base64.StdEncoding.EncodeToString(bits); got != "EAAAAAAQAAAAAAAEAAA=" {
		t.Errorf("got %s, want the bits of GID_sql", got)
	}
	later := c.now.UnixMilli() + 1
	for _, x := range []struct {
		d      *Data
		stored int64
		bits   []byte
		want   bool
	}{
		{one, later, bits, true}, {two, later, bits, false}, {two, two.Born, bits, true}, {two, later, bits[1:], true}, {two, later, nil, true},
	} {
		if got := x.d.MayMatch(x.stored, x.bits); got != x.want {
			t.Errorf("%s of %d, %x: got %v, want %v", x.d.Group, x.stored, x.bits, got, x.want)
		}
	}
	v, buf := message("TopicSql", "a", "1"), make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() { f.AppendBits(buf, v); one.Match(v) }); n != 0 {
		t.Errorf("%v allocations a message, want none", n)
	}
}

func TestCompile(t *testing.T) {
	f, _ := open(t, vfs.NewMem(), Options{})
	if _, err := f.Compile([]byte("XX"), []byte("a = 1")); err == nil {
		t.Error("a type that nobody knows is compiled")
	}
	if _, err := f.Compile([]byte(SQL92), []byte("a = ")); err == nil || f.Check(SQL92, "a = ") == nil {
		t.Error("got no error, want one")
	}
	kind, text := []byte(SQL92), []byte("a = 1")
	d, err := f.Compile(kind, text)
	if err != nil || !d.Match(message("T", "a", "1")) || !d.MayMatch(1<<50, make([]byte, 14)) {
		t.Fatalf("got %+v, %v", d, err)
	}
	for i := range 3 * maxInline {
		if _, err := f.Compile(kind, fmt.Append(nil, "b = ", i)); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.inline) > maxInline {
		t.Errorf("%d expressions are remembered, want %d at most", len(f.inline), maxInline)
	}
	f.Compile(kind, text)
	if n := testing.AllocsPerRun(100, func() { f.Compile(kind, text) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// TestRetry has messages that come again judged as they were at first.
func TestRetry(t *testing.T) {
	for _, retry := range []bool{true, false} {
		f, _ := open(t, vfs.NewMem(), Options{Retry: retry})
		heartbeat(f, "G", sql("T", "a = 1", 1), sql("%RETRY%G", "a = 2", 1))
		d := f.Registered([]byte("G"), []byte("%RETRY%G"))
		if got := d.Match(message("%RETRY%G", "a", "1", "RETRY_TOPIC", "T")); got != retry {
			t.Errorf("filterSupportRetry=%v, of T: got %v, want %v", retry, got, retry)
		}
		if got := d.Match(message("%RETRY%G", "a", "1", "RETRY_TOPIC", "X")); got != retry {
			t.Errorf("filterSupportRetry=%v, of an unknown topic: got %v, want %v", retry, got, retry)
		}
	}
}

// TestBound refuses what would not fit, until the dead make room.
func TestBound(t *testing.T) {
	f, c := open(t, vfs.NewMem(), Options{MaxKept: 2 * weigh("a = 1"), Clean: time.Hour})
	heartbeat(f, "G1", sql("T", "a = 1", 1))
	heartbeat(f, "G2", sql("T", "a = 1", 1))
	f.Gone("G1")
	if heartbeat(f, "G3", sql("T", "a = 1", 1)); f.Registered([]byte("G3"), []byte("T")) != nil {
		t.Error("there is no end to it")
	}
	c.pass(2 * time.Hour)
	if heartbeat(f, "G3", sql("T", "a = 1", 1)); f.Registered([]byte("G3"), []byte("T")) == nil || f.Registered([]byte("G1"), []byte("T")) != nil {
		t.Error("the dead make no room")
	}
	if want := 2 * weigh("a = 1"); f.kept != want {
		t.Errorf("%d bytes are kept, want %d", f.kept, want)
	}
}
