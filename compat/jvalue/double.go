package jvalue

import (
	"bytes"
	"math"
	"strconv"
)

// AppendDouble appends f in the form of Double.toString: at least one digit
// on either side of the point, computerised scientific notation below 10^-3 and
// from 10^7 on ("1.0E-5"), "NaN", "Infinity". Digits are the shortest that read
// back as f, as fastjson 1.2.83 and JDK 19 and later print them; older JDKs
// print one digit more for about 0.3 % of random bit patterns.
func AppendDouble(dst []byte, f float64) []byte {
	abs := math.Abs(f)
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case f == 0 || abs >= 1e-3 && abs < 1e7:
		start := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
		if bytes.IndexByte(dst[start:], '.') < 0 {
			dst = append(dst, ".0"...)
		}
		return dst
	}
	return appendScientific(dst, f)
}

// FormatDouble is AppendDouble into a string, for the values of KV tables.
func FormatDouble(f float64) string {
	var buf [32]byte
	return string(AppendDouble(buf[:0], f))
}

// appendScientific prints d.dddE[-]x. Go writes e, a sign and two digits at
// least; and a mantissa of one digit has to become the best one of two, which
// differs where floats are sparse (the smallest is 4.9E-324, not 5.0E-324).
func appendScientific(dst []byte, f float64) []byte {
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	if bytes.IndexByte(dst[start:], '.') < 0 {
		dst = strconv.AppendFloat(dst[:start], f, 'e', 1, 64)
	}
	e := start + bytes.IndexByte(dst[start:], 'e')
	exponent := dst[e+1:]
	dst[e] = 'E'
	end := e + 1
	if exponent[0] == '-' {
		end++
	}
	digits := exponent[1:]
	if digits[0] == '0' {
		digits = digits[1:]
	}
	return append(dst[:end], digits...)
}
