package sql92

// kind of a token. The order is that of Java's SelectorParserConstants: errors list what was expected in it.
type kind uint8

const (
	kindEOF kind = iota
	kindNot
	kindAnd
	kindOr
	kindBetween
	kindIn
	kindTrue
	kindFalse
	kindNull
	kindIs
	kindContains
	kindStartsWith
	kindEndsWith
	kindDecimal
	kindFloat
	kindString
	kindName
	kindEqual
	kindNotEqual
	kindGreater
	kindGreaterEqual
	kindLess
	kindLessEqual
	kindOpen
	kindComma
	kindClose
	kindPlus
	kindMinus
)

// images are the kinds in Java's errors.
var images = [...]string{
	`<EOF>`, `"NOT"`, `"AND"`, `"OR"`, `"BETWEEN"`, `"IN"`, `"TRUE"`, `"FALSE"`, `"NULL"`, `"IS"`, `"CONTAINS"`, `"STARTSWITH"`,
	`"ENDSWITH"`, `<DECIMAL_LITERAL>`, `<FLOATING_POINT_LITERAL>`, `<STRING_LITERAL>`, `<ID>`, `"="`, `"<>"`, `">"`, `">="`, `"<"`,
	`"<="`, `"("`, `","`, `")"`, `"+"`, `"-"`,
}

// keywords in upper case.
var keywords = map[string]kind{
	"NOT": kindNot, "AND": kindAnd, "OR": kindOr, "BETWEEN": kindBetween, "IN": kindIn, "TRUE": kindTrue, "FALSE": kindFalse,
	"NULL": kindNull, "IS": kindIs, "CONTAINS": kindContains, "STARTSWITH": kindStartsWith, "ENDSWITH": kindEndsWith,
}

// longestKeyword is the length of STARTSWITH.
const longestKeyword = 10

// token is a piece of the text.
type token struct {
	kind kind
	at   int // where it begins, in bytes
	text string
}

// set is kinds, a bit each.
type set uint32

func of(kinds ...kind) (s set) {
	for _, k := range kinds {
		s |= 1 << k
	}
	return s
}

func (s set) has(k kind) bool { return s&(1<<k) != 0 }
