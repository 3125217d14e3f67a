package filter

import "math"

// bloom is the shape of the bit maps. Java: BloomFilter.
type bloom struct {
	hashes int // bits that a name sets, at most
	bits   int // of a map, a multiple of 8
}

// MapBits is how long a bit map is, in bits, for so many groups of whose expressions rate percent may seem true for a
// message and are not. Java: BloomFilter.getM.
func MapBits(rate, consumers int) int { return newBloom(rate, consumers).bits }

// newBloom is for consumers names of which rate percent may seem to be there and are not.
func newBloom(rate, consumers int) bloom {
	wrong := float64(rate) / 100
	b := bloom{hashes: int(math.Ceil(math.Log(wrong) / math.Log(0.5)))}
	n := math.Ceil(float64(consumers) * (math.Log(1/wrong) / math.Log(2)) * (math.Log(math.E) / math.Log(2)))
	b.bits = 8 * int(math.Ceil(n/8))
	return b
}

// positions are the bits that a name sets.
func (b bloom) positions(name string) []int32 {
	h := murmur3(name)
	first, second := int32(h), int32(h>>32)
	at := make([]int32, b.hashes)
	for i := range at {
		v := first + int32(i+1)*second // wraps as in Java
		if v < 0 {
			v = ^v
		}
		at[i] = v % int32(b.bits)
	}
	return at
}

// fits reports whether positions are of this shape.
func (b bloom) fits(bits int, at []int32) bool {
	if bits != b.bits || len(at) != b.hashes {
		return false
	}
	for _, i := range at {
		if i < 0 || int(i) >= b.bits {
			return false
		}
	}
	return true
}

// set and has work on a map: bit i is bit i%8 of byte i/8.
func set(m []byte, at []int32) {
	for _, i := range at {
		m[i/8] |= 1 << (i % 8)
	}
}

func has(m []byte, at []int32) bool {
	for _, i := range at {
		if m[i/8]&(1<<(i%8)) == 0 {
			return false
		}
	}
	return true
}
