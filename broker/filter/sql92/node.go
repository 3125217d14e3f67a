package sql92

import (
	"bytes"
	"slices"
)

// node is a part of a compiled expression. Nodes do not change once compiled.
type node interface {
	// eval returns Java's value. An error says that Java throws one: the message does not match.
	eval(p Properties) (value, error)
	// appendText appends Java's toString, for error texts.
	appendText(b *printer)
}

type (
	// constant is a literal; NULL has the zero value.
	constant struct{ value }
	// property is the text of a message's property, null if it has none.
	property struct{ name string }
	// negation is a minus sign.
	negation struct{ right node }
	// negated is NOT.
	negated struct{ right node }
	// cast is a property where a condition is expected: true for no message.
	cast struct{ right node }
	// logic is AND or OR of two and more.
	logic struct {
		or    bool
		terms []node
	}
	// comparison is one of = < <= > >=.
	comparison struct {
		op          kind
		left, right node
	}
	// between is [NOT] BETWEEN: two comparisons of a value, which is found out once.
	between struct {
		or            bool
		of            node
		first, second comparison
	}
	// search is [NOT] CONTAINS, STARTSWITH or ENDSWITH.
	search struct {
		op    kind
		not   bool
		text  []byte
		right node
	}
	// member is [NOT] IN.
	member struct {
		not  bool
		of   *property
		list []string        // as it was written
		set  map[string]bool // nil if the list is short
	}
)

// fewMembers is how many texts are looked through sooner than hashed.
const fewMembers = 8

func newMember(of *property, list []string, not bool) *member {
	m := &member{not: not, of: of, list: list}
	if len(list) > fewMembers {
		m.set = make(map[string]bool, len(list))
		for _, s := range list {
			m.set[s] = true
		}
	}
	return m
}

func (m *member) has(text []byte) bool {
	if m.set != nil {
		return m.set[string(text)]
	}
	return slices.ContainsFunc(m.list, func(s string) bool { return s == string(text) })
}

func (c *constant) eval(Properties) (value, error) { return c.value, nil }

func (n *property) eval(p Properties) (value, error) {
	text, ok := p.Property(n.name)
	if !ok {
		return value{}, nil
	}
	return value{kind: textValue, text: text}, nil
}

func (n *negation) eval(p Properties) (value, error) {
	v, err := n.right.eval(p)
	switch v.kind {
	case intValue:
		v.int = int64(int32(-v.int))
	case longValue:
		v.int = -v.int
	case doubleValue:
		v.float = -v.float
	default:
		v = value{}
	}
	return v, err
}

func (n *negated) eval(p Properties) (value, error) {
	v, err := n.right.eval(p)
	if err != nil || v.kind == nullValue {
		return value{}, err
	}
	return boolValue(!v.bool), nil
}

func (n *cast) eval(p Properties) (value, error) {
	v, err := n.right.eval(p)
	if err != nil || v.kind == nullValue {
		return value{}, err
	}
	return boolValue(v.kind == boolKind && v.bool), nil
}

// eval ends at the first term that decides.
func (n *logic) eval(p Properties) (value, error) {
	unknown := false
	for _, term := range n.terms {
		v, err := term.eval(p)
		if err != nil {
			return value{}, err
		}
		if v.kind == nullValue {
			unknown = true
		} else if v.bool == n.or {
			return v, nil
		}
	}
	if unknown {
		return value{}, nil
	}
	return boolValue(!n.or), nil
}

func (n *comparison) eval(p Properties) (value, error) {
	l, err := n.left.eval(p)
	if err != nil || l.kind == nullValue && n.op != kindEqual {
		return value{}, err
	}
	return n.with(l, p)
}

// with is eval once the left side is known; it is not null, but for =.
func (n *comparison) with(l value, p Properties) (value, error) {
	r, err := n.right.eval(p)
	if err != nil || r.kind == nullValue && n.op != kindEqual {
		return value{}, err
	}
	if n.op == kindEqual {
		return equal(l, r)
	}
	if l.kind == textValue && r.kind == textValue {
		if l, r, err = doubles(l, r); err != nil {
			return value{}, err
		}
	}
	sign, err := compare(l, r)
	if err != nil {
		return value{}, err
	}
	return boolValue(n.holds(sign)), nil
}

func (n *between) eval(p Properties) (value, error) {
	of, err := n.of.eval(p)
	if err != nil || of.kind == nullValue {
		return value{}, err
	}
	first, err := n.first.with(of, p)
	if err != nil || first.kind != nullValue && first.bool == n.or {
		return first, err
	}
	second, err := n.second.with(of, p)
	if err != nil || second.kind != nullValue && second.bool == n.or || first.kind != nullValue {
		return second, err
	}
	return value{}, nil
}

func (n *comparison) holds(sign int) bool {
	switch n.op {
	case kindGreater:
		return sign > 0
	case kindGreaterEqual:
		return sign >= 0
	case kindLess:
		return sign < 0
	}
	return sign <= 0
}

// eval is false whenever there is no text to look at or to look for, with NOT too.
func (n *search) eval(p Properties) (value, error) {
	if len(n.text) == 0 {
		return boolValue(false), nil
	}
	v, err := n.right.eval(p)
	if err != nil || v.kind != textValue {
		return boolValue(false), err
	}
	found := false
	switch n.op {
	case kindContains:
		found = bytes.Contains(v.text, n.text)
	case kindStartsWith:
		found = bytes.HasPrefix(v.text, n.text)
	default:
		found = bytes.HasSuffix(v.text, n.text)
	}
	return boolValue(found != n.not), nil
}

func (n *member) eval(p Properties) (value, error) {
	v, err := n.of.eval(p)
	if err != nil || v.kind == nullValue {
		return value{}, err
	}
	return boolValue(n.has(v.text) != n.not), nil
}
