package wire

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// scanner reads the JSON that remoting headers are made of: RFC 8259, but bytes inside strings are
// taken as they are. Methods return false at the first byte that does not fit; pos is near it then.
type scanner struct {
	b   []byte
	pos int
	out []byte // strings with escapes, resolved; may move when it grows, old views keep the old array

	maxDepth int  // of values that are skipped
	tooDeep  bool // they were deeper
}

// peek skips blanks and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.b) {
		switch ch := s.b[s.pos]; ch {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return ch
		}
	}
	return 0
}

// take consumes ch, which must be the next byte that is not blank.
func (s *scanner) take(ch byte) bool {
	if s.pos < len(s.b) && s.b[s.pos] == ch || s.peek() == ch {
		s.pos++
		return true
	}
	return false
}

// more goes to the next element of a list that closing ends. It reports whether there is one; ok is
// false if neither a comma nor closing follows. first is set before the first element.
func (s *scanner) more(closing byte, first bool) (more, ok bool) {
	switch ch := s.peek(); {
	case ch == closing:
		s.pos++
		return false, true
	case first:
		return true, true
	case ch == ',':
		s.pos++
		return true, true
	}
	return false, false
}

// str reads a string and returns its text: a view into b, or into out if it had escapes.
func (s *scanner) str() (text []byte, ok bool) {
	if !s.take('"') {
		return nil, false
	}
	b, start := s.b, s.pos
	end := indexQuoteOrEscape(b, start)
	if end >= len(b) {
		return nil, false
	}
	if b[end] == '"' {
		s.pos = end + 1
		return b[start:end:end], true
	}
	return s.escaped(start, end)
}

// escaped finishes a string that began at start and has its first backslash at esc. What an escape
// stands for is never longer than the escape, so the text fits into as many bytes as are left of b.
func (s *scanner) escaped(start, esc int) (text []byte, ok bool) {
	const slack = 8 // copyPlain writes whole words
	s.out = slices.Grow(s.out, len(s.b)-start+slack)
	from := len(s.out)
	s.out = append(s.out, s.b[start:esc]...)
	for s.pos = esc; s.pos < len(s.b); s.copyPlain() {
		s.pos++
		if s.b[s.pos-1] == '"' {
			return s.out[from:len(s.out):len(s.out)], true
		}
		if !s.unescape() {
			break
		}
	}
	return nil, false
}

// copyPlain appends to out what lies before the next '"' or '\\' and goes there.
func (s *scanner) copyPlain() {
	b, i := s.b, s.pos
	out, n := s.out[:cap(s.out)], len(s.out)
	for ; i+8 <= len(b); i, n = i+8, n+8 {
		word := binary.LittleEndian.Uint64(b[i:])
		binary.LittleEndian.PutUint64(out[n:], word)
		if hit := quoteOrEscape(word); hit != 0 {
			plain := bits.TrailingZeros64(hit) / 8
			s.pos, s.out = i+plain, out[:n+plain]
			return
		}
	}
	for ; i < len(b) && b[i] != '"' && b[i] != '\\'; i, n = i+1, n+1 {
		out[n] = b[i]
	}
	s.pos, s.out = i, out[:n]
}

// unescape resolves the escape whose backslash lies before pos.
func (s *scanner) unescape() bool {
	if s.pos >= len(s.b) {
		return false
	}
	ch := s.b[s.pos]
	s.pos++
	switch ch {
	case 'u':
		return s.unicode()
	case 'b':
		ch = '\b'
	case 'f':
		ch = '\f'
	case 'n':
		ch = '\n'
	case 'r':
		ch = '\r'
	case 't':
		ch = '\t'
	case '"', '\\', '/':
	default:
		return false
	}
	s.out = append(s.out, ch)
	return true
}

// unicode resolves the four digits of \uXXXX, and the low half of a surrogate pair behind them. A
// lone half becomes '?', which is what Java makes of it when it writes UTF-8.
func (s *scanner) unicode() bool {
	r, ok := s.hex4()
	if !ok {
		return false
	}
	const highMin, lowMin, lowMax = 0xD800, 0xDC00, 0xDFFF
	switch {
	case r < utf8.RuneSelf:
		s.out = append(s.out, byte(r))
		return true
	case r < highMin || r > lowMax:
		s.out = utf8.AppendRune(s.out, r)
		return true
	}
	if r < lowMin && s.pos+2 <= len(s.b) && s.b[s.pos] == '\\' && s.b[s.pos+1] == 'u' {
		again := s.pos
		s.pos += 2
		low, ok := s.hex4()
		if !ok {
			return false
		}
		if low >= lowMin && low <= lowMax {
			s.out = utf8.AppendRune(s.out, (r-highMin)<<10|(low-lowMin)+0x10000)
			return true
		}
		s.pos = again
	}
	s.out = append(s.out, '?')
	return true
}

