package jvalue

import (
	"hash/crc32"
	"unicode/utf8"
)

// HashCode is String.hashCode of a text given in UTF-8: the polynomial in 31
// over UTF-16 units, modulo 2^32. RocketMQ stores it, widened to 64 bits, as
// the tags code of a queue entry and computes the slots of its index from it.
func HashCode[T text](s T) int32 {
	const p2, p3, p4 = 31 * 31, 31 * 31 * 31, 31 * 31 * 31 * 31
	var h uint32
	for i := 0; i < len(s); {
		if i+4 <= len(s) {
			a, b, c, d := s[i], s[i+1], s[i+2], s[i+3]
			if a|b|c|d < utf8.RuneSelf { // four at once: a step waits for the one before
				h = p4*h + (p3*uint32(a) + p2*uint32(b) + 31*uint32(c) + uint32(d))
				i += 4
				continue
			}
		}
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
