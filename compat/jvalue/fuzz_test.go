package jvalue

import (
	"strconv"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func FuzzHashCode(f *testing.F) {
	for _, s := range []string{"", "a", "标签", "🚀", "\xe4\xb8", "\xed\xa0\x80", "\xf0\x9f\x9a"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got := HashCode(b)
		if s := HashCode(string(b)); s != got {
			t.Errorf("HashCode(%x) = %d of bytes, %d of a string", b, got, s)
		}
		if !utf8.Valid(b) {
			return
		}
		var want int32
		for _, u := range utf16.Encode([]rune(string(b))) {
			want = 31*want + int32(u)
		}
		if got != want {
			t.Errorf("HashCode(%q) = %d, want %d", b, got, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "0", "-9223372036854775808", "+1", "0x1p3", " 0.8d", "١٢", "NaN", "-_1", "0x_1p3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := ParseLong(s); err == nil {
			if back, err := ParseLong(strconv.FormatInt(n, 10)); err != nil || back != n {
				t.Errorf("ParseLong(%q) = %d, which reads back as %d, %v", s, n, back, err)
			}
			i, err := ParseInt(s)
			if fits := int64(int32(n)) == n; fits != (err == nil) || fits && int64(i) != n {
				t.Errorf("ParseInt(%q) = %d, %v, ParseLong = %d", s, i, err, n)
			}
		}
		if d, err := ParseDouble(s); err == nil && d == d {
			if back, err := ParseDouble(FormatDouble(d)); err != nil || back != d {
				t.Errorf("ParseDouble(%q) = %v, which reads back as %v, %v", s, d, back, err)
			}
		}
	})
}
