package record

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"testing"
)

func sample() *Message {
	return &Message{
		Topic: []byte("TopicTest"), QueueID: 3, Flag: 7, BornTime: 1700000000000,
		BornHost: netip.MustParseAddrPort("10.0.0.1:40001"), StoreHost: netip.MustParseAddrPort("10.0.0.2:10911"),
		Body: []byte("hello"), Properties: []byte("TAGS\x01TagA\x02KEYS\x01k1  k2\x02"),
	}
}

// encoded is the record of m, patched with recognisable numbers.
func encoded(t testing.TB, m *Message, o EncodeOptions) []byte {
	t.Helper()
	var e Encoded
	if err := e.Set(m, o); err != nil {
		t.Fatal(err)
	}
	e.Patch(0, 5, 4096, 1700000000123)
	e.SealCRC()
	return e.Bytes
}

func TestMagicValues(t *testing.T) {
	// As Java's ints: -626843481, -626843477, -875286124.
	for _, c := range []struct {
		got  uint32
		want int32
	}{{MagicV1, -626843481}, {MagicV2, -626843477}, {MagicBlank, -875286124}} {
		if int32(c.got) != c.want {
			t.Errorf("magic %X = %d, want %d", c.got, int32(c.got), c.want)
		}
	}
}

func TestParseLevels(t *testing.T) {
	b := encoded(t, sample(), EncodeOptions{})
	var v View
	if kind, err := Parse(b, &v, Headers); kind != Record || err != nil || v.Body != nil || v.BodyLen != 5 {
		t.Errorf("Headers: %v, %v, body %q of %d", kind, err, v.Body, v.BodyLen)
	}
	b[bytes.Index(b, []byte("hello"))] = 'j'
	if kind, err := Parse(b, &v, WithBody); kind != Record || err != nil || string(v.Body) != "jello" {
		t.Errorf("WithBody: %v, %v, body %q", kind, err, v.Body)
	}
	if kind, err := Parse(b, &v, CheckCRC); kind != Invalid || !errors.Is(err, ErrBodyCRC) {
		t.Errorf("CheckCRC: %v, %v, want ErrBodyCRC", kind, err)
	}
}

func TestViewKeys(t *testing.T) {
	var v View
	if _, err := Parse(encoded(t, sample(), EncodeOptions{}), &v, Headers); err != nil {
		t.Fatal(err)
	}
	var got []string
	for k := range v.Keys() {
		got = append(got, string(k))
	}
	if strings.Join(got, "|") != "k1|k2" {
		t.Errorf("keys %q, want k1 and k2", got)
	}
	if v.Transaction() != SysTranNone || !v.Queued() || v.TagsCode() != 2598919 || v.UniqKey() != nil {
		t.Errorf("transaction %d, queued %v, tags code %d, unique key %q", v.Transaction(), v.Queued(), v.TagsCode(), v.UniqKey())
	}
}

func TestParseOutcomes(t *testing.T) {
	good := encoded(t, sample(), EncodeOptions{})
	word := func(pos int, x uint32) []byte {
		b := bytes.Clone(good)
		binary.BigEndian.PutUint32(b[pos:], x)
		return b
	}
	bodyLen := 84
	topicLen := bodyLen + 4 + 5
	propsLen := topicLen + 1 + 9
	short := func(pos int, x uint16) []byte {
		b := bytes.Clone(good)
		binary.BigEndian.PutUint16(b[pos:], x)
		return b
	}
	topic := func(n byte) []byte {
		b := bytes.Clone(good)
		b[topicLen] = n
		return b
	}
	for name, c := range map[string]struct {
		b    []byte
		kind Kind
		err  error
	}{
		"record":                 {good, Record, nil},
		"record and more":        {append(bytes.Clone(good), 1, 2, 3), Record, nil},
		"nothing":                {nil, Invalid, ErrShort},
		"seven bytes":            {good[:7], Invalid, ErrShort},
		"zeros":                  {make([]byte, 200), None, nil},
		"cut":                    {good[:len(good)-1], Invalid, ErrShort},
		"cut to the header":      {good[:80], Invalid, ErrShort},
		"blank":                  {[]byte{0, 0, 1, 0, 0xCB, 0xD4, 0x31, 0x94}, Blank, nil},
		"blank of four":          {[]byte{0, 0, 0, 4, 0xCB, 0xD4, 0x31, 0x94}, Invalid, ErrLength},
		"negative blank":         {[]byte{0x80, 0, 0, 0, 0xCB, 0xD4, 0x31, 0x94}, Invalid, ErrLength},
		"size zero":              {word(0, 0), Invalid, ErrLength},
		"size negative":          {word(0, 0x80000000), Invalid, ErrLength},
		"size huge":              {word(0, 0x7FFFFFFF), Invalid, ErrShort},
		"size one less":          {word(0, uint32(len(good)-1)), Invalid, ErrLength},
		"size under the minimum": {word(0, MinSize-1), Invalid, ErrLength},
		"other magic":            {word(posMagic, 0xDAA320B7), Invalid, ErrMagic},
		"zero magic":             {word(posMagic, 0), Invalid, ErrMagic},
		"version 2 magic":        {word(posMagic, MagicV2), Invalid, ErrLength},
		"IPv6 flags":             {word(posSysFlag, 0x30), Invalid, ErrLength},
		"body negative":          {word(bodyLen, 0xFFFFFFFF), Invalid, ErrLength},
		"body huge":              {word(bodyLen, 0x7FFFFFFF), Invalid, ErrLength},
		"body longer":            {word(bodyLen, 6), Invalid, ErrLength},
		"topic negative":         {topic(0x80), Invalid, ErrLength},
		"topic too long":         {topic(127), Invalid, ErrLength},
		"properties negative":    {short(propsLen, 0xFFFF), Invalid, ErrLength},
		"properties shorter":     {short(propsLen, 3), Invalid, ErrLength},
		"properties longer":      {short(propsLen, 300), Invalid, ErrLength},
	} {
		var v View
		kind, err := Parse(c.b, &v, CheckCRC)
		if kind != c.kind || err != c.err {
			t.Errorf("%s: got %v, %v, want %v, %v", name, kind, err, c.kind, c.err)
		}
	}
}

