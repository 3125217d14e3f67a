package filter

import (
	"encoding/binary"
	"math/bits"
)

// The multipliers of MurmurHash3_x64_128.
const (
	murmurC1 = 0x87c37b91114253d5
	murmurC2 = 0x4cf5ad432745937f
)

// murmur3 is the first half of MurmurHash3_x64_128 with seed 0. Java: Guava's Hashing.murmur3_128().hash….asLong().
func murmur3(s string) uint64 {
	var h1, h2 uint64
	b := []byte(s)
	for ; len(b) >= 16; b = b[16:] {
		h1 ^= mixK1(binary.LittleEndian.Uint64(b))
		h1 = (bits.RotateLeft64(h1, 27)+h2)*5 + 0x52dce729
		h2 ^= mixK2(binary.LittleEndian.Uint64(b[8:]))
		h2 = (bits.RotateLeft64(h2, 31)+h1)*5 + 0x38495ab5
	}
	var tail [16]byte
	copy(tail[:], b)
	h1 ^= mixK1(binary.LittleEndian.Uint64(tail[:])) ^ uint64(len(s))
	h2 ^= mixK2(binary.LittleEndian.Uint64(tail[8:])) ^ uint64(len(s))
	h1 += h2
	h2 += h1
	return finish(h1) + finish(h2)
}

func mixK1(k uint64) uint64 { return bits.RotateLeft64(k*murmurC1, 31) * murmurC2 }

func mixK2(k uint64) uint64 { return bits.RotateLeft64(k*murmurC2, 33) * murmurC1 }

func finish(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