func (s *scanner) hex4() (rune, bool) {
	if s.pos+4 > len(s.b) {
		return 0, false
	}
	d := s.b[s.pos : s.pos+4]
	s.pos += 4
	r := hexValue[d[0]]<<12 | hexValue[d[1]]<<8 | hexValue[d[2]]<<4 | hexValue[d[3]]
	return r, r >= 0
}

// hexValue is negative for bytes that are no digit, and stays so when shifted and joined.
var hexValue = func() (t [256]rune) {
	for ch := range t {
		t[ch] = -1
	}
	for v, ch := range []byte("0123456789abcdef") {
		t[ch] = rune(v)
	}
	for v, ch := range []byte("ABCDEF") {
		t[ch] = rune(v) + 10
	}
	return t
}()

// literal reads a number, true, false or null and returns its text.
func (s *scanner) literal() (text []byte, ok bool) {
	s.peek()
	start := s.pos
	for s.pos < len(s.b) && literalByte[s.b[s.pos]] {
		s.pos++
	}
	text = s.b[start:s.pos:s.pos]
	if len(text) == 0 {
		return nil, false
	}
	switch text[0] {
	case 't':
		return text, string(text) == "true"
	case 'f':
		return text, string(text) == "false"
	case 'n':
		return text, string(text) == "null"
	}
	return text, isNumber(text)
}

// literalByte marks the bytes that numbers, true, false and null are made of.
var literalByte = func() (t [256]bool) {
	for _, ch := range []byte("0123456789+-.eEtrufalsn") {
		t[ch] = true
	}
	return t
}()

// isNumber is a little laxer than JSON: it allows leading zeros.
func isNumber(b []byte) bool {
	if b[0] == '-' {
		b = b[1:]
	}
	b, ok := digits(b)
	if ok && len(b) > 0 && b[0] == '.' {
		b, ok = digits(b[1:])
	}
	if ok && len(b) > 0 && (b[0] == 'e' || b[0] == 'E') {
		b = b[1:]
		if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
			b = b[1:]
		}
		b, ok = digits(b)
	}
	return ok && len(b) == 0
}

// digits takes leading digits off b and reports whether there was one.
func digits(b []byte) (rest []byte, ok bool) {
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return b[n:], n > 0
}

// skip reads any value and returns its text as written.
func (s *scanner) skip(depth int) (raw []byte, ok bool) {
	ch := s.peek()
	start := s.pos
	switch ch {
	case '"':
		ok = s.skipString()
	case '{', '[':
		if s.tooDeep = depth >= s.maxDepth; !s.tooDeep {
			ok = s.skipNested(ch, depth)
		}
	default:
		_, ok = s.literal()
	}
	return s.b[start:s.pos:s.pos], ok
}

func (s *scanner) skipString() bool {
	mark := len(s.out)
	_, ok := s.str()
	s.out = s.out[:mark]
	return ok
}

// skipNested skips the object or array that opening begins.
func (s *scanner) skipNested(opening byte, depth int) bool {
	s.pos++
	closing := opening + 2 // in ASCII '}' is '{'+2 and ']' is '['+2
	for first := true; ; first = false {
		more, ok := s.more(closing, first)
		if !more {
			return ok
		}
		if opening == '{' {
			if s.peek() != '"' || !s.skipString() || !s.take(':') {
				return false
			}
		}
		if _, ok := s.skip(depth + 1); !ok {
			return false
		}
	}
}

// indexQuoteOrEscape returns the index of the first '"' or '\' of b at or behind i, or len(b).
func indexQuoteOrEscape(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		if hit := quoteOrEscape(binary.LittleEndian.Uint64(b[i:])); hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
	}
	for ; i < len(b); i++ {
		if b[i] == '"' || b[i] == '\\' {
			return i
		}
	}
	return len(b)
}

// quoteOrEscape looks for '"' and '\' in eight bytes at once. The lowest bit of the result lies in the
// first byte that is one of them; 0 means that there is none. The xor makes the byte looked for zero,
// and (x-low)&^x has the top bit of the lowest zero byte set.
func quoteOrEscape(word uint64) uint64 {
	const low, high = 0x0101010101010101, 0x8080808080808080
	quote, escape := word^low*'"', word^low*'\\'
	return ((quote-low)&^quote | (escape-low)&^escape) & high
}
