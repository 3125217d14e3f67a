package jvalue

import "unicode/utf8"

// String is new String(b, UTF_8): b itself if it is well formed, else with
// U+FFFD for what is malformed. A text that comes from a peer and goes back to
// one should pass through here, as it does in Java.
func String[T text](b T) string {
	if s := string(b); utf8.ValidString(s) {
		return s
	}
	out := make([]byte, 0, len(b)+8)
	for i := 0; i < len(b); {
		r, size := decode(b, i)
		out = utf8.AppendRune(out, r)
		i += size
	}
	return string(out)
}

// decode reads one character at s[i] as new String(bytes, UTF_8) does. Of
// malformed input Java replaces the longest prefix that could have become a
// character (Go's decoder: each byte), and the three bytes of an encoded
// surrogate together.
func decode[T text](s T, i int) (r rune, size int) {
	lead := s[i]
	low, high := byte(0x80), byte(0xbf) // accepted as second byte
	var want int
	switch {
	case lead < 0x80:
		return rune(lead), 1
	case lead >= 0xc2 && lead <= 0xdf:
		r, want = rune(lead&0x1f), 2
	case lead >= 0xe0 && lead <= 0xef:
		r, want = rune(lead&0x0f), 3
		if lead == 0xe0 {
			low = 0xa0
		}
	case lead >= 0xf0 && lead <= 0xf4:
		r, want = rune(lead&0x07), 4
		switch lead {
		case 0xf0:
			low = 0x90
		case 0xf4:
			high = 0x8f
		}
	default:
		return utf8.RuneError, 1
	}
	for size = 1; size < want; size++ {
		if i+size == len(s) || s[i+size] < low || s[i+size] > high {
			return utf8.RuneError, size
		}
		r = r<<6 | rune(s[i+size]&0x3f)
		low, high = 0x80, 0xbf
	}
	if r >= 0xd800 && r <= 0xdfff {
		r = utf8.RuneError
	}
	return r, size
}
