package wire_test

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/remoting/wire"
)

// every has one field of each kind.
type every struct {
	Name, Note string
	View       []byte
	Int        int32
	Long       int64
	Flag       bool
	Ratio      float64
	MaybeInt   wire.Opt[int32]
	MaybeLong  wire.Opt[int64]
	MaybeFlag  wire.Opt[bool]
}

func (h *every) Fields(f *wire.Fields) {
	f.String("name", &h.Name, wire.Required)
	f.String("note", &h.Note, wire.Optional)
	f.Bytes("view", &h.View, wire.Optional)
	f.Int32("int", &h.Int, wire.Required)
	f.Int64("long", &h.Long, wire.Optional)
	f.Bool("flag", &h.Flag, wire.Optional)
	f.Float64("ratio", &h.Ratio, wire.Optional)
	f.OptInt32("maybeInt", &h.MaybeInt)
	f.OptInt64("maybeLong", &h.MaybeLong)
	f.OptBool("maybeFlag", &h.MaybeFlag)
}

// preset has defaults.
type preset struct{ every }

func (h *preset) Defaults() { *h = preset{every{Int: -1, Long: 9, Flag: true, Ratio: 2}} }

func command(kv ...string) *wire.Command {
	var c wire.Command
	for i := 0; i < len(kv); i += 2 {
		c.Ext = append(c.Ext, wire.Pair{Key: []byte(kv[i]), Value: []byte(kv[i+1])})
	}
	return &c
}

