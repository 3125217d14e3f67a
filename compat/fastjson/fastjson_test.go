package fastjson

import (
	"math"
	"reflect"
	"testing"
)

// texts is one value in the three forms, printed by Java.
type texts struct{ Compact, Pretty, Strict string }

func (want texts) check(t *testing.T, v any) {
	t.Helper()
	for _, c := range []struct {
		name   string
		append func([]byte, any) []byte
		want   string
	}{{"Append", Append, want.Compact}, {"AppendPretty", AppendPretty, want.Pretty}, {"AppendStrict", AppendStrict, want.Strict}} {
		if got := string(c.append([]byte("> "), v)); got != "> "+c.want {
			t.Errorf("%s:\ngot  %s\nwant > %s", c.name, got, c.want)
		}
	}
}

func TestFormsAgainstJava(t *testing.T) {
	for _, v := range vectors[texts](t, "encode.json", 6) {
		var fromCompact sample
		if err := Unmarshal([]byte(v.Compact), &fromCompact); err != nil {
			t.Errorf("%s: %v", v.Compact, err)
			continue
		}
		for _, text := range []string{v.Pretty, v.Strict} {
			var s sample
			if err := Unmarshal([]byte(text), &s); err != nil {
				t.Errorf("%s: %v", text, err)
			}
			if !reflect.DeepEqual(s, fromCompact) {
				t.Errorf("%s\nreads as\n%s\nwant\n%s", text, Append(nil, s), v.Compact)
			}
		}
		if fromCompact.BeanList != nil && fromCompact.BeanMap != nil && fromCompact.S == nil {
			// The values that are null in Java: not readable from its texts.
			fromCompact.BeanMap["a"], fromCompact.BeanMap["c"] = nil, nil
			fromCompact.D = math.NaN()
		}
		v.check(t, fromCompact)
		v.check(t, &fromCompact)
	}
}

func TestStringsAgainstJava(t *testing.T) {
	for _, v := range vectors[texts](t, "strings.json", 500) {
		var s string
		if err := Unmarshal([]byte(v.Strict), &s); err != nil {
			t.Errorf("%s: %v", v.Strict, err)
			continue
		}
		v.check(t, s)
		var again string
		if err := Unmarshal([]byte(v.Compact), &again); err != nil || again != s {
			t.Errorf("%s reads as %q, %v, want %q", v.Compact, again, err, s)
		}
	}
}

// differs holds the texts on which we do not follow fastjson, with what we read
// instead; empty is an error.
var differs = map[string]string{
	// We refuse what Java takes by accident.
	`{"i":1,,"l":2}`:             "",
	`{,"i":1}`:                   "",
	`{"ints":[1 2]}`:             "",
	`[]`:                         "",
	`{"bean":[]}`:                "",
	`{"beanList":{"topic":"T"}}`: "",
	`{"keyMap":{null:5}}`:        "",
	// An enum without ordinals does not know them.
	`{"color":1}`: `{"b":false,"d":0.0,"i":0,"l":0}`,
	// Java keeps half a character until it encodes the string.
	`{"s":"\ud83d"}`: `{"b":false,"d":0.0,"i":0,"l":0,"s":"?"}`,

	// We take what Java refuses.
	`{1:2,"i":1}`:                                `{"b":false,"d":0.0,"i":1,"l":0}`,
	`{"@type":"java.lang.String","i":1}`:         `{"b":false,"d":0.0,"i":1,"l":0}`,
	`{/* c */"i"/* c */:/* c */1/* c */}`:        `{"b":false,"d":0.0,"i":1,"l":0}`,
	`{"i":{}}`:                                   `{"b":false,"d":0.0,"i":0,"l":0}`,
	`{"color":9}`:                                `{"b":false,"d":0.0,"i":0,"l":0}`,
	`{"stringMap":{1:"a"}}`:                      `{"b":false,"d":0.0,"i":0,"l":0,"stringMap":{"1":"a"}}`,
	`{"stringMap":[]}`:                           `{"b":false,"d":0.0,"i":0,"l":0,"stringMap":{}}`,
	`{"keyMap":[[{"topic":"T","queueId":1},5]]}`: `{"b":false,"d":0.0,"i":0,"keyMap":{{"queueId":1,"topic":"T"}:5},"l":0}`,
}

func TestUnmarshalAgainstJava(t *testing.T) {
	type vector struct {
		In  string
		Out *string // as Java prints what it has read, nil where it throws
	}
	used := 0
	for _, v := range vectors[vector](t, "decode.json", 180) {
		want := ""
		if v.Out != nil {
			want = *v.Out
		}
		if other, ok := differs[v.In]; ok {
			used++
			want = other
		}
		var s sample
		err := Unmarshal([]byte(v.In), &s)
		switch got := string(Append(nil, s)); {
		case want == "" && err == nil:
			t.Errorf("%s reads as %s, want an error", v.In, got)
		case want != "" && err != nil:
			t.Errorf("%s: %v, want %s", v.In, err, want)
		case want != "" && got != want:
			t.Errorf("%s reads as %s, want %s", v.In, got, want)
		}
	}
	if used != len(differs) {
		t.Errorf("%d differences of %d are in the vectors", used, len(differs))
	}
}

func BenchmarkUnmarshal(b *testing.B) {
	text := []byte(vectors[texts](b, "encode.json", 6)[4].Compact)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		var s sample
		if err := Unmarshal(text, &s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	var s sample
	if err := Unmarshal([]byte(vectors[texts](b, "encode.json", 6)[4].Compact), &s); err != nil {
		b.Fatal(err)
	}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = Append(dst[:0], &s)
	}
	b.SetBytes(int64(len(dst)))
}
