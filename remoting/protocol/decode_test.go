package protocol

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/wire"
)

// hot are the headers with a hand-written decoder. visited is what the Fields visit has to fill: the
// header itself or the same under other names.
var hot = []struct {
	name    string
	code    int32
	header  func() decoder
	visited func(decoder) wire.Header
}{
	{"send", SendMessage, func() decoder { return new(SendRequest) }, self},
	{"send V2", SendMessageV2, func() decoder { return new(SendRequest) }, func(h decoder) wire.Header { return (*SendRequestV2)(h.(*SendRequest)) }},
	{"pull", PullMessage, func() decoder { return new(PullRequest) }, self},
	{"query offset", QueryConsumerOffset, func() decoder { return new(QueryOffsetRequest) }, self},
	{"update offset", UpdateConsumerOffset, func() decoder { return new(UpdateOffsetRequest) }, self},
}

type decoder interface {
	wire.Header
	DecodeExt(c *wire.Command) error
}

func self(h decoder) wire.Header { return h }

// TestDecodeExtRandom compares the hand-written decoders with the Fields visit on random fields:
// missing, doubled, foreign, null, empty, and numbers that are none.
func TestDecodeExtRandom(t *testing.T) {
	for _, h := range hot {
		t.Run(h.name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(1, uint64(h.code)))
			valid := 0
			for range 20_000 {
				c := randomCommand(rnd, h.code, wire.ListFields(h.visited(h.header())))
				fast, visited := h.header(), h.header()
				fastErr := fast.DecodeExt(c)
				visitErr := wire.DecodeHeader(c, h.visited(visited))
				if !reflect.DeepEqual(fast, visited) {
					t.Fatalf("%q:\n%+v, want\n%+v", c.Ext, fast, visited)
				}
				if !sameError(fastErr, visitErr) {
					t.Fatalf("%q: %v, want %v", c.Ext, fastErr, visitErr)
				}
				if fastErr == nil {
					valid++
				}
			}
			if valid < 1000 || valid > 19_000 {
				t.Errorf("%d of 20000 commands are valid: the comparison is one-sided", valid)
			}
		})
	}
}

func sameError(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Error() == b.Error() && errors.Is(a, wire.ErrMissingField) == errors.Is(b, wire.ErrMissingField)
}

// randomCommand has most of fields, in random order, mostly with values of their type.
func randomCommand(rnd *rand.Rand, code int32, fields []wire.FieldInfo) *wire.Command {
	c := &wire.Command{Code: code, Serialization: wire.Serialization(rnd.IntN(2))}
	odd := rnd.IntN(2) == 0
	for _, i := range rnd.Perm(len(fields)) {
		f := fields[i]
		if f.Presence == wire.Optional && rnd.IntN(3) == 0 || odd && rnd.IntN(40) == 0 {
			continue
		}
		for range 1 + rnd.IntN(20)/19 {
			c.Ext = append(c.Ext, wire.Pair{Key: []byte(f.Name), Value: randomValue(rnd, f.Type, odd)})
		}
	}
	if rnd.IntN(4) == 0 {
		c.Ext = append(c.Ext, wire.Pair{Key: []byte("Signature"), Value: []byte("x")}, wire.Pair{Key: []byte("z")}, wire.Pair{})
	}
	return c
}

func randomValue(rnd *rand.Rand, t wire.FieldType, odd bool) []byte {
	values := []string{"0", "7", "-1", "+5", "2147483647", "-2147483648", "007"}
	switch t {
	case wire.StringField:
		values = []string{"a", "Topic", "12", "KEYS\x01k\x02"}
	case wire.Int64Field:
		values = append(values, "1795230241502", "9223372036854775807", "-9223372036854775808")
	case wire.BoolField:
		values = []string{"true", "false", "TRUE", "no"}
	}
	if odd && rnd.IntN(20) == 0 {
		values = []string{"2147483648", "9223372036854775808", "x", "1.5", " 1", "1 ", "-", "", "٣", "0x10", "1e3"}
		if rnd.IntN(4) == 0 {
			return nil
		}
	}
	return []byte(values[rnd.IntN(len(values))])
}

