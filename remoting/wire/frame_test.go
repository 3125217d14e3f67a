package wire_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/remoting/wire"
)

// frame is a whole frame around a header.
func frame(s wire.Serialization, header string, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(4+len(header)+len(body)))
	b = binary.BigEndian.AppendUint32(b, uint32(s)<<24|uint32(len(header)))
	return append(append(b, header...), body...)
}

func words(w ...uint32) []byte {
	var b []byte
	for _, v := range w {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

func TestCut(t *testing.T) {
	small := wire.Limits{MaxFrame: 100, MaxHeader: 10}
	for _, test := range []struct {
		name   string
		limits wire.Limits
		b      []byte
		n      int
		err    error
	}{
		{"nothing", small, nil, 0, nil},
		{"three bytes", small, []byte{0, 0, 0}, 0, nil},
		{"length word alone", small, words(20), 24, nil},
		{"announced, not there", small, words(20, 10), 24, nil},
		{"half a header word", small, append(words(20), 0xff, 0xff), 24, nil},
		{"two frames", small, append(words(4, 0), words(4, 0)...), 8, nil},
		{"shortest", small, words(4, 0), 8, nil},
		{"too short", small, words(3, 0), 0, wire.ErrFrameLength},
		{"zero", small, words(0), 0, wire.ErrFrameLength},
		{"negative", small, words(0xffffffff), 0, wire.ErrFrameLength},
		{"longest", small, words(96), 100, nil},
		{"too long", small, words(97), 0, wire.ErrFrameLength},
		{"longest int32", small, words(0x7fffffff), 0, wire.ErrFrameLength},
		{"HTTP", wire.Limits{}, []byte("GET / HTTP/1.1\r\n"), 0, wire.ErrFrameLength},
		{"default frame", wire.Limits{}, words(16<<20-4, 0), 16 << 20, nil},
		{"over default frame", wire.Limits{}, words(16<<20-3, 0), 0, wire.ErrFrameLength},
		{"default header", wire.Limits{}, words(2<<20, 1<<20), 2<<20 + 4, nil},
		{"over default header", wire.Limits{}, words(2<<20, 1<<20+1), 0, wire.ErrHeaderLength},
		{"header fills frame", small, words(14, 10), 18, nil},
		{"header beyond frame", small, words(13, 10), 0, wire.ErrHeaderLength},
		{"header too long", small, words(50, 11), 0, wire.ErrHeaderLength},
		{"binary", small, words(20, 1<<24|10), 24, nil},
		{"unknown serialisation", small, words(20, 2<<24|10), 0, wire.ErrSerialization},
	} {
		if n, err := test.limits.Cut(test.b); n != test.n || !errors.Is(err, test.err) {
			t.Errorf("%s: %d, %v, want %d, %v", test.name, n, err, test.n, test.err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	const fixed = "\x00\x0a\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00" // up to R
	manyBinary := strings.Repeat("\x00\x01k\x00\x00\x00\x00", wire.DefaultMaxFields+1)
	for _, test := range []struct {
		name  string
		frame []byte
		err   error
	}{
		{"nothing", nil, wire.ErrFrameLength},
		{"length word alone", words(0), wire.ErrFrameLength},
		{"cut off", frame(wire.JSON, "{}", "body")[:12], wire.ErrFrameLength},
		{"byte behind", append(frame(wire.JSON, "{}", ""), 0), wire.ErrFrameLength},
		{"header beyond frame", words(6, 3), wire.ErrFrameLength},
		{"header beyond body", append(words(6, 3), 0, 0), wire.ErrHeaderLength},
		{"unknown serialisation", frame(2, "{}", ""), wire.ErrSerialization},
		{"binary, empty", frame(wire.Binary, "", ""), wire.ErrHeader},
		{"binary, no ext length", frame(wire.Binary, fixed+"\x00\x00\x00\x00", ""), wire.ErrHeader},
		{"binary, remark too long", frame(wire.Binary, fixed+"\x00\x00\x00\x01\x00\x00\x00\x00", ""), wire.ErrHeader},
		{"binary, remark negative", frame(wire.Binary, fixed+"\xff\xff\xff\xff\x00\x00\x00\x00", ""), wire.ErrHeader},
		{"binary, ext too long", frame(wire.Binary, fixed+"\x00\x00\x00\x00\x00\x00\x00\x01", ""), wire.ErrHeader},
		{"binary, ext negative", frame(wire.Binary, fixed+"\x00\x00\x00\x00\xff\xff\xff\xff", ""), wire.ErrHeader},
		{"binary, bytes behind ext", frame(wire.Binary, fixed+"\x00\x00\x00\x00\x00\x00\x00\x00x", ""), wire.ErrHeader},
		{"binary, key length cut off", frame(wire.Binary, fixed+ext("\x00"), ""), wire.ErrHeader},
		{"binary, key cut off", frame(wire.Binary, fixed+ext("\x00\x02kk\x00\x00\x00"), ""), wire.ErrHeader},
		{"binary, key negative", frame(wire.Binary, fixed+ext("\xff\xffkk\x00\x00\x00\x00"), ""), wire.ErrHeader},
		{"binary, value cut off", frame(wire.Binary, fixed+ext("\x00\x01k\x00\x00\x00\x02v"), ""), wire.ErrHeader},
		{"binary, value negative", frame(wire.Binary, fixed+ext("\x00\x01k\xff\xff\xff\xffv"), ""), wire.ErrHeader},
		{"binary, too many fields", frame(wire.Binary, fixed+ext(manyBinary), ""), wire.ErrHeader},
	} {
		var c wire.Command
		if err := wire.Decode(test.frame, &c); !errors.Is(err, test.err) {
			t.Errorf("%s: %v, want %v", test.name, err, test.err)
		}
	}
}

// ext is an empty remark and an ext block.
func ext(block string) string {
	return "\x00\x00\x00\x00" + string(words(uint32(len(block)))) + block
}

func TestDecodeJSON(t *testing.T) {
	many := new(strings.Builder)
	for i := range wire.DefaultMaxFields {
		fmt.Fprintf(many, `,"k%d":1`, i)
	}
	deep := strings.Repeat("[", 32) + strings.Repeat("]", 32)
	type want = wire.Command
	ext := func(kv ...string) (p []wire.Pair) {
		for i := 0; i < len(kv); i += 2 {
			p = append(p, wire.Pair{Key: []byte(kv[i]), Value: []byte(kv[i+1])})
		}
		return p
	}
	for header, w := range map[string]want{
		`{}`:                             {},
		" \t\r\n{ } \n":                  {},
		`{"code":310}`:                   {Code: 310},
		`{ "code" : 310 , "flag" : 2 } `: {Code: 310, Flag: 2},
		`{"version":479,"opaque":-7,"language":"GO","code":"11"}`:         {Code: 11, Version: 479, Opaque: -7, Language: wire.Go},
		`{"code":null,"flag":null,"opaque":null,"version":null}`:          {},
		`{"c\u006fde":5,"code":6}`:                                        {Code: 6},
		`{"language":null}`:                                               {Language: wire.UnknownLanguage},
		`{"language":"go"}`:                                               {Language: wire.UnknownLanguage},
		`{"language":"NODE_JS"}`:                                          {Language: wire.NodeJS},
		`{"remark":""}`:                                                   {HasRemark: true},
		`{"remark":null}`:                                                 {},
		`{"remark":"a\"b"}`:                                               {HasRemark: true, Remark: []byte(`a"b`)},
		`{"extFields":null}`:                                              {},
		`{"extFields":{}}`:                                                {},
		`{"extFields":{"a":"1","b":""}}`:                                  {Ext: ext("a", "1", "b", "")},
		`{"extFields":{"a":null,"b":null}}`:                               {},
		`{"extFields":{"a":0,"b":-1.5e+3,"c":true,"d":false}}`:            {Ext: ext("a", "0", "b", "-1.5e+3", "c", "true", "d", "false")},
		`{"extFields":{"a":{"x":[1, 2]},"b":[]}}`:                         {Ext: ext("a", `{"x":[1, 2]}`, "b", "[]")},
		`{"extFields":{"a":"1","a":"2"}}`:                                 {Ext: ext("a", "1", "a", "2")},
		`{"extFields":{"a":"1"},"extFields":{"b":"2"}}`:                   {Ext: ext("b", "2")},
		`{"extFields":{"a":"\b\f\n\r\t\/\\\"\u0001\u00e9\u4E3B"}}`:        {Ext: ext("a", "\b\f\n\r\t/\\\"\x01é主")},
		`{"extFields":{"a":"x\uD83D\uDE80y"}}`:                            {Ext: ext("a", "x🚀y")},
		`{"extFields":{"a":"\uD83Dx","b":"\uDE80","c":"\uD83D\uD83D"}}`:   {Ext: ext("a", "?x", "b", "?", "c", "??")},
		`{"extFields":{"a":"\uD83D\u0041","b":"\uD83D\n"}}`:               {Ext: ext("a", "?A", "b", "?\n")},
		`{"extFields":{"主题\u0000":"直接"}}`:                                 {Ext: ext("主题\x00", "直接")},
		`{"unknown":{"a":[true,false,null,"\"",{"b":{}}]},"code":1}`:      {Code: 1},
		`{"unknown":` + deep + `,"code":1}`:                               {Code: 1},
		`{"serializeTypeCurrentRPC":"ROCKETMQ","suspended":true}`:         {},
		`{"extFields":{` + many.String()[1:] + `,"n":null},"code":1}`:     {Code: 1, Ext: manyExt()},
		"{\"remark\":\"raw \x01 \xff bytes\"}":                            {HasRemark: true, Remark: []byte("raw \x01 \xff bytes")},
		`{"extFields":{"long":"` + strings.Repeat("x", 100) + `\u0001"}}`: {Ext: ext("long", strings.Repeat("x", 100)+"\x01")},
	} {
		var c wire.Command
		if err := wire.Decode(frame(wire.JSON, header, "body"), &c); err != nil {
			t.Errorf("%.200s: %v", header, err)
			continue
		}
		w.Body = []byte("body")
		if diff := difference(&c, &w); diff != "" {
			t.Errorf("%.200s: %s", header, diff)
		}
	}
}

func manyExt() (p []wire.Pair) {
	for i := range wire.DefaultMaxFields {
		p = append(p, wire.Pair{Key: fmt.Append(nil, "k", i), Value: []byte("1")})
	}
	return p
}

func TestDecodeRefusesJSON(t *testing.T) {
	tooMany := strings.Repeat(`"k":1,`, wire.DefaultMaxFields) + `"k":1`
	tooDeep := strings.Repeat("[", 33) + strings.Repeat("]", 33)
	for _, header := range []string{
		``, ` `, `null`, `[]`, `"x"`, `{`, `}`, `{}}`, `{}x`, `{},`, "{}\x00", `{,}`, `{"code":1,}`, `{"code":1 "flag":1}`,
		`{"code"}`, `{"code":}`, `{"code":1`, `{"code`, `{code:1}`, `{'code':1}`, `{"code":1e}`, `{"code":1.}`, `{"code":-}`,
		`{"code":2147483648}`, `{"code":1.5}`, `{"code":"x"}`, `{"code":""}`, `{"code":true}`, `{"code":{}}`, `{"code":0x10}`,
		`{"code":nul}`, `{"code":nulll}`, `{"x":truefalse}`, `{"x":tru}`, `{"x":fals}`, `{"x":--1}`, `{"x":1e+}`, `{"x":.5}`,
		`{"remark":"\x"}`, `{"remark":"\`, `{"remark":"\u12"}`, `{"remark":"\u12g4"}`, `{"remark":"\uD83D\u12"}`, `{"remark":"a\"}`,
		`{"remark":{}}`, `{"language":[]}`,
		`{"extFields":[]}`, `{"extFields":"x"}`, `{"extFields":nil}`, `{"extFields":{"a"}}`, `{"extFields":{"a":"1",}}`,
		`{"extFields":{"a":}}`, `{"extFields":{"a":[}}`, `{"extFields":{"a":{"b":1]}}`, `{"extFields":{"a":[1 2]}}`,
		`{"extFields":{` + tooMany + `}}`,
		`{"x":` + tooDeep + `}`, `{"x":{"a":1 "b":2}}`, `{"x":{1:2}}`, `{"x":[1,]}`, `{"x":{"a":1,}}`, `{"x":"abc`,
	} {
		var c wire.Command
		if err := wire.Decode(frame(wire.JSON, header, ""), &c); !errors.Is(err, wire.ErrHeader) {
			t.Errorf("%.100q: %v, want %v", header, err, wire.ErrHeader)
		}
	}
}

// TestDecodeReuse checks that one Command carries nothing from frame to frame, and that its views
// keep their text while later strings make the scratch space move.
func TestDecodeReuse(t *testing.T) {
	var c wire.Command
	full := `{"code":10,"extFields":{"a":"x\u0001"},"flag":3,"language":"GO","opaque":9,"remark":"r\u0001","version":479}`
	if err := wire.Decode(frame(wire.JSON, full, "body"), &c); err != nil {
		t.Fatal(err)
	}
	if err := wire.Decode(frame(wire.JSON, `{}`, ""), &c); err != nil {
		t.Fatal(err)
	}
	if diff := difference(&c, &wire.Command{}); diff != "" {
		t.Errorf("after {}: %s", diff)
	}

	header := new(strings.Builder)
	header.WriteString(`{"remark":"first\u0001","extFields":{"k":"\u0001"`)
	for i := range 200 {
		fmt.Fprintf(header, `,"k\u0031%d":"%s\u0002"`, i, strings.Repeat("v", i*10))
	}
	header.WriteString(`}}`)
	if err := wire.Decode(frame(wire.JSON, header.String(), ""), &c); err != nil {
		t.Fatal(err)
	}
	if string(c.Remark) != "first\x01" || string(c.Ext[0].Value) != "\x01" {
		t.Errorf("first strings became %q and %q", c.Remark, c.Ext[0].Value)
	}
	for i, p := range c.Ext[1:] {
		if key, value := fmt.Sprintf("k1%d", i), strings.Repeat("v", i*10)+"\x02"; string(p.Key) != key || string(p.Value) != value {
			t.Fatalf("field %d: %q = %q", i, p.Key, p.Value)
		}
	}
	// A view must not be able to grow into its neighbour.
	_ = append(c.Ext[0].Value, "overwritten"...)
	if string(c.Ext[1].Key) != "k10" {
		t.Errorf("appending to a view changed another: %q", c.Ext[1].Key)
	}
}

func TestLookup(t *testing.T) {
	var c wire.Command
	if err := wire.Decode(frame(wire.JSON, `{"extFields":{"a":"1","b":"2","a":"3"}}`, ""), &c); err != nil {
		t.Fatal(err)
	}
	if v, ok := c.Lookup("a"); !ok || string(v) != "3" {
		t.Errorf("a = %q, %v, want the last", v, ok)
	}
	if v, ok := c.Lookup("c"); ok || v != nil {
		t.Errorf("c = %q, %v", v, ok)
	}
}

func TestLanguageNames(t *testing.T) {
	for l, want := range map[wire.Language]string{
		wire.Java: "JAVA", wire.Go: "GO", wire.NodeJS: "NODE_JS", wire.NodeJS + 1: "UNKNOWN", wire.UnknownLanguage: "UNKNOWN",
	} {
		if got := l.String(); got != want {
			t.Errorf("%d is %q, want %q", l, got, want)
		}
	}
}
