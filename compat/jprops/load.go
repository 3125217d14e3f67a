package jprops

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gannetmq/gannet/compat/jvalue"
)

// Entry is one key with its value.
type Entry struct {
	Key, Value string
	Line       int // on which the key begins, from 1
}

// File is a loaded text.
type File struct {
	Entries    []Entry // one for each key, ascending by line
	Overridden []Entry // those whose key comes again below
}

// EscapeError tells of a \u that four hexadecimal digits do not follow. Java
// throws an IllegalArgumentException there.
type EscapeError struct {
	Line   int // on which the entry begins
	Escape string
}

func (e *EscapeError) Error() string {
	return fmt.Sprintf("jprops: line %d: %q is not \\u and four hexadecimal digits", e.Line, e.Escape)
}

// Load reads bytes as Properties.load(InputStream) does: each byte is one
// ISO-8859-1 character. So Java reads its configuration files, and also the
// UTF-8 bodies of 25 and 318. The only error is an *EscapeError.
func Load(data []byte) (File, error) {
	text := make([]byte, 0, len(data))
	for _, b := range data {
		text = utf8.AppendRune(text, rune(b))
	}
	return load(string(text))
}

// LoadText reads UTF-8 as Properties.load(Reader) does. The only error is an
// *EscapeError.
func LoadText(data []byte) (File, error) {
	return load(jvalue.String(data))
}

func load(text string) (File, error) {
	var all []Entry
	last := make(map[string]int) // key to its last place in all
	lines := lineReader{text: text, number: 1}
	for {
		logical, number, ok := lines.next()
		if !ok {
			return split(all, last), nil
		}
		e, err := parseEntry(logical, number)
		if err != nil {
			return File{}, err
		}
		last[e.Key] = len(all)
		all = append(all, e)
	}
}

// split parts the entries that count from those that are overridden.
func split(all []Entry, last map[string]int) File {
	var f File
	for i, e := range all {
		if last[e.Key] == i {
			f.Entries = append(f.Entries, e)
		} else {
			f.Overridden = append(f.Overridden, e)
		}
	}
	return f
}

// lineReader cuts a text into logical lines.
type lineReader struct {
	text   string
	pos    int
	number int // of the natural line at pos
}

// next returns a logical line without the white space before it, and the
// number of its first natural line. A backslash that the text ends with is
// dropped, and what is left is a line even if it is empty: the one way to load
// an entry out of nothing, kept as Java has it.
func (l *lineReader) next() (logical string, number int, ok bool) {
	var joined strings.Builder
	for l.pos < len(l.text) {
		natural, at, last := l.natural()
		if joined.Len() == 0 {
			if natural == "" || natural[0] == '#' || natural[0] == '!' {
				continue
			}
			number = at
		}
		open := (len(natural)-len(strings.TrimRight(natural, `\`)))%2 == 1
		if open {
			natural = natural[:len(natural)-1]
		}
		joined.WriteString(natural)
		if !open || last {
			return joined.String(), number, true
		}
	}
	return joined.String(), number, joined.Len() > 0
}

// natural reads one line without the white space before it. last says that
// nothing follows its first end-of-line character: Java looks there before it
// skips the \n of a \r\n.
func (l *lineReader) natural() (line string, number int, last bool) {
	number = l.number
	rest := l.text[l.pos:]
	end := strings.IndexAny(rest, "\r\n")
	if end < 0 {
		l.pos = len(l.text)
		return strings.TrimLeft(rest, whiteSpace), number, true
	}
	l.pos += end + 1
	l.number++
	last = l.pos == len(l.text)
	if rest[end] == '\r' && !last && l.text[l.pos] == '\n' {
		l.pos++
	}
	return strings.TrimLeft(rest[:end], whiteSpace), number, last
}

const whiteSpace = " \t\f"

func parseEntry(line string, number int) (Entry, error) {
	keyEnd := 0
	for keyEnd < len(line) && !strings.ContainsRune("=:"+whiteSpace, rune(line[keyEnd])) {
		if line[keyEnd] == '\\' && keyEnd+1 < len(line) {
			keyEnd++
		}
		keyEnd++
	}
	value := strings.TrimLeft(line[keyEnd:], whiteSpace)
	if value != "" && (value[0] == '=' || value[0] == ':') {
		value = strings.TrimLeft(value[1:], whiteSpace)
	}
	e := Entry{Line: number}
	var bad string
	if e.Key, bad = unescape(line[:keyEnd]); bad == "" {
		e.Value, bad = unescape(value)
	}
	if bad != "" {
		return Entry{}, &EscapeError{Line: number, Escape: bad}
	}
	return e, nil
}

// unescape resolves the escapes of a key or a value; bad is the escape that
// cannot be. Half of a surrogate pair has no UTF-8 and becomes "?", as when
// Java encodes it.
func unescape(s string) (text, bad string) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, ""
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		i++ // a line never ends in a single backslash
		if s[i] != 'u' {
			out = append(out, control(s[i]))
			continue
		}
		unit, ok := hex4(s[i+1:])
		if !ok {
			return "", s[i-1 : min(i+5, len(s))]
		}
		i += 4
		if utf16.IsSurrogate(unit) {
			pair := rune(utf8.RuneError)
			if strings.HasPrefix(s[i+1:], `\u`) {
				low, _ := hex4(s[i+3:])
				pair = utf16.DecodeRune(unit, low)
			}
			if unit = '?'; pair != utf8.RuneError {
				unit = pair
				i += 6
			}
		}
		out = utf8.AppendRune(out, unit)
	}
	return string(out), ""
}

func control(c byte) byte {
	switch c {
	case 't':
		return '\t'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 'f':
		return '\f'
	}
	return c
}

func hex4(s string) (unit rune, ok bool) {
	if len(s) < 4 {
		return 0, false
	}
	for _, c := range []byte(s[:4]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = (c | 0x20) - 'a' + 10
		default:
			return 0, false
		}
		unit = unit<<4 | rune(c)
	}
	return unit, true
}
