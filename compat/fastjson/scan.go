package fastjson

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner cuts a text into tokens. It looks at each byte a bounded number of
// times and keeps nothing but its place.
type scanner struct {
	data  []byte
	pos   int
	depth int
	buf   []byte // of text(), for strings with escapes
}

func (s *scanner) errorf(sentinel error, format string, args ...any) error {
	return fmt.Errorf("%w: at byte %d: %s", sentinel, s.pos, fmt.Sprintf(format, args...))
}

// unexpected is the error for the byte at the current place.
func (s *scanner) unexpected(wanted string) error {
	if s.pos >= len(s.data) {
		return s.errorf(ErrSyntax, "text ends, want %s", wanted)
	}
	return s.errorf(ErrSyntax, "%q, want %s", s.data[s.pos], wanted)
}

// peek skips blanks and comments and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r', '\f', '\b':
			s.pos++
		case '/':
			if !s.comment() {
				return c
			}
		default:
			return c
		}
	}
	return 0
}

// comment skips a comment that begins at the current place. Like fastjson it
// lets the end of the text close one.
func (s *scanner) comment() bool {
	rest := s.data[s.pos:]
	end := "\n"
	switch {
	case bytes.HasPrefix(rest, []byte("//")):
	case bytes.HasPrefix(rest, []byte("/*")):
		end = "*/"
	default:
		return false
	}
	n := bytes.Index(rest[2:], []byte(end))
	if n < 0 {
		s.pos = len(s.data)
		return true
	}
	s.pos += 2 + n + len(end)
	return true
}

// accept skips c if it is the next byte.
func (s *scanner) accept(c byte) bool {
	if s.peek() != c || s.pos == len(s.data) {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) expect(c byte) error {
	if !s.accept(c) {
		return s.unexpected(string(c))
	}
	return nil
}

// open enters an object or array.
func (s *scanner) open(c byte) error {
	if err := s.expect(c); err != nil {
		return err
	}
	if s.depth++; s.depth > MaxDepth {
		return s.errorf(ErrDepth, "more than %d levels", MaxDepth)
	}
	return nil
}

// more is called after the opening bracket (first) and after each element. It
// reads the comma between two elements and tells whether another one follows;
// else it has read the closing bracket.
func (s *scanner) more(first bool, closing byte) (bool, error) {
	comma := !first && s.accept(',')
	if s.accept(closing) {
		s.depth--
		return false, nil
	}
	if !first && !comma {
		return false, s.unexpected("',' or " + string(closing))
	}
	return true, nil
}

// isQuote tells whether a string begins with c.
func isQuote(c byte) bool { return c == '"' || c == '\'' }

// text reads a quoted string. The result is valid until the next call.
func (s *scanner) text() ([]byte, error) {
	quote := s.data[s.pos]
	s.pos++
	start := s.pos
	for ; s.pos < len(s.data); s.pos++ {
		switch s.data[s.pos] {
		case quote:
			s.pos++
			return s.data[start : s.pos-1], nil
		case '\\':
			s.buf = append(s.buf[:0], s.data[start:s.pos]...)
			return s.escapedText(quote)
		}
	}
	return nil, s.unexpected("a closing quote")
}

// escapedText goes on with text at the first backslash.
func (s *scanner) escapedText(quote byte) ([]byte, error) {
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		s.pos++
		switch c {
		case quote:
			return s.buf, nil
		case '\\':
			if err := s.escape(); err != nil {
				return nil, err
			}
		default:
			s.buf = append(s.buf, c)
		}
	}
	return nil, s.unexpected("a closing quote")
}

// escape appends to buf what stands behind a backslash. Half of a surrogate
// pair has no UTF-8 and becomes "?", as when Java encodes it.
func (s *scanner) escape() error {
	if s.pos == len(s.data) {
		return s.unexpected("an escape")
	}
	c := s.data[s.pos]
	s.pos++
	switch c {
	case '"', '\'', '/', '\\':
		s.buf = append(s.buf, c)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		s.buf = append(s.buf, c-'0')
	case 'b':
		s.buf = append(s.buf, '\b')
	case 't':
		s.buf = append(s.buf, '\t')
	case 'n':
		s.buf = append(s.buf, '\n')
	case 'v':
		s.buf = append(s.buf, '\v')
	case 'f', 'F':
		s.buf = append(s.buf, '\f')
	case 'r':
		s.buf = append(s.buf, '\r')
	case 'x':
		r, err := s.hex(2)
		if err != nil {
			return err
		}
		s.buf = utf8.AppendRune(s.buf, r)
	case 'u':
		unit, err := s.hex(4)
		if err != nil {
			return err
		}
		s.buf = utf8.AppendRune(s.buf, s.pair(unit))
	default:
		s.pos--
		return s.unexpected("an escape")
	}
	return nil
}