// TestDecodeExtGolden compares the two on every recorded request.
func TestDecodeExtGolden(t *testing.T) {
	compared := 0
	for _, f := range golden.Frames(t) {
		for _, h := range hot {
			if int(h.code) != f.Code {
				continue
			}
			var c wire.Command
			if err := wire.Decode(f.Request, &c); err != nil {
				t.Fatalf("%s: %v", f.ReqFile, err)
			}
			fast, visited := h.header(), h.header()
			fastErr, visitErr := fast.DecodeExt(&c), wire.DecodeHeader(&c, h.visited(visited))
			if !reflect.DeepEqual(fast, visited) || !sameError(fastErr, visitErr) {
				t.Errorf("%s: %+v, %v, want %+v, %v", f.ReqFile, fast, fastErr, visited, visitErr)
			}
			compared++
		}
	}
	if compared < 80 {
		t.Errorf("%d requests compared", compared)
	}
}

// TestDecodeExtStale checks that nothing of the last request shines through.
func TestDecodeExtStale(t *testing.T) {
	for _, h := range hot {
		fields := wire.ListFields(h.visited(h.header()))
		full, least := &wire.Command{Code: h.code}, &wire.Command{Code: h.code}
		for _, f := range fields {
			p := wire.Pair{Key: []byte(f.Name), Value: []byte("1")}
			full.Ext = append(full.Ext, p)
			if f.Presence == wire.Required {
				least.Ext = append(least.Ext, p)
			}
		}
		used, want := h.header(), h.header()
		for _, err := range []error{used.DecodeExt(full), used.DecodeExt(least), want.DecodeExt(least)} {
			if err != nil {
				t.Errorf("%s: %v", h.name, err)
			}
		}
		if !reflect.DeepEqual(used, want) {
			t.Errorf("%s: %+v, want %+v", h.name, used, want)
		}
	}
}

// TestDecodeExtAllocs is a gate: hot headers cost no garbage.
func TestDecodeExtAllocs(t *testing.T) {
	for _, h := range hot {
		c := commandOf(t, h.code)
		header := h.header()
		if n := testing.AllocsPerRun(100, func() {
			if err := header.DecodeExt(c); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", h.name, n)
		}
	}
}

// commandOf is a recorded request of a Java client.
func commandOf(t testing.TB, code int32) *wire.Command {
	t.Helper()
	for _, f := range golden.Frames(t) {
		if f.Code == int(code) && f.Caller == "java-5.3.3" {
			c := new(wire.Command)
			if err := wire.Decode(f.Request, c); err != nil {
				t.Fatal(err)
			}
			return c
		}
	}
	t.Fatalf("no recorded request with code %d", code)
	return nil
}

// TestEncodeTo compares the hand-written encoders with the Fields visit.
func TestEncodeTo(t *testing.T) {
	some := func(v int32) wire.Opt[int32] { return wire.Some(v) }
	for _, h := range []interface {
		wire.Header
		EncodeTo(*wire.Encoder)
	}{
		&SendResponse{MsgID: []byte("7F00"), QueueID: 3, QueueOffset: 1 << 40},
		&SendResponse{MsgID: []byte("7F00"), TransactionID: []byte("T"), BatchUniqID: []byte("B"), RecallHandle: []byte("R"),
			RegionExt: RegionExt{Region: "DefaultRegion", TraceOn: wire.Some(true)}},
		&RegionExt{Region: "DefaultRegion"},
		&PullResponse{SuggestWhichBrokerID: 1, NextBeginOffset: 2, MinOffset: 3, MaxOffset: 4},
		&PullResponse{OffsetDelta: wire.Some(int64(5)), TopicSysFlag: some(1), GroupSysFlag: some(0), ForbiddenType: some(2)},
	} {
		for _, s := range []wire.Serialization{wire.JSON, wire.Binary} {
			var e wire.Encoder
			e.Begin(nil, wire.Head{Serialization: s})
			h.EncodeTo(&e)
			got, err := e.Finish(0)
			if err != nil {
				t.Fatal(err)
			}
			e.Begin(nil, wire.Head{Serialization: s})
			e.Header(h)
			want, err := e.Finish(0)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("%+v: %q, want %q", h, got, want)
			}
		}
	}
}

func BenchmarkDecodeExt(b *testing.B) {
	for _, h := range hot {
		c := commandOf(b, h.code)
		header := h.header()
		b.Run(h.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := header.DecodeExt(c); err != nil {
					b.Fatal(err)
				}
			}
		})
		visited := h.visited(header)
		b.Run(h.name+" by visit", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := wire.DecodeHeader(c, visited); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
