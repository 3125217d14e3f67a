package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/remoting/wire"
)

func encode(t *testing.T, h wire.Head, body string, fields func(*wire.Encoder)) []byte {
	t.Helper()
	var e wire.Encoder
	e.Begin([]byte("kept"), h)
	if fields != nil {
		fields(&e)
	}
	b, err := e.Finish(len(body))
	if err != nil {
		t.Fatal(err)
	}
	b = append(b, body...)
	if !bytes.HasPrefix(b, []byte("kept")) {
		t.Fatalf("bytes before the frame changed: %q", b)
	}
	return b[4:]
}

func TestEncodeJSON(t *testing.T) {
	all := func(e *wire.Encoder) {
		e.String("s", "x")
		e.Bytes("b", []byte("y"))
		e.Int32("i", math.MinInt32)
		e.Int64("l", math.MaxInt64)
		e.Bool("t", true)
		e.Bool("f", false)
		e.Float64("d", 1.5)
		e.String("e", "")
	}
	const tail = `"serializeTypeCurrentRPC":"JSON","version":`
	for _, test := range []struct {
		name   string
		head   wire.Head
		fields func(*wire.Encoder)
		header string
	}{
		{"bare", wire.Head{Code: 106, Opaque: 7, Version: 479}, nil,
			`{"code":106,"flag":0,"language":"JAVA","opaque":7,` + tail + `479}`},
		{"remark", wire.Head{Code: -1, Flag: 1, Language: wire.Go, Remark: "r"}, nil,
			`{"code":-1,"flag":1,"language":"GO","opaque":0,"remark":"r",` + tail + `0}`},
		{"empty remark", wire.Head{HasRemark: true, Language: wire.UnknownLanguage}, nil,
			`{"code":0,"flag":0,"language":null,"opaque":0,"remark":"",` + tail + `0}`},
		{"fields", wire.Head{}, all,
			`{"code":0,"extFields":{"s":"x","b":"y","i":"-2147483648","l":"9223372036854775807","t":"true","f":"false","d":"1.5","e":""},` +
				`"flag":0,"language":"JAVA","opaque":0,` + tail + `0}`},
		{"escapes", wire.Head{}, func(e *wire.Encoder) {
			e.String("\"k\n", "\x00\x01\b\t\n\f\r\x1f \"\\/<>&'\x7f\u2028é主🚀\ufffd\xff\xc3")
		},
			`{"code":0,"extFields":{"\"k\n":"\u0000\u0001\b\t\n\f\r\u001F \"\\/<>&'` + "\x7f\u2028é主🚀\ufffd\ufffd\ufffd" + `"},` +
				`"flag":0,"language":"JAVA","opaque":0,` + tail + `0}`},
	} {
		got := encode(t, test.head, "body", test.fields)
		if want := frame(wire.JSON, test.header, "body"); !bytes.Equal(got, want) {
			t.Errorf("%s: %q, want %q", test.name, got, want)
		}
		if !json.Valid(got[8 : len(got)-4]) {
			t.Errorf("%s: not JSON: %s", test.name, got[8:])
		}
	}
}

func TestEncodeBinary(t *testing.T) {
	got := encode(t, wire.Head{
		Serialization: wire.Binary, Code: 200050, Language: wire.Go, Version: 479, Opaque: -2, Flag: 1, Remark: "né",
	}, "body", func(e *wire.Encoder) {
		e.String("topic", "T")
		e.Bytes("b", nil)
		e.Int32("queueId", -1)
		e.Bool("o", true)
	})
	want := frame(wire.Binary, "\x0d\x72\x09\x01\xdf\xff\xff\xff\xfe\x00\x00\x00\x01"+
		"\x00\x00\x00\x03né"+"\x00\x00\x00\x2d"+
		"\x00\x05topic\x00\x00\x00\x01T"+"\x00\x01b\x00\x00\x00\x00"+
		"\x00\x07queueId\x00\x00\x00\x02-1"+"\x00\x01o\x00\x00\x00\x04true", "body")
	if !bytes.Equal(got, want) {
		t.Errorf("%q, want\n%q", got, want)
	}
}

func TestUnencodable(t *testing.T) {
	long := strings.Repeat("k", 1<<15)
	for name, test := range map[string]struct {
		s      wire.Serialization
		fields func(*wire.Encoder)
		body   int
	}{
		"key":           {wire.Binary, func(e *wire.Encoder) { e.String(long, "v"); e.Int32(long, 1); e.Bool(long, true) }, 0},
		"header":        {wire.JSON, func(e *wire.Encoder) { e.String("k", strings.Repeat("v", 1<<24)) }, 0},
		"body":          {wire.JSON, nil, math.MaxInt32},
		"negative body": {wire.JSON, nil, -1},
	} {
		var e wire.Encoder
		e.Begin([]byte("kept"), wire.Head{Serialization: test.s})
		if test.fields != nil {
			test.fields(&e)
		}
		if b, err := e.Finish(test.body); !errors.Is(err, wire.ErrUnencodable) || string(b) != "kept" {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
		// The encoder is usable afterwards.
		e.Begin(nil, wire.Head{Serialization: test.s})
		if _, err := e.Finish(0); err != nil {
			t.Errorf("%s: next frame: %v", name, err)
		}
	}
	c := wire.Command{Serialization: wire.Binary, Ext: []wire.Pair{{Key: []byte(long)}}, Body: []byte("x")}
	if b, err := wire.AppendCommand([]byte("kept"), &c); !errors.Is(err, wire.ErrUnencodable) || string(b) != "kept" {
		t.Errorf("AppendCommand: %q, %v", b, err)
	}
}

func TestAnswer(t *testing.T) {
	c := wire.Command{Code: 10, Opaque: 77, Flag: 4, Serialization: wire.Binary}
	want := wire.Head{Code: 14, Opaque: 77, Flag: wire.FlagResponse, Serialization: wire.Binary}
	if got := c.Answer(14); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestOtherSerialization writes a binary command as JSON: what was null must not become "".
func TestOtherSerialization(t *testing.T) {
	c := wire.Command{Serialization: wire.JSON, Ext: []wire.Pair{
		{Key: []byte("null")}, {Key: []byte("empty"), Value: []byte{}}, {Key: []byte("k"), Value: []byte("v")},
	}}
	b, err := wire.AppendCommand(nil, &c)
	if err != nil {
		t.Fatal(err)
	}
	var got wire.Command
	if err := wire.Decode(b, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Ext) != 2 || string(got.Ext[0].Key) != "empty" || string(got.Ext[1].Key) != "k" {
		t.Errorf("%q", got.Ext)
	}
}