func TestFieldsRoundTrip(t *testing.T) {
	for _, want := range []every{
		{},
		{Name: "n", Note: "x", View: []byte("v"), Int: math.MinInt32, Long: math.MinInt64, Flag: true, Ratio: 0.25,
			MaybeInt: wire.Some(int32(0)), MaybeLong: wire.Some(int64(math.MaxInt64)), MaybeFlag: wire.Some(false)},
	} {
		for _, s := range []wire.Serialization{wire.JSON, wire.Binary} {
			b := encode(t, wire.Head{Serialization: s}, "", func(e *wire.Encoder) { e.Header(&want) })
			var c wire.Command
			if err := wire.Decode(b, &c); err != nil {
				t.Fatal(err)
			}
			got := every{Name: "stale", Note: "stale", View: []byte("stale"), MaybeInt: wire.Some(int32(5)), MaybeLong: wire.Some(int64(5)), MaybeFlag: wire.Some(true)}
			err := wire.DecodeHeader(&c, &got)
			if missing := want.Name == "" && s == wire.Binary; missing != errors.Is(err, wire.ErrMissingField) {
				t.Errorf("%+v: %v", want, err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, want %+v", got, want)
			}
		}
	}
}

func TestEncodeHeaderLeavesOut(t *testing.T) {
	b := encode(t, wire.Head{}, "", func(e *wire.Encoder) { e.Header(new(every)) })
	const want = `{"name":"","int":"0","long":"0","flag":"false","ratio":"0"}`
	if !strings.Contains(string(b), `"extFields":`+want) {
		t.Errorf("%s, want %s", b, want)
	}
}

func TestDecodeHeaderErrors(t *testing.T) {
	full := []string{"name", "n", "int", "5"}
	for _, test := range []struct {
		kv    []string
		err   error
		field string
	}{
		{full, nil, ""},
		{[]string{"int", "5"}, wire.ErrMissingField, "name"},
		{[]string{"name", "n"}, wire.ErrMissingField, "int"},
		{[]string{"name", "n", "int", ""}, wire.ErrMissingField, "int"},
		{nil, wire.ErrMissingField, "name"},
		{[]string{"name", "n", "int", "x"}, wire.ErrBadField, "int"},
		{[]string{"name", "n", "int", "2147483648"}, wire.ErrBadField, "int"},
		{[]string{"name", "n", "int", "1.0"}, wire.ErrBadField, "int"},
		{append(full, "long", "9223372036854775808"), wire.ErrBadField, "long"},
		{append(full, "long", strings.Repeat("9", 1000)), wire.ErrBadField, "long"},
		{append(full, "ratio", "x"), wire.ErrBadField, "ratio"},
		{append(full, "ratio", strings.Repeat("1", 1000)), wire.ErrBadField, "ratio"},
		{append(full, "maybeInt", "x"), wire.ErrBadField, "maybeInt"},
		{append(full, "maybeLong", "x"), wire.ErrBadField, "maybeLong"},
		{append(full, "long", "", "maybeInt", "", "ratio", "", "flag", "no"), nil, ""},
		{append(full, "long", "x", "maybeInt", "x"), wire.ErrBadField, "long"},
	} {
		var h every
		err := wire.DecodeHeader(command(test.kv...), &h)
		if !errors.Is(err, test.err) {
			t.Errorf("%.100q: %v, want %v", test.kv, err, test.err)
			continue
		}
		if err == nil {
			continue
		}
		if !strings.Contains(err.Error(), ": "+test.field) || len(err.Error()) > 200 {
			t.Errorf("%.100q: error %q should name %s and be short", test.kv, err, test.field)
		}
	}
}

// TestDecodeHeaderGoesOn checks that a bad field does not keep the others from being set.
func TestDecodeHeaderGoesOn(t *testing.T) {
	var h every
	if err := wire.DecodeHeader(command("int", "x", "long", "7", "maybeFlag", "TRUE", "ratio", "1.5"), &h); err == nil {
		t.Fatal("no error")
	}
	if h.Long != 7 || !h.MaybeFlag.Or(false) || h.Ratio != 1.5 {
		t.Errorf("%+v", h)
	}
}

func TestDefaults(t *testing.T) {
	h := preset{every{Int: 3, Note: "stale"}}
	if err := wire.DecodeHeader(command("name", "n", "int", "8"), &h); err != nil {
		t.Fatal(err)
	}
	want := preset{every{Name: "n", Int: 8, Long: 9, Flag: true, Ratio: 2}}
	if !reflect.DeepEqual(h, want) {
		t.Errorf("%+v, want %+v", h, want)
	}
}

func TestOpt(t *testing.T) {
	if got := wire.Some(int32(3)).Or(7); got != 3 {
		t.Errorf("set: %d", got)
	}
	if got := (wire.Opt[int32]{Value: 3}).Or(7); got != 7 {
		t.Errorf("not set: %d", got)
	}
}

func TestListFields(t *testing.T) {
	want := []wire.FieldInfo{
		{"name", wire.StringField, wire.Required, false}, {"note", wire.StringField, wire.Optional, false},
		{"view", wire.StringField, wire.Optional, false}, {"int", wire.Int32Field, wire.Required, false},
		{"long", wire.Int64Field, wire.Optional, false}, {"flag", wire.BoolField, wire.Optional, false},
		{"ratio", wire.Float64Field, wire.Optional, false}, {"maybeInt", wire.Int32Field, wire.Optional, true},
		{"maybeLong", wire.Int64Field, wire.Optional, true}, {"maybeFlag", wire.BoolField, wire.Optional, true},
	}
	if got := wire.ListFields(new(every)); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestPairNumbers are the verdicts of Java's parseInt and parseLong on the edges that the quick path
// leaves to compat/jvalue.
func TestPairNumbers(t *testing.T) {
	for text, want := range map[string]struct {
		i    int32
		l    int64
		iOK  bool
		lOK  bool
		bool bool
	}{
		"0":                     {0, 0, true, true, false},
		"-0":                    {0, 0, true, true, false},
		"+12":                   {12, 12, true, true, false},
		"000000000000000000012": {12, 12, true, true, false},
		"999999999":             {999999999, 999999999, true, true, false},
		"2147483647":            {math.MaxInt32, math.MaxInt32, true, true, false},
		"2147483648":            {0, math.MaxInt32 + 1, false, true, false},
		"-2147483648":           {math.MinInt32, math.MinInt32, true, true, false},
		"9223372036854775807":   {0, math.MaxInt64, false, true, false},
		"-9223372036854775808":  {0, math.MinInt64, false, true, false},
		"9223372036854775808":   {0, 0, false, false, false},
		"٣":                     {3, 3, true, true, false},
		"":                      {}, "-": {}, "+": {}, " 1": {}, "1 ": {}, "1_0": {}, "0x1": {}, "1L": {}, "--1": {},
		"tRuE": {0, 0, false, false, true}, "true ": {}, "yes": {},
	} {
		p := wire.Pair{Value: []byte(text)}
		var i int32
		var l int64
		if ok := p.Int32(&i); ok != want.iOK || i != want.i {
			t.Errorf("%q as Integer: %d, %v, want %d, %v", text, i, ok, want.i, want.iOK)
		}
		if ok := p.Int64(&l); ok != want.lOK || l != want.l {
			t.Errorf("%q as Long: %d, %v, want %d, %v", text, l, ok, want.l, want.lOK)
		}
		if got := p.Bool(); got != want.bool {
			t.Errorf("%q as Boolean: %v", text, got)
		}
	}
}
