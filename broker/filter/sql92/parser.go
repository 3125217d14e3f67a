package sql92

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Bounds of an expression, whatever Limits say. A recursion goes as deep as it is nested, and a broker keeps as many
// expressions as groups register.
const (
	MaxLength = 64 << 10 // bytes
	MaxDepth  = 250      // parentheses and signs, or comparisons, within each other
)

// Limits of an expression; 0 means MaxLength or MaxDepth.
type Limits struct{ Length, Depth int }

func (l Limits) length() int { return within(l.Length, MaxLength) }
func (l Limits) depth() int  { return within(l.Depth, MaxDepth) }

func within(n, most int) int {
	if n <= 0 {
		return most
	}
	return min(n, most)
}

// operand is a part of an expression that is read.
type operand struct {
	node  node
	at    int // where it begins in the text
	depth int // of the tree
}

// parser reads by recursive descent, a method for each rule of the package comment. Errors come in Java's
// order: what is wrong with an operator's operands is found before the token behind them is looked at.
type parser struct {
	lexer lexer
	deep  int     // Limits.Depth
	ahead []token // read and not consumed yet
	dry   bool    // only the form matters; see unaryPlus
	level int     // of recursion
	sound int     // the text before has the form of operands; see unaryPlus
	shut  bool    // the comparison before ended with NULL, behind which none of its own operators can follow
}

// operandKinds is what an operand can begin with, but for the plus sign, which Java always lists last.
var operandKinds = of(kindNot, kindTrue, kindFalse, kindNull, kindDecimal, kindFloat, kindString, kindName, kindOpen, kindMinus)

var (
	comparisonKinds = of(kindNot, kindBetween, kindIn, kindContains, kindStartsWith, kindEndsWith,
		kindGreater, kindGreaterEqual, kindLess, kindLessEqual)
	equalityKinds = of(kindIs, kindEqual, kindNotEqual)
	negatedKinds  = comparisonKinds &^ of(kindNot) // what Java lists behind a NOT that nothing it knows follows
)

// Compile is Limits.Compile with the largest ones.
func Compile(text string) (*Filter, error) { return Limits{}.Compile(text) }

// Compile reads an expression. Its error is an *Error.
func (l Limits) Compile(text string) (*Filter, error) {
	if most := l.length(); len(text) > most {
		return nil, tooLarge(text, most, fmt.Sprintf("longer than %d bytes", most))
	}
	p := parser{lexer: lexer{text: text}, deep: l.depth()}
	root, err := p.or()
	if err != nil {
		return nil, err
	}
	n, err := p.boolean(root)
	if err != nil {
		return nil, err
	}
	return &Filter{root: n}, nil
}

// tooLarge is Java's class for what its stack cannot hold.
func tooLarge(text string, at int, why string) error {
	p := placeOf(text, at)
	return &Error{Java: "java.lang.StackOverflowError: the expression is " + why, Line: p.line, Column: p.column, Large: true}
}

// peek returns the token i places on.
func (p *parser) peek(i int) (token, error) {
	for len(p.ahead) <= i {
		t, err := p.lexer.next()
		if err != nil {
			return t, err
		}
		p.ahead = append(p.ahead, t)
	}
	return p.ahead[i], nil
}

func (p *parser) skip(n int) { p.ahead = p.ahead[n:] }

// take consumes the next token, which must be of the kind.
func (p *parser) take(k kind) (token, error) {
	t, err := p.peek(0)
	if err != nil {
		return t, err
	}
	if t.kind != k {
		return t, p.unexpected(t, of(k), false)
	}
	p.skip(1)
	return t, nil
}

// unexpected is Java's ParseException for the token t where others could be.
func (p *parser) unexpected(t token, expected set, orPlus bool) error {
	var b strings.Builder
	n := 0
	list := func(k kind) {
		n++
		b.WriteString(images[k] + " ...\n    ")
	}
	for k := range kind(len(images)) {
		if expected.has(k) {
			list(k)
		}
	}
	if orPlus {
		list(kindPlus)
	}
	met := images[kindEOF]
	if t.kind != kindEOF {
		met = ` ` + images[t.kind] + ` "` + escaped(t.text) + ` "`
	}
	which := "Was expecting one of:"
	if n == 1 {
		which = "Was expecting:"
	}
	at := placeOf(p.lexer.text, t.at)
	text := fmt.Sprintf("%sEncountered \"%s\" at line %d, column %d.\n%s\n    %s", parseException, met, at.line, at.column, which, b.String())
	return &Error{Java: text, Line: at.line, Column: at.column, told: true}
}

// wrong is an error about the operand at a place of the text.
func (p *parser) wrong(at int, class, text string) error {
	where := placeOf(p.lexer.text, at)
	return &Error{Java: class + text, Line: where.line, Column: where.column}
}

func (p *parser) or() (operand, error) { return p.chain(kindOr, p.and) }

func (p *parser) and() (operand, error) { return p.chain(kindAnd, p.equality) }

// chain reads operands with one and the same logical operator between them, which become one node.
func (p *parser) chain(op kind, next func() (operand, error)) (operand, error) {
	left, err := next()
	for err == nil {
		var t token
		if t, err = p.peek(0); err != nil || t.kind != op {
			break
		}
		p.skip(1)
		var right operand
		if right, err = next(); err == nil {
			left, err = p.join(op, left, right)
		}
	}
	return left, err
}

func (p *parser) equality() (operand, error) {
	left, err := p.comparison()
	for err == nil {
		var t token
		if t, err = p.peek(0); err != nil || !equalityKinds.has(t.kind) {
			break
		}
		if t.kind == kindIs {
			left, err = p.isNull(left)
			continue
		}
		p.skip(1)
		var right operand
		if right, err = p.comparison(); err == nil {
			left, err = p.equal(left, right, t.kind == kindNotEqual)
		}
	}
	return left, err
}