// pair completes a surrogate with the escape that follows.
func (s *scanner) pair(unit rune) rune {
	if !utf16.IsSurrogate(unit) {
		return unit
	}
	if bytes.HasPrefix(s.data[s.pos:], []byte(`\u`)) {
		low := scanner{data: s.data, pos: s.pos + 2}
		if second, err := low.hex(4); err == nil {
			if r := utf16.DecodeRune(unit, second); r != utf8.RuneError {
				s.pos = low.pos
				return r
			}
		}
	}
	return '?'
}

func (s *scanner) hex(digits int) (rune, error) {
	var r rune
	for range digits {
		var c byte
		if s.pos < len(s.data) {
			c = s.data[s.pos]
		}
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, s.unexpected("a hexadecimal digit")
		}
		r = r<<4 | rune(c)
		s.pos++
	}
	return r, nil
}

// word reads a bare name: true, null, a member name. Empty if there is none.
func (s *scanner) word() []byte {
	start := s.pos
	for ; s.pos < len(s.data); s.pos++ {
		c := s.data[s.pos]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '$' || c >= utf8.RuneSelf
		digit := c >= '0' && c <= '9'
		if !letter && (!digit || s.pos == start) {
			break
		}
	}
	return s.data[start:s.pos]
}

// number reads a number; whole tells that it has neither fraction nor exponent.
// A type suffix is read but not part of the result. Empty if there is none.
func (s *scanner) number() (text []byte, whole bool) {
	start := s.pos
	if s.pos < len(s.data) && (s.data[s.pos] == '-' || s.data[s.pos] == '+') {
		s.pos++
	}
	if s.digits() == 0 {
		s.pos = start
		return nil, false
	}
	whole = true
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		whole = false
		s.pos++
		s.digits()
	}
	if s.pos < len(s.data) && s.data[s.pos]|0x20 == 'e' {
		mark := s.pos
		s.pos++
		if s.pos < len(s.data) && (s.data[s.pos] == '-' || s.data[s.pos] == '+') {
			s.pos++
		}
		if s.digits() == 0 {
			s.pos = mark
		} else {
			whole = false
		}
	}
	text = s.data[start:s.pos]
	if s.pos < len(s.data) && bytes.IndexByte([]byte("LSBFD"), s.data[s.pos]) >= 0 {
		s.pos++
	}
	return text, whole
}

func (s *scanner) digits() int {
	start := s.pos
	for s.pos < len(s.data) && s.data[s.pos] >= '0' && s.data[s.pos] <= '9' {
		s.pos++
	}
	return s.pos - start
}

// name reads the name of a member or a key that is no object. The result is
// valid until the next call of text.
func (s *scanner) name() ([]byte, error) {
	c := s.peek()
	if isQuote(c) {
		return s.text()
	}
	if n, whole := s.number(); whole {
		return n, nil
	}
	if w := s.word(); len(w) > 0 {
		return w, nil
	}
	return nil, s.unexpected("a name")
}

// skip reads one value of any kind, keys of any kind in it.
func (s *scanner) skip() error {
	switch c := s.peek(); {
	case c == '{':
		return s.skipAll('{', '}')
	case c == '[':
		return s.skipAll('[', ']')
	case isQuote(c):
		_, err := s.text()
		return err
	}
	if n, _ := s.number(); len(n) > 0 {
		return nil
	}
	if len(s.word()) == 0 {
		return s.unexpected("a value")
	}
	return nil
}

func (s *scanner) skipAll(opening, closing byte) error {
	if err := s.open(opening); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.more(first, closing)
		if err != nil || !more {
			return err
		}
		if opening == '{' {
			if err := s.skip(); err != nil {
				return err
			}
			if err := s.expect(':'); err != nil {
				return err
			}
		}
		if err := s.skip(); err != nil {
			return err
		}
	}
}