func TestParseAllocatesNothing(t *testing.T) {
	b := encoded(t, sample(), EncodeOptions{})
	var v View
	n := 0
	if got := testing.AllocsPerRun(100, func() {
		if _, err := Parse(b, &v, CheckCRC); err != nil {
			t.Fatal(err)
		}
		for k := range v.Keys() {
			n += len(k)
		}
		for k, val := range Properties(v.Properties) {
			n += len(k) + len(val)
		}
		n += int(v.TagsCode()) + len(v.UniqKey()) + int(v.BornHost().Port())
	}); got != 0 {
		t.Errorf("%v allocations per record, want 0", got)
	}
	if n == 0 {
		t.Error("nothing was read")
	}
}

// FuzzParse: no panic; what parses and could have been encoded encodes to the same bytes.
func FuzzParse(f *testing.F) {
	f.Add(encoded(f, sample(), EncodeOptions{}))
	f.Add(encoded(f, sample(), EncodeOptions{AppendPropCRC: true}))
	six := sample()
	six.BornHost, six.StoreHost = netip.MustParseAddrPort("[2001:db8::1]:1"), netip.MustParseAddrPort("[::1]:2")
	six.Topic = bytes.Repeat([]byte("t"), 200)
	f.Add(encoded(f, six, EncodeOptions{AutoVersion: true}))
	f.Add([]byte{0, 0, 1, 0, 0xCB, 0xD4, 0x31, 0x94})
	f.Fuzz(func(t *testing.T, b []byte) {
		var v View
		kind, err := Parse(b, &v, CheckCRC)
		if (err != nil) != (kind == Invalid) {
			t.Fatalf("kind %v with error %v", kind, err)
		}
		if kind != Record {
			return
		}
		if len(v.Bytes()) != int(v.Size) || int(v.BodyLen) != len(v.Body) {
			t.Fatalf("size %d of %d bytes, body %d of %d", v.Size, len(v.Bytes()), v.BodyLen, len(v.Body))
		}
		v.PropCRC()
		var head View
		if kind, err := Parse(v.Bytes(), &head, Headers); kind != Record || err != nil {
			t.Fatalf("alone and without body: %v, %v", kind, err)
		}
		for range v.Keys() {
		}
		v.TagsCode()
		var e Encoded
		err = e.Set(message(&v, v.Properties), EncodeOptions{AutoVersion: true, AllowEmptyBody: true})
		if err != nil || !canonical(&v) {
			return
		}
		e.Patch(0, v.QueueOffset, v.PhyOffset, v.StoreTime)
		if !bytes.Equal(e.Bytes, v.Bytes()) {
			t.Fatalf("encoded again:\n got %x\nwant %x", e.Bytes, v.Bytes())
		}
	})
}

// canonical tells records that an encoder writes from others that merely parse.
func canonical(v *View) bool {
	high := func(host []byte) bool { return binary.BigEndian.Uint32(host[len(host)-4:]) > 0xFFFF }
	return (v.Magic == MagicV2) == (len(v.Topic) > MaxTopicV1) &&
		!v.BornHost().Addr().Is4In6() && !v.StoreHost().Addr().Is4In6() &&
		!high(v.bornHost) && !high(v.storeHost) && (v.BodyLen > 0 || v.BodyCRC == 0)
}

func BenchmarkParse(b *testing.B) {
	m := sample()
	m.Body = bytes.Repeat([]byte("x"), 1024)
	raw := encoded(b, m, EncodeOptions{})
	for _, c := range []struct {
		name  string
		level Level
	}{{"headers", Headers}, {"crc", CheckCRC}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			var v View
			for b.Loop() {
				if _, err := Parse(raw, &v, c.level); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
