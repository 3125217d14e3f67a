package sql92

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/gannetmq/gannet/compat/jvalue"
)

// The methods of this file make nodes of operands, after Java's checks of them. In a dry run they do neither.

// leaf makes a literal or a property.
func (p *parser) leaf(t token) (operand, error) {
	o := operand{at: t.at, depth: 1}
	var err error
	switch t.kind {
	case kindTrue, kindFalse:
		o.node = &constant{value: boolValue(t.kind == kindTrue)}
	case kindNull:
		o.node = &constant{}
	case kindString:
		o.node = &constant{value: value{kind: textValue, text: []byte(unquote(t.text))}}
	case kindDecimal:
		o.node, err = p.decimal(t)
	case kindFloat:
		o.node, err = p.float(t)
	default:
		o.node = &property{name: strings.Clone(t.text)}
	}
	return o, err
}

func (p *parser) decimal(t token) (node, error) {
	text := strings.TrimRight(t.text, "lL")
	n, ok := jvalue.TryLong(text)
	if !ok && !p.dry {
		return nil, p.wrong(t.at, numberException, fmt.Sprintf("For input string: \"%s\"", text))
	}
	v := value{kind: longValue, int: n}
	if n >= math.MinInt32 && n <= math.MaxInt32 {
		v.kind = intValue
	}
	return &constant{value: v}, nil
}

func (p *parser) float(t token) (node, error) {
	f, _ := jvalue.TryDouble(t.text)
	if !p.dry && f > math.MaxFloat64 {
		return nil, p.wrong(t.at, runtimeError, t.text+" is greater than 1.7976931348623157E308")
	}
	if !p.dry && f < math.SmallestNonzeroFloat64 {
		return nil, p.wrong(t.at, runtimeError, t.text+" is less than 4.9E-324")
	}
	return &constant{value: value{kind: doubleValue, float: f}}, nil
}

// boolean returns the operand as what is true or false. Java: SelectorParser.asBooleanExpression.
func (p *parser) boolean(o operand) (node, error) {
	if _, ok := o.node.(*property); ok {
		return &cast{right: o.node}, nil
	}
	if !isBoolean(o.node) {
		return nil, p.wrong(o.at, parseException, "Expression will not result in a boolean value: "+textOf(o.node))
	}
	return o.node, nil
}

func isBoolean(n node) bool {
	switch n := n.(type) {
	case *constant:
		return n.kind == nullValue || n.kind == boolKind
	case *property, *negation:
		return false
	}
	return true
}

// made is the operand that n is, of which of are parts.
func (p *parser) made(n node, of ...operand) (operand, error) {
	depth := 0
	for _, o := range of {
		depth = max(depth, o.depth)
	}
	if depth >= p.deep {
		return operand{}, tooLarge(p.lexer.text, of[len(of)-1].at, fmt.Sprintf("nested deeper than %d", p.deep))
	}
	return operand{node: n, at: of[0].at, depth: depth + 1}, nil
}

func (p *parser) join(op kind, left, right operand) (operand, error) {
	if p.dry {
		return left, nil
	}
	l, err := p.boolean(left)
	if err != nil {
		return left, err
	}
	r, err := p.boolean(right)
	if err != nil {
		return left, err
	}
	if chain, ok := l.(*logic); ok && chain.or == (op == kindOr) {
		chain.terms = append(chain.terms, r) // its value is the same, however it is nested to the left
		left.depth = max(left.depth, right.depth+1)
		return left, nil
	}
	return p.made(&logic{or: op == kindOr, terms: []node{l, r}}, left, right)
}

func (p *parser) equal(left, right operand, not bool) (operand, error) {
	if p.dry {
		return left, nil
	}
	for _, o := range []operand{left, right} {
		if c, ok := o.node.(*constant); ok && c.kind == nullValue {
			return left, p.wrong(o.at, runtimeError, "'NULL' cannot be compared.")
		}
	}
	l, lok := left.node.(*constant)
	r, rok := right.node.(*constant)
	if lok && rok && l.kind == boolKind && r.kind != boolKind {
		return left, p.wrong(right.at, runtimeError, fmt.Sprintf("'%s' cannot be compared with '%s'", textOf(l), textOf(r)))
	}
	var n node = &comparison{op: kindEqual, left: left.node, right: right.node}
	if not {
		n = &negated{right: n}
	}
	return p.made(n, left, right)
}

