package record

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func TestSetRefuses(t *testing.T) {
	o := EncodeOptions{MaxMessageSize: 1000, AutoVersion: true}
	crc := o
	crc.AppendPropCRC = true
	v1 := o
	v1.AutoVersion = false
	for name, c := range map[string]struct {
		change func(*Message)
		o      EncodeOptions
		want   error
	}{
		"body at the limit":        {func(m *Message) { m.Body = make([]byte, 1000) }, o, nil},
		"body over it":             {func(m *Message) { m.Body = make([]byte, 1001) }, o, ErrBodyTooLarge},
		"empty body":               {func(m *Message) { m.Body = nil }, o, ErrEmptyBody},
		"properties at the limit":  {func(m *Message) { m.Properties = make([]byte, 32767) }, o, nil},
		"properties over it":       {func(m *Message) { m.Properties = make([]byte, 32768) }, o, ErrPropertiesTooLarge},
		"with CRC at the limit":    {func(m *Message) { m.Properties = ended(32747) }, crc, nil},
		"with CRC over it":         {func(m *Message) { m.Properties = ended(32748) }, crc, ErrPropertiesTooLarge},
		"with CRC and a separator": {func(m *Message) { m.Properties = make([]byte, 32747) }, crc, ErrPropertiesTooLarge},
		"topic of 255":             {func(m *Message) { m.Topic = make([]byte, 255) }, o, nil},
		"topic of 256":             {func(m *Message) { m.Topic = make([]byte, 256) }, o, ErrTopicTooLong},
		"topic of 127, version 1":  {func(m *Message) { m.Topic = make([]byte, 127) }, v1, nil},
		"topic of 128, version 1":  {func(m *Message) { m.Topic = make([]byte, 128) }, v1, ErrTopicTooLong},
		"no topic":                 {func(m *Message) { m.Topic = nil }, o, ErrTopicTooLong},
		"no born host":             {func(m *Message) { m.BornHost = netip.AddrPort{} }, o, ErrHost},
		"no store host":            {func(m *Message) { m.StoreHost = netip.AddrPort{} }, o, ErrHost},
	} {
		m := sample()
		c.change(m)
		var e Encoded
		if err := e.Set(m, c.o); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		} else if c.want != nil && (e.Count != 0 || len(e.Bytes) != 0) {
			t.Errorf("%s: %d records left behind", name, e.Count)
		}
	}
}

// ended is n bytes of properties that end with a separator.
func ended(n int) []byte { return append(bytes.Repeat([]byte("p"), n-1), valueEnd) }

func TestSetUnmapsAddresses(t *testing.T) {
	m := sample()
	m.SysFlag = SysBornHostV6 | SysCompressed
	plain := encoded(t, m, EncodeOptions{})
	m.BornHost = netip.MustParseAddrPort("[::ffff:10.0.0.1]:40001")
	if got := encoded(t, m, EncodeOptions{}); !bytes.Equal(got, plain) {
		t.Errorf("mapped address:\n got %x\nwant %x", got, plain)
	}
	var v View
	if _, err := Parse(plain, &v, Headers); err != nil || v.SysFlag != SysCompressed {
		t.Errorf("sysFlag %#x, %v, want %#x", v.SysFlag, err, SysCompressed)
	}
}

// TestPropCRCReplaced: a CRC property that the sender put in is not kept beside ours.
func TestPropCRCReplaced(t *testing.T) {
	m := sample()
	m.Properties = []byte("__CRC32#\x011234567890\x02A\x01b")
	var v View
	if _, err := Parse(encoded(t, m, EncodeOptions{AppendPropCRC: true}), &v, CheckCRC); err != nil {
		t.Fatal(err)
	}
	if ok, present := v.PropCRC(); !ok || !present {
		t.Errorf("ok %v, present %v", ok, present)
	}
	if n := bytes.Count(v.Properties, []byte(PropCRC32)); n != 1 {
		t.Errorf("%d CRC properties in %q", n, v.Properties)
	}
	if a, _ := v.Property("A"); string(a) != "b" {
		t.Errorf("A = %q, want b", a)
	}
	if string(m.Properties) != "__CRC32#\x011234567890\x02A\x01b" {
		t.Errorf("the sender's properties became %q", m.Properties)
	}
}

