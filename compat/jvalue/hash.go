package jvalue

import (
	"hash/crc32"
	"unicode/utf8"
)

// HashCode is String.hashCode of a text given in UTF-8: the polynomial in 31
// over UTF-16 units, modulo 2^32. RocketMQ stores it, widened to 64 bits, as
// the tags code of a queue entry and computes the slots of its index from it.
func HashCode[T text](s T) int32 {
	var h uint32
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			h = 31*h + uint32(c)
			i++
			continue
		}
		r, size := decode(s, i)
		if r > 0xffff {
			r -= 0x10000
			h = 31*h + 0xd800 + uint32(r>>10)
			r = 0xdc00 + r&0x3ff
		}
		h = 31*h + uint32(r)
		i += size
	}
	return int32(h)
}

// CRC32 is RocketMQ's UtilAll.crc32: CRC-32 (IEEE) with bit 31 cleared, so
// that Java's int is never negative.
func CRC32(b []byte) int32 {
	return int32(crc32.ChecksumIEEE(b) & 0x7fffffff)
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