func (p *parser) nullCheck(left operand, not bool) (operand, error) {
	if p.dry {
		return left, nil
	}
	var n node = &comparison{op: kindEqual, left: left.node, right: &constant{}}
	if not {
		n = &negated{right: n}
	}
	return p.made(n, left)
}

// order makes a comparison with <, <=, > or >=.
func (p *parser) order(op kind, left, right operand) (operand, error) {
	if p.dry {
		return left, nil
	}
	for _, o := range []operand{left, right} {
		if !ordered(o.node) {
			return left, p.unordered(o)
		}
	}
	return p.made(&comparison{op: op, left: left.node, right: right.node}, left, right)
}

func (p *parser) unordered(o operand) error {
	return p.wrong(o.at, runtimeError, fmt.Sprintf("Value '%s' cannot be compared.", textOf(o.node)))
}

// ordered reports whether the node may be greater or less than another: a text is only known to be none
// if it is a literal. Java: ComparisonExpression.checkLessThanOperand.
func ordered(n node) bool {
	if c, ok := n.(*constant); ok {
		return c.numeric()
	}
	return !isBoolean(n)
}

// within makes [NOT] BETWEEN.
func (p *parser) within(left, low, high operand, not bool) (operand, error) {
	if p.dry {
		return left, nil
	}
	first, second := kindGreaterEqual, kindLessEqual
	if not {
		first, second = kindLess, kindGreater
	} else if err := p.checkBounds(low, high); err != nil {
		return left, err
	}
	for _, o := range []operand{left, low, high} {
		if !ordered(o.node) {
			return left, p.unordered(o)
		}
	}
	return p.made(&between{
		or: not, of: left.node, first: comparison{first, left.node, low.node}, second: comparison{second, left.node, high.node},
	}, left, low, high)
}

// checkBounds is done of literals only: a signed number is none.
func (p *parser) checkBounds(low, high operand) error {
	l, lok := low.node.(*constant)
	h, hok := high.node.(*constant)
	if !lok || !hok {
		return nil
	}
	if l.kind == nullValue || h.kind == nullValue {
		return p.wrong(low.at, runtimeError, "Illegal values of between, values can not be null!")
	}
	sign, err := compare(h.value, l.value)
	switch {
	case errors.Is(err, errCast):
		return p.wrong(high.at, castException, "class java.lang.Boolean cannot be cast to class java.lang.String "+
			"(java.lang.Boolean and java.lang.String are in module java.base of loader 'bootstrap')")
	case err != nil:
		text, number := l, h
		if h.kind == textValue {
			text, number = h, l
		}
		if len(text.text) == 0 && number.kind == doubleValue {
			return p.wrong(low.at, runtimeError, numberException+"empty String")
		}
		return p.wrong(low.at, runtimeError, fmt.Sprintf("%sFor input string: \"%s\"", numberException, text.text))
	case sign < 0:
		return p.wrong(low.at, runtimeError, fmt.Sprintf(
			"Illegal values of between, left value(%s) must less than or equal to right value(%s)", l.plain(), h.plain()))
	}
	return nil
}

func (p *parser) search(op kind, left operand, text string, not bool) (operand, error) {
	if p.dry {
		return left, nil
	}
	return p.made(&search{op: op, not: not, text: []byte(text), right: left.node}, left)
}

func (p *parser) oneOf(left operand, list []string, not bool) (operand, error) {
	if p.dry {
		return left, nil
	}
	of, ok := left.node.(*property)
	if !ok {
		return left, p.wrong(left.at, runtimeError, "Expected a property for In expression, got: "+textOf(left.node))
	}
	return p.made(newMember(of, list, not), left)
}

// sign makes -x or NOT x.
func (p *parser) sign(t token, right operand) (operand, error) {
	if p.dry {
		return right, nil
	}
	var n node = &negation{right: right.node}
	if t.kind == kindNot {
		b, err := p.boolean(right)
		if err != nil {
			return right, err
		}
		n = &negated{right: b}
	}
	o, err := p.made(n, right)
	o.at = t.at
	return o, err
}
