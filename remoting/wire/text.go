package wire

import (
	"encoding/binary"
	"unicode/utf8"
)

type text interface{ ~string | ~[]byte }

// appendBinaryText writes a text behind its int32 length.
func appendBinaryText[T text](b []byte, s T) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

// appendJSONText writes s in quotes. Only what JSON demands is escaped; bytes that are not UTF-8
// become U+FFFD, because a Java peer closes the connection over them.
func appendJSONText[T text](b []byte, s T) []byte {
	b = append(b, '"')
	done := 0
	for i := 0; i < len(s); {
		ch := s[i]
		if plainByte[ch] {
			i++
			continue
		}
		size := 1
		if ch >= utf8.RuneSelf {
			if size = validRune(s, i); size > 0 {
				i += size
				continue
			}
			size = 1
		}
		b = append(b, s[done:i]...)
		b = appendEscape(b, ch)
		i += size
		done = i
	}
	b = append(b, s[done:]...)
	return append(b, '"')
}

// validRune is the length of the UTF-8 sequence at s[i:], 0 if there is none.
func validRune[T text](s T, i int) int {
	var seq [utf8.UTFMax]byte
	n := copy(seq[:], s[i:])
	if r, size := utf8.DecodeRune(seq[:n]); r != utf8.RuneError || size > 1 {
		return size
	}
	return 0
}

func appendEscape(b []byte, ch byte) []byte {
	const digits = "0123456789ABCDEF"
	switch ch {
	case '"', '\\':
		return append(b, '\\', ch)
	case '\b':
		return append(b, `\b`...)
	case '\t':
		return append(b, `\t`...)
	case '\n':
		return append(b, `\n`...)
	case '\f':
		return append(b, `\f`...)
	case '\r':
		return append(b, `\r`...)
	}
	if ch >= utf8.RuneSelf {
		return utf8.AppendRune(b, utf8.RuneError)
	}
	return append(b, '\\', 'u', '0', '0', digits[ch>>4], digits[ch&15])
}

// plainByte marks the bytes that stand for themselves inside a JSON string.
var plainByte = func() (t [256]bool) {
	for ch := ' '; ch < utf8.RuneSelf; ch++ {
		t[ch] = ch != '"' && ch != '\\'
	}
	return t
}()
