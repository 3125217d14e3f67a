package jvalue

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// ErrNumber is wrapped by the error of each Parse function; Java throws a
// NumberFormatException there.
var ErrNumber = errors.New("jvalue: not a number for Java")

// ParseInt is Integer.parseInt: an optional sign, then digits. Blanks, radix
// prefixes, underscores and values beyond 32 bits are errors; leading zeros are
// not octal; digits of other scripts count.
func ParseInt[T text](s T) (int32, error) {
	n, ok := TryInt(s)
	if !ok {
		return 0, fmt.Errorf("%w: int %q", ErrNumber, s)
	}
	return n, nil
}

// TryInt is ParseInt for those who need no error; it allocates nothing.
func TryInt[T text](s T) (int32, bool) {
	n, ok := parseDecimal(s, math.MaxInt32)
	return int32(n), ok
}

// ParseLong is Long.parseLong: ParseInt with 64 bits. A suffix L is an error.
func ParseLong[T text](s T) (int64, error) {
	n, ok := TryLong(s)
	if !ok {
		return 0, fmt.Errorf("%w: long %q", ErrNumber, s)
	}
	return n, nil
}

// TryLong is ParseLong for those who need no error; it allocates nothing.
func TryLong[T text](s T) (int64, bool) { return parseDecimal(s, math.MaxInt64) }

// ParseBoolean is Boolean.parseBoolean: "true" in any case is true, and
// everything else, "yes", "1" and " true" too, is false.
func ParseBoolean[T text](s T) bool {
	return len(s) == 4 && s[0]|0x20 == 't' && s[1]|0x20 == 'r' && s[2]|0x20 == 'u' && s[3]|0x20 == 'e'
}

// ParseDouble is Double.parseDouble: characters up to U+0020 are trimmed, then
// comes NaN, Infinity, a decimal or a hexadecimal number with binary exponent,
// and at last perhaps one of d, D, f, F. Too large is infinite, not an error.
func ParseDouble(s string) (float64, error) {
	f, ok := TryDouble(s)
	if !ok {
		return 0, fmt.Errorf("%w: double %q", ErrNumber, s)
	}
	return f, nil
}

// TryDouble is ParseDouble for those who need no error. It keeps nothing of s, and allocates only for
// what looks much like a number and is none, or too large a one.
func TryDouble(s string) (float64, bool) {
	number, ok := doubleForGo(strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }))
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(number, 64)
	return f, err == nil || errors.Is(err, strconv.ErrRange)
}

// parseDecimal accepts values in [-limit-1, limit].
func parseDecimal[T text](s T, limit uint64) (int64, bool) {
	i, negative := 0, false
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		negative = s[0] == '-'
		i++
	}
	if negative {
		limit++
	}
	if i == len(s) {
		return 0, false
	}
	var n uint64
	for i < len(s) {
		d, size := digit(s, i)
		if size == 0 || n > (limit-d)/10 {
			return 0, false
		}
		n = n*10 + d
		i += size
	}
	if negative {
		return -int64(n), true
	}
	return int64(n), true
}

// digit reads one decimal digit at s[i] as Character.digit does; size 0 says
// that there is none. Java looks at one UTF-16 unit at a time, so the digits
// beyond U+FFFF are not digits to it.
func digit[T text](s T, i int) (value uint64, size int) {
	if c := s[i]; c < 0x80 {
		if c -= '0'; c <= 9 {
			return uint64(c), 1
		}
		return 0, 0
	}
	r, size := decode(s, i)
	for _, run := range unicode.Nd.R16 {
		if r <= rune(run.Hi) {
			if r < rune(run.Lo) {
				return 0, 0
			}
			return uint64(r-rune(run.Lo)) % 10, size
		}
	}
	return 0, 0
}

// doubleForGo checks s against Java's grammar and returns it in a form that
// strconv.ParseFloat reads alike. The two grammars differ in suffixes,
// underscores and in the spelling of what is not finite.
func doubleForGo(s string) (string, bool) {
	unsigned := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	if len(s)-len(unsigned) > 1 {
		return "", false
	}
	switch unsigned {
	case "NaN":
		return unsigned, true
	case "Infinity":
		return s, true
	}
	if unsigned == "" {
		return "", false
	}
	digits, exponent := "0123456789", "eE"
	if hex, ok := cutHexPrefix(unsigned); ok {
		digits, exponent = "0123456789abcdefABCDEF", "pP"
		unsigned = hex
	}
	if strings.ContainsRune("dDfF", rune(s[len(s)-1])) && (exponent == "eE" || strings.ContainsAny(unsigned, exponent)) {
		s, unsigned = s[:len(s)-1], unsigned[:len(unsigned)-1]
	}
	if strings.Trim(unsigned, digits+".+-"+exponent) != "" || strings.Contains(unsigned, "_") {
		return "", false
	}
	return s, true
}

func cutHexPrefix(s string) (string, bool) {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		return s[2:], true
	}
	return s, false
}