func (p *parser) isNull(left operand) (operand, error) {
	p.skip(1)
	t, err := p.peek(0)
	if err != nil {
		return left, err
	}
	not := t.kind == kindNot
	if not {
		p.skip(1)
		_, err = p.take(kindNull)
	} else if t.kind == kindNull {
		p.skip(1)
	} else {
		err = p.unexpected(t, of(kindNot, kindNull), false)
	}
	if err != nil {
		return left, err
	}
	p.shut = true
	return p.nullCheck(left, not)
}

func (p *parser) comparison() (operand, error) {
	left, err := p.unary()
	for err == nil {
		var t token
		if t, err = p.peek(0); err != nil {
			break
		}
		p.shut = false
		if !comparisonKinds.has(t.kind) {
			break
		}
		not := t.kind == kindNot
		if not {
			if t, err = p.negated(); err != nil {
				break
			}
		}
		p.skip(1)
		left, err = p.compareWith(t, left, not)
	}
	return left, err
}

// negated consumes NOT and returns the operator that must follow it.
func (p *parser) negated() (token, error) {
	t, err := p.peek(1)
	if err != nil {
		return t, err
	}
	switch t.kind {
	case kindContains, kindStartsWith, kindEndsWith, kindBetween, kindIn:
		p.skip(1)
		return t, nil
	}
	return t, p.unexpected(p.ahead[0], negatedKinds, false)
}

// compareWith reads what stands behind the operator t of a comparison.
func (p *parser) compareWith(t token, left operand, not bool) (operand, error) {
	switch t.kind {
	case kindBetween:
		return p.between(left, not)
	case kindIn:
		return p.in(left, not)
	case kindContains, kindStartsWith, kindEndsWith:
		s, err := p.take(kindString)
		if err != nil {
			return left, err
		}
		return p.search(t.kind, left, unquote(s.text), not)
	}
	right, err := p.unary()
	if err != nil {
		return left, err
	}
	return p.order(t.kind, left, right)
}

func (p *parser) between(left operand, not bool) (operand, error) {
	low, err := p.unary()
	if err != nil {
		return left, err
	}
	if _, err = p.take(kindAnd); err != nil {
		return left, err
	}
	high, err := p.unary()
	if err != nil {
		return left, err
	}
	return p.within(left, low, high, not)
}

func (p *parser) in(left operand, not bool) (operand, error) {
	if _, err := p.take(kindOpen); err != nil {
		return left, err
	}
	var list []string
	for {
		s, err := p.take(kindString)
		if err != nil {
			return left, err
		}
		list = append(list, unquote(s.text))
		t, err := p.peek(0)
		if err != nil {
			return left, err
		}
		if t.kind != kindComma && t.kind != kindClose {
			return left, p.unexpected(t, of(kindComma, kindClose), false)
		}
		p.skip(1)
		if t.kind == kindClose {
			return p.oneOf(left, list, not)
		}
	}
}

func (p *parser) unary() (operand, error) {
	t, err := p.peek(0)
	if err != nil {
		return operand{}, err
	}
	if p.level >= p.deep {
		return operand{}, tooLarge(p.lexer.text, t.at, fmt.Sprintf("nested deeper than %d", p.deep))
	}
	p.level++
	defer func() { p.level-- }()
	switch t.kind {
	case kindPlus:
		return p.unaryPlus(t)
	case kindMinus, kindNot:
		p.skip(1)
		right, err := p.unary()
		if err != nil {
			return right, err
		}
		return p.sign(t, right)
	case kindOpen:
		p.skip(1)
		return p.parenthesised(t)
	}
	if !operandKinds.has(t.kind) {
		return operand{}, p.unexpected(t, operandKinds, true)
	}
	p.skip(1)
	return p.leaf(t)
}

// unaryPlus reads an operand behind a plus sign. Java looks first whether all of it has the form of one, and
// refuses the sign if not.
func (p *parser) unaryPlus(plus token) (operand, error) {
	if !p.dry && plus.at >= p.sound {
		if err := p.probe(plus); err != nil {
			return operand{}, err
		}
	}
	p.skip(1)
	right, err := p.unary()
	right.at = plus.at
	return right, err
}

// probe reads what is behind a plus sign without consuming it.
func (p *parser) probe(plus token) error {
	form := parser{lexer: p.lexer, ahead: slices.Clone(p.ahead[1:]), dry: true, level: p.level, deep: p.deep}
	_, err := form.unary()
	if e := (*Error)(nil); errors.As(err, &e) && strings.HasPrefix(e.Java, parseException) {
		return p.unexpected(plus, operandKinds, false)
	}
	if p.sound = form.lexer.pos; len(form.ahead) > 0 {
		p.sound = form.ahead[0].at
	}
	return err
}

func (p *parser) parenthesised(open token) (operand, error) {
	inner, err := p.or()
	if err != nil {
		return inner, err
	}
	t, err := p.peek(0)
	if err != nil {
		return inner, err
	}
	if t.kind != kindClose {
		expected := equalityKinds | of(kindAnd, kindOr, kindClose)
		if !p.shut {
			expected |= comparisonKinds
		}
		return inner, p.unexpected(t, expected, false)
	}
	p.skip(1)
	inner.at = open.at
	return inner, nil
}

// unquote takes a string literal apart.
func unquote(image string) string {
	return strings.ReplaceAll(image[1:len(image)-1], "''", "'")
}
