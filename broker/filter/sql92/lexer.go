package sql92

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// lexer cuts the text into tokens, one at a time: what is not looked at is never an error.
// Java: SelectorParserTokenManager.
type lexer struct {
	text string
	pos  int
}

// next returns the next token; kindEOF at the end.
func (l *lexer) next() (token, error) {
	for l.pos < len(l.text) {
		at := l.pos
		k, n := l.match()
		if n == 0 {
			return token{}, l.lost(at)
		}
		if l.pos += n; k != kindEOF {
			return token{kind: k, at: at, text: l.text[at:l.pos]}, nil
		}
	}
	return token{kind: kindEOF, at: len(l.text)}, nil
}

// match returns the longest token at pos and its length; kindEOF stands for blanks and comments. Length 0
// means that there is none.
func (l *lexer) match() (kind, int) {
	rest := l.text[l.pos:]
	switch c := rest[0]; {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
		return kindEOF, 1
	case c == '\'':
		return kindString, stringLength(rest)
	case letter(c):
		return nameOf(rest)
	case digit(c) || c == '.':
		return number(rest)
	case c == '-':
		if n := lineComment(rest); n > 0 {
			return kindEOF, n
		}
		return kindMinus, 1
	case c == '/':
		return kindEOF, blockComment(rest)
	}
	return operator(rest)
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '$' }

func digit(c byte) bool { return c >= '0' && c <= '9' }

func operator(s string) (kind, int) {
	two := s[:min(2, len(s))]
	switch two {
	case "<>":
		return kindNotEqual, 2
	case ">=":
		return kindGreaterEqual, 2
	case "<=":
		return kindLessEqual, 2
	}
	switch s[0] {
	case '=':
		return kindEqual, 1
	case '>':
		return kindGreater, 1
	case '<':
		return kindLess, 1
	case '(':
		return kindOpen, 1
	case ',':
		return kindComma, 1
	case ')':
		return kindClose, 1
	case '+':
		return kindPlus, 1
	}
	return kindEOF, 0
}

func nameOf(s string) (kind, int) {
	n := 1
	for n < len(s) && (letter(s[n]) || digit(s[n])) {
		n++
	}
	if n <= longestKeyword {
		if k, ok := keywords[strings.ToUpper(s[:n])]; ok {
			return k, n
		}
	}
	return kindName, n
}

// number reads a literal without sign. An integer is 0 or begins with another digit, so of "007" the
// first 0 is one; a float may begin with any.
func number(s string) (kind, int) {
	whole := digits(s)
	if n := fraction(s, whole); n > 0 {
		return kindFloat, n
	}
	switch {
	case whole == 0:
		return kindEOF, 0
	case s[0] == '0':
		return kindDecimal, 1
	case whole < len(s) && s[whole]|0x20 == 'l':
		return kindDecimal, whole + 1
	}
	return kindDecimal, whole
}

// fraction returns the length of a float whose first whole bytes are digits, 0 if it is none.
func fraction(s string, whole int) int {
	n := whole
	if n < len(s) && s[n] == '.' {
		n++
		decimals := digits(s[n:])
		if whole+decimals == 0 {
			return 0
		}
		n += decimals
		return n + exponent(s[n:])
	}
	if e := exponent(s[n:]); n > 0 && e > 0 {
		return n + e
	}
	return 0
}

func exponent(s string) int {
	if len(s) == 0 || s[0]|0x20 != 'e' {
		return 0
	}
	n := 1
	if n < len(s) && (s[n] == '+' || s[n] == '-') {
		n++
	}
	if d := digits(s[n:]); d > 0 {
		return n + d
	}
	return 0
}

func digits(s string) (n int) {
	for n < len(s) && digit(s[n]) {
		n++
	}
	return n
}

// stringLength returns the length of a literal in quotes, in which two quotes are one. One that does not
// end is as long as the part of it that is a literal.
func stringLength(s string) (n int) {
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			continue
		}
		if n = i + 1; n == len(s) || s[n] != '\'' {
			return n
		}
		i++
	}
	return n
}

// lineComment needs the end of the line: without it there are two signs.
func lineComment(s string) int {
	if !strings.HasPrefix(s, "--") {
		return 0
	}
	end := strings.IndexAny(s, "\r\n")
	if end < 0 {
		return 0
	}
	if strings.HasPrefix(s[end:], "\r\n") {
		end++
	}
	return end + 1
}

func blockComment(s string) int {
	if !strings.HasPrefix(s, "/*") {
		return 0
	}
	if end := strings.Index(s[2:], "*/"); end >= 0 {
		return 2 + end + 2
	}
	return 0
}

// lost is Java's error for text that begins no token: it names the character at which all hope was lost
// and what came before it. Java: TokenMgrError.
func (l *lexer) lost(at int) error {
	bad := at
	switch l.text[at] {
	case '\'': // only an unfinished one is lost
		bad = len(l.text)
	case '.':
		bad++
	case '/':
		if bad++; strings.HasPrefix(l.text[bad:], "*") {
			bad = len(l.text)
		}
	}
	r, size := utf8.DecodeRuneInString(l.text[min(bad, len(l.text)):])
	if bad+size >= len(l.text) && r <= 0xffff { // the last character, or none, is the end to Java
		return l.unfinished(at)
	}
	first := units(string(r))[0]
	var met strings.Builder
	escape(&met, first)
	return lexical(placeOf(l.text, bad), fmt.Sprintf("\"%s\" (%d), ", met.String(), first), l.text[at:bad])
}

// unfinished is the error of a token that the end of the text cuts.
func (l *lexer) unfinished(at int) error {
	p := placeOf(l.text, len(l.text))
	if last := l.text[len(l.text)-1]; last == '\n' || last == '\r' {
		p.line, p.column = p.line+1, 0
	} else {
		p.column++
	}
	after := ""
	if len(units(l.text[at:])) > 1 {
		after = l.text[at:]
	}
	return lexical(p, "<EOF> ", after)
}

func lexical(p place, met, after string) error {
	text := fmt.Sprintf("%sLexical error at line %d, column %d.  Encountered: %safter : \"%s\"", tokenError, p.line, p.column, met, escaped(after))
	return &Error{Java: text, Line: p.line, Column: p.column, told: true}
}