func TestSetBatchSeparators(t *testing.T) {
	for _, c := range []struct{ own, batch, want string }{
		{"", "", ""},
		{"a\x011", "", "a\x011"},
		{"a\x011\x02", "b\x012\x02", "a\x011\x02b\x012\x02"},
		{"a\x011", "b\x012\x02", "a\x011\x02b\x012\x02"},
		{"", "b\x012", "b\x012\x02"},
		{"a\x011\x02", "", "a\x011\x02"},
	} {
		m := sample()
		m.Properties = []byte(c.batch)
		var e Encoded
		if err := e.SetBatch(m, appendElement(nil, 9, nil, []byte(c.own)), EncodeOptions{}); err != nil {
			t.Fatal(err)
		}
		var v View
		if _, err := Parse(e.Bytes, &v, CheckCRC); err != nil {
			t.Fatal(err)
		}
		if string(v.Properties) != c.want || v.Flag != 9 {
			t.Errorf("%q and %q: got %q, want %q; flag %d, want 9", c.own, c.batch, v.Properties, c.want, v.Flag)
		}
	}
}

func TestSetBatchRefuses(t *testing.T) {
	one := appendElement(nil, 0, []byte("body"), []byte("a\x01b\x02"))
	negativeBody := bytes.Clone(one)
	negativeBody[16] = 0xFF
	longBody := bytes.Clone(one)
	longBody[19] = 200
	longProps := bytes.Clone(one)
	longProps[25] = 5
	negativeProps := bytes.Clone(one)
	negativeProps[24] = 0x80
	o := EncodeOptions{MaxMessageSize: 100 << 10}
	long := sample()
	long.Properties = bytes.Repeat([]byte("p"), 30000)
	half := sample()
	half.SysFlag = SysTranPrepared
	for name, c := range map[string]struct {
		m    *Message
		body []byte
		want error
	}{
		"one":                     {sample(), one, nil},
		"nothing":                 {sample(), nil, ErrBatch},
		"cut":                     {sample(), one[:len(one)-1], ErrBatch},
		"bytes left over":         {sample(), append(bytes.Clone(one), 0), ErrBatch},
		"negative body":           {sample(), negativeBody, ErrBatch},
		"long body":               {sample(), longBody, ErrBatch},
		"long properties":         {sample(), longProps, ErrBatch},
		"negative properties":     {sample(), negativeProps, ErrBatch},
		"in a transaction":        {half, one, ErrBatch},
		"too large":               {sample(), make([]byte, 100<<10+1), ErrBodyTooLarge},
		"too large when repeated": {long, bytes.Repeat(one, 10), ErrRecordTooLarge},
	} {
		var e Encoded
		if err := e.SetBatch(c.m, c.body, o); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		} else if err != nil && (e.Count != 0 || cap(e.Bytes) != 0) {
			t.Errorf("%s: %d records, memory for %d bytes", name, e.Count, cap(e.Bytes))
		}
	}
}

// FuzzSetBatch: hostile bytes give an error or records that parse, whose memory is bounded.
func FuzzSetBatch(f *testing.F) {
	one := appendElement(nil, 7, []byte("body"), []byte("a\x01b\x02"))
	f.Add(one, []byte("WAIT\x01true\x02"), false)
	f.Add(append(appendElement(one, 0, nil, nil), 1, 2, 3), []byte("WAIT\x01true"), true)
	f.Add(bytes.Repeat([]byte{0}, 22*5), []byte{}, true)
	f.Add(appendElement(nil, 7, []byte("body"), []byte(places)), []byte(places), false)
	f.Fuzz(func(t *testing.T, body, props []byte, crc bool) {
		const limit = 4096
		m := sample()
		m.Properties = props
		var e Encoded
		err := e.SetBatch(m, body, EncodeOptions{MaxMessageSize: limit, AppendPropCRC: crc})
		if cap(e.Bytes) > limit+recordSlack {
			t.Fatalf("memory for %d bytes", cap(e.Bytes))
		}
		if err != nil {
			return
		}
		e.SealCRC()
		rest := e.Bytes
		for i := range e.Count {
			var v View
			if kind, err := Parse(rest, &v, CheckCRC); kind != Record || err != nil {
				t.Fatalf("record %d of %d: %v, %v", i, e.Count, kind, err)
			}
			if !bytes.Equal(v.Bytes(), e.Record(i)) {
				t.Fatalf("record %d is not where it should be", i)
			}
			if at := placesOf(&v); at != "" {
				t.Fatalf("record %d: %s", i, at)
			}
			rest = rest[v.Size:]
		}
		if len(rest) != 0 || e.Count == 0 {
			t.Fatalf("%d bytes behind %d records", len(rest), e.Count)
		}
	})
}

