package wire

import "github.com/gannetmq/gannet/compat/jvalue"

// maxNumberText is the longest text tried as a number. Leading zeros could make a valid one longer;
// the bound keeps the error text of a hostile value small.
const maxNumberText = 64

// parseInt32 is Java's Integer.parseInt. What peers send, a few ASCII digits, is read here; signs,
// foreign digits and the edges of the range are left to jvalue.
func parseInt32(b []byte) (v int32, ok bool) {
	const safeDigits = 9
	if n, ok := parseDigits(b, safeDigits); ok {
		return int32(n), true
	}
	if len(b) > maxNumberText {
		return 0, false
	}
	v, err := jvalue.ParseInt(b)
	return v, err == nil
}

// parseInt64 is Java's Long.parseLong.
func parseInt64(b []byte) (v int64, ok bool) {
	const safeDigits = 18
	if n, ok := parseDigits(b, safeDigits); ok {
		return n, true
	}
	if len(b) > maxNumberText {
		return 0, false
	}
	v, err := jvalue.ParseLong(b)
	return v, err == nil
}

// parseDigits reads 1 to most ASCII digits, so few that they cannot overflow.
func parseDigits(b []byte, most int) (n int64, ok bool) {
	if len(b) == 0 || len(b) > most {
		return 0, false
	}
	for _, ch := range b {
		ch -= '0'
		if ch > 9 {
			return 0, false
		}
		n = n*10 + int64(ch)
	}
	return n, true
}
