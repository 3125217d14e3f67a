package wire

// parseInt reads a decimal number with an optional sign, as Java's parseInt and parseLong do, except
// that only ASCII digits count. ok is false for an empty text, foreign bytes, and values outside
// [lowest, highest].
func parseInt(b []byte, lowest, highest int64) (v int64, ok bool) {
	negative := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative = b[0] == '-'
		b = b[1:]
	}
	if len(b) == 0 {
		return 0, false
	}
	limit := uint64(highest)
	if negative {
		limit = uint64(-(lowest + 1)) + 1
	}
	var u uint64
	for _, ch := range b {
		digit := uint64(ch - '0')
		if digit > 9 || u > (limit-digit)/10 {
			return 0, false
		}
		u = u*10 + digit
	}
	if negative {
		return -int64(u), true
	}
	return int64(u), true
}

// parseBool is Java's Boolean.parseBoolean: "true" in any case is true, all else is false.
func parseBool(b []byte) bool {
	const name = "true"
	if len(b) != len(name) {
		return false
	}
	for i := range len(name) {
		if b[i]|0x20 != name[i] {
			return false
		}
	}
	return true
}