// places are properties that tell where a message is, as only the append knows.
const places = "INNER_MULTI_DISPATCH\x01%LMQ%a\x02INNER_BASE\x017\x02a\x01b\x02INNER_NUM\x018\x02INNER_MULTI_QUEUE_OFFSET\x019\x02INNER_NUM\x018"

// placesOf tells which of them the log would believe.
func placesOf(v *View) (found string) {
	for _, key := range []string{PropInnerBase, PropInnerNum, PropInnerMultiQueueOffset} {
		if value, ok := v.Property(key); ok {
			found += fmt.Sprintf("%s=%s ", key, value)
		}
	}
	return found
}

// Where a message is nobody can say but the log: what its sender says of that is not stored.
func TestPlacesAreNotTaken(t *testing.T) {
	m := sample()
	m.Properties = []byte(places)
	one := appendElement(nil, 7, []byte("body"), []byte(places))
	const kept = "INNER_MULTI_DISPATCH\x01%LMQ%a\x02a\x01b\x02"
	var e Encoded
	for what, c := range map[string]struct {
		set  func(o EncodeOptions) error
		want string
	}{
		"message":  {func(o EncodeOptions) error { return e.Set(m, o) }, kept},
		"elements": {func(o EncodeOptions) error { return e.SetBatch(m, append(one, one...), o) }, kept + kept},
	} {
		for _, crc := range []bool{false, true} {
			if err := c.set(EncodeOptions{AppendPropCRC: crc}); err != nil {
				t.Fatal(err)
			}
			e.SealCRC()
			for i := range e.Count {
				var v View
				if _, err := Parse(e.Record(i), &v, CheckCRC); err != nil {
					t.Fatal(err)
				}
				got := string(v.Properties)
				if crc {
					got = got[:len(got)-propCRCSize]
				}
				if at := placesOf(&v); at != "" || got != c.want {
					t.Errorf("%s, CRC %t: %q with %s, want %q", what, crc, got, at, c.want)
				}
			}
		}
	}
	if string(m.Properties) != places {
		t.Errorf("the sender's memory is changed to %q", m.Properties)
	}
	m.Inner = 3
	if err := e.Set(m, EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(40); err != nil {
		t.Fatal(err)
	}
	var v View
	if _, err := Parse(e.Record(0), &v, WithBody); err != nil {
		t.Fatal(err)
	}
	if at := placesOf(&v); at != "INNER_BASE=40 INNER_NUM=3 " {
		t.Errorf("an inner batch says %s", at)
	}
}

func TestEncodeAllocatesNothing(t *testing.T) {
	m := sample()
	m.Properties = []byte(strings.Repeat("name\x01value\x02", 8) + "__CRC32#\x011\x02")
	batch := appendElement(appendElement(nil, 1, []byte("one"), nil), 2, []byte("two"), m.Properties)
	forged := appendElement(nil, 1, []byte("one"), []byte(places))
	var e Encoded
	for name, set := range map[string]func() error{
		"Set":      func() error { return e.Set(m, EncodeOptions{}) },
		"Set CRC":  func() error { return e.Set(m, EncodeOptions{AppendPropCRC: true}) },
		"SetBatch": func() error { return e.SetBatch(m, batch, EncodeOptions{AppendPropCRC: true}) },
		"places":   func() error { return e.SetBatch(m, forged, EncodeOptions{AppendPropCRC: true}) },
	} {
		if got := testing.AllocsPerRun(100, func() {
			if err := set(); err != nil {
				t.Fatal(err)
			}
			for i := range e.Count {
				e.Patch(i, 1, 2, 3)
			}
			e.SealCRC()
		}); got != 0 {
			t.Errorf("%s: %v allocations, want 0", name, got)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	m := sample()
	m.Body = bytes.Repeat([]byte("x"), 1024)
	for _, c := range []struct {
		name string
		o    EncodeOptions
	}{{"plain", EncodeOptions{}}, {"propcrc", EncodeOptions{AppendPropCRC: true}}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var e Encoded
			for b.Loop() {
				if err := e.Set(m, c.o); err != nil {
					b.Fatal(err)
				}
				e.Patch(0, 1, 2, 3)
				e.SealCRC()
			}
			b.SetBytes(int64(len(e.Bytes)))
		})
	}
}
