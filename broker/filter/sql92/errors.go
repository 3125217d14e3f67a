package sql92

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// Error says why an expression is refused.
type Error struct {
	// Java is the whole message of Java's MQFilterException, in which the class of its cause stands first.
	Java string
	// Line and Column say where, both from 1; columns count UTF-16 units, and tabs go to multiples of 8.
	Line, Column int
	// Large says that it is correct as far as it was read, and over one of the Limits.
	Large bool

	told bool // Java's text says where
}

// Error is Java's text, and the place if that does not name it.
func (e *Error) Error() string {
	if e.told {
		return e.Java
	}
	return fmt.Sprintf("%s (at line %d, column %d)", e.Java, e.Line, e.Column)
}

// What Java's parser throws.
const (
	parseException  = "org.apache.rocketmq.filter.parser.ParseException: "
	tokenError      = "org.apache.rocketmq.filter.parser.TokenMgrError: "
	runtimeError    = "java.lang.RuntimeException: "
	castException   = "java.lang.ClassCastException: "
	numberException = "java.lang.NumberFormatException: "
)

// place is a position in the text as Java's parser counts it.
type place struct{ line, column int }

// tabSize is Java's: SimpleCharStream.
const tabSize = 8

// placeOf returns where the character that begins at byte at stands; of the end, where the last one does.
func placeOf(text string, at int) place {
	p := place{line: 1}
	if text == "" {
		return place{}
	}
	var before rune
	for i, r := range text {
		p.column++
		if before == '\n' || before == '\r' && r != '\n' {
			p.line, p.column = p.line+1, 1
		}
		if r == '\t' {
			p.column--
			p.column += tabSize - p.column%tabSize
		}
		if i >= at {
			return p
		}
		if before = r; r > 0xffff { // two units
			p.column++
		}
	}
	return p
}

// escaped writes s as Java's parser quotes what it met.
func escaped(s string) string {
	var b strings.Builder
	for _, u := range units(s) {
		escape(&b, u)
	}
	return b.String()
}

func escape(b *strings.Builder, u uint16) {
	switch u {
	case 0:
	case '\b':
		b.WriteString(`\b`)
	case '\t':
		b.WriteString(`\t`)
	case '\n':
		b.WriteString(`\n`)
	case '\f':
		b.WriteString(`\f`)
	case '\r':
		b.WriteString(`\r`)
	case '"', '\'', '\\':
		b.WriteByte('\\')
		b.WriteByte(byte(u))
	default:
		if u < 0x20 || u > 0x7e {
			fmt.Fprintf(b, `\u%04x`, u)
			return
		}
		b.WriteByte(byte(u))
	}
}

// units are the characters of s to Java.
func units(s string) []uint16 { return utf16.Encode([]rune(s)) }
