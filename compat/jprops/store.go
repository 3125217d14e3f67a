package jprops

import (
	"maps"
	"slices"
	"unicode/utf16"
)

// Append appends one line for each entry of the table as Properties.store
// prints it: "key=value\n" in ASCII, everything else as \uXXXX, which both Load
// and LoadText read back. Keys are sorted (Java prints them in hash order, below
// a comment with the date).
func Append(dst []byte, table map[string]string) []byte {
	for _, key := range slices.Sorted(maps.Keys(table)) {
		dst = appendEscaped(dst, key, true)
		dst = append(dst, '=')
		dst = appendEscaped(dst, table[key], false)
		dst = append(dst, '\n')
	}
	return dst
}

// appendEscaped escapes each blank of a key, but only the first of a value.
func appendEscaped(dst []byte, s string, key bool) []byte {
	for i, r := range s {
		switch {
		case r == ' ' && (key || i == 0), r == '=', r == ':', r == '#', r == '!', r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\t':
			dst = append(dst, `\t`...)
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\f':
			dst = append(dst, `\f`...)
		case r >= ' ' && r <= '~':
			dst = append(dst, byte(r))
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			dst = appendUnit(appendUnit(dst, high), low)
		default:
			dst = appendUnit(dst, r)
		}
	}
	return dst
}

func appendUnit(dst []byte, unit rune) []byte {
	const hex = "0123456789ABCDEF"
	return append(dst, '\\', 'u', hex[unit>>12], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
}
