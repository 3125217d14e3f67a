package record

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
)

type factProps struct {
	Write []struct {
		Map     map[string]*string
		Bytes   []byte `json:"base64"`
		Decoded map[string]string
	} `json:"messageProperties2String"`
	Read []struct {
		Bytes   []byte `json:"base64"`
		Decoded map[string]string
	} `json:"string2messageProperties"`
	Tags []struct {
		Tags     string
		TagsCode int64
	} `json:"tagsString2tagsCode"`
}

func decodeProps(raw []byte) map[string]string {
	got := map[string]string{}
	for name, value := range Properties(raw) {
		got[string(name)] = string(value)
	}
	return got
}

func TestFactsProperties(t *testing.T) {
	var facts factProps
	golden.Facts(t, "props", &facts)
	if len(facts.Write) < 14 || len(facts.Read) < 27 || len(facts.Tags) < 7 {
		t.Fatalf("%d, %d, %d facts", len(facts.Write), len(facts.Read), len(facts.Tags))
	}
	for _, f := range facts.Write {
		// Java wrote the map in its own order: follow it.
		names := slices.SortedFunc(maps.Keys(f.Map), func(a, b string) int {
			return bytes.Index(f.Bytes, []byte(a+"\x01")) - bytes.Index(f.Bytes, []byte(b+"\x01"))
		})
		var got []byte
		for _, name := range names {
			if value := f.Map[name]; value != nil {
				got = AppendProperty(got, name, *value)
			}
		}
		if !bytes.Equal(got, f.Bytes) {
			t.Errorf("written: got %q, want %q", got, f.Bytes)
		}
		checkDecoded(t, f.Bytes, f.Decoded)
	}
	for _, f := range facts.Read {
		checkDecoded(t, f.Bytes, f.Decoded)
	}
	for _, f := range facts.Tags {
		if got := TagsCode([]byte(f.Tags)); got != f.TagsCode {
			t.Errorf("tags code of %q = %d, want %d", f.Tags, got, f.TagsCode)
		}
	}
}

func checkDecoded(t *testing.T, raw []byte, want map[string]string) {
	t.Helper()
	if got := decodeProps(raw); !maps.Equal(got, want) {
		t.Errorf("%q: got %q, want %q", raw, got, want)
	}
	for name, value := range want {
		if got, ok := Property(raw, name); !ok || string(got) != value {
			t.Errorf("%q: property %q = %q, %v, want %q", raw, name, got, ok, value)
		}
	}
	if got, ok := Property(raw, "no such"); ok {
		t.Errorf("%q: property that is not there = %q", raw, got)
	}
}

func TestPropertyMisses(t *testing.T) {
	for _, c := range []struct{ raw, key string }{
		{"ab\x011\x02", "a"}, {"a\x011\x02", "ab"}, {"a\x01\x02", "a"}, {"a", "a"}, {"", "a"}, {"\x011\x02", ""},
	} {
		if got, ok := Property([]byte(c.raw), c.key); ok {
			t.Errorf("%q in %q = %q, want none", c.key, c.raw, got)
		}
	}
}

func TestAppendProperty(t *testing.T) {
	for _, c := range []struct{ dst, want string }{
		{"", "k\x01v\x02"},
		{"a\x011\x02", "a\x011\x02k\x01v\x02"},
		{"a\x011", "a\x011\x02k\x01v\x02"},
	} {
		if got := AppendProperty([]byte(c.dst), "k", []byte("v")); string(got) != c.want {
			t.Errorf("%q: got %q, want %q", c.dst, got, c.want)
		}
	}
}

func TestAppendWithout(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{"", ""},
		{"k\x01v\x02", ""},
		{"k\x01v", ""},
		{"k\x01\x02a\x011", "a\x011"},
		{"a\x011\x02k\x01v\x02b\x012\x02", "a\x011\x02b\x012\x02"},
		{"k\x01v\x02a\x011\x02k\x01w", "a\x011\x02"},
		{"kk\x01v\x02ak\x01v\x02a\x01k\x01v\x02", "kk\x01v\x02ak\x01v\x02a\x01k\x01v\x02"},
		{"k\x02a\x011", "k\x02a\x011"},
	} {
		if got := AppendWithout(nil, []byte(c.raw), "k"); string(got) != c.want {
			t.Errorf("%q: got %q, want %q", c.raw, got, c.want)
		}
		raw := []byte(c.raw)
		if got := AppendWithout(raw[:0], raw, "k"); string(got) != c.want {
			t.Errorf("%q in place: got %q, want %q", c.raw, got, c.want)
		}
	}
}

func TestPropertiesTwice(t *testing.T) {
	seq := Properties([]byte("a\x011\x02b\x012"))
	for range 2 {
		n := 0
		for range seq {
			n++
		}
		if n != 2 {
			t.Errorf("%d properties, want 2", n)
		}
	}
}

// FuzzProperties: lookup, iteration and deletion agree, and appending makes a property readable.
func FuzzProperties(f *testing.F) {
	f.Add([]byte("a\x011\x02b\x012\x02"), "a")
	f.Add([]byte("\x02a\x01\x01\x02a\x01b\x02\x02c"), "a")
	f.Add([]byte("a\x01"), "")
	f.Fuzz(func(t *testing.T, raw []byte, key string) {
		all := decodeProps(raw)
		value, ok := Property(raw, key)
		if want, wantOK := all[key]; ok != wantOK || string(value) != want {
			// A key with a separator inside is never a name.
			if !bytes.ContainsAny([]byte(key), "\x01\x02") {
				t.Fatalf("%q in %q = %q, %v, want %q, %v", key, raw, value, ok, want, wantOK)
			}
		}
		if bytes.ContainsAny([]byte(key), "\x01\x02") || key == "" {
			return
		}
		without := AppendWithout(nil, raw, key)
		delete(all, key)
		if got := decodeProps(without); fmt.Sprint(got) != fmt.Sprint(all) {
			t.Fatalf("%q without %q: %q, want %q", raw, key, got, all)
		}
		if got, ok := Property(AppendProperty(without, key, "v"), key); !ok || string(got) != "v" {
			t.Fatalf("appended to %q: %q, %v", without, got, ok)
		}
	})
}

func BenchmarkProperty(b *testing.B) {
	raw := []byte("UNIQ_KEY\x017F00000100002A9F0000000000000001\x02CLUSTER\x01DefaultCluster\x02MSG_REGION\x01DefaultRegion\x02WAIT\x01true\x02TRACE_ON\x01true\x02KEYS\x01key-1\x02TAGS\x01TagA\x02")
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		v, _ := Property(raw, PropTags)
		n += len(v)
	}
	if n == 0 {
		b.Fatal("not found")
	}
}
