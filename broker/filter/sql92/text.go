package sql92

import "strings"

// maxText is about how long an expression is written in an error. BETWEEN writes its left side twice, so that a few
// of them within each other would fill the memory.
const maxText = 4 << 10

// printer writes an expression, and nothing more of it once it is long.
type printer struct{ strings.Builder }

func (b *printer) node(n node) {
	if b.Len() < maxText {
		n.appendText(b)
	}
}

// textOf is Java's toString of an expression.
func textOf(n node) string {
	var b printer
	b.node(n)
	if b.Len() < maxText {
		return b.String()
	}
	return b.String()[:maxText] + "…"
}

func (c *constant) appendText(b *printer) {
	switch c.kind {
	case nullValue:
		b.WriteString("NULL")
	case boolKind:
		b.WriteString(strings.ToUpper(c.plain()))
	case textValue:
		b.WriteString("'" + strings.ReplaceAll(string(c.text), "'", "''") + "'")
	default:
		b.WriteString(c.plain())
	}
}

func (n *property) appendText(b *printer) { b.WriteString(n.name) }

func (n *negation) appendText(b *printer) { prefixed(b, "-", n.right) }

func (n *negated) appendText(b *printer) { prefixed(b, "NOT", n.right) }

func (n *cast) appendText(b *printer) { b.node(n.right) }

func prefixed(b *printer, symbol string, right node) {
	b.WriteString("(" + symbol + " ")
	b.node(right)
	b.WriteByte(')')
}

// appendText writes the terms as Java nests them: the first two innermost.
func (n *logic) appendText(b *printer) {
	symbol := " && "
	if n.or {
		symbol = " || "
	}
	b.WriteString(strings.Repeat("(", len(n.terms)-1))
	for i, term := range n.terms {
		if i > 0 {
			b.WriteString(symbol)
		}
		b.node(term)
		if i > 0 {
			b.WriteByte(')')
		}
	}
}

func (n *comparison) appendText(b *printer) {
	b.WriteByte('(')
	b.node(n.left)
	symbol := strings.Trim(images[n.op], `"`)
	if n.op == kindEqual {
		symbol = "=="
	}
	b.WriteString(" " + symbol + " ")
	b.node(n.right)
	b.WriteByte(')')
}

// appendText writes what Java makes of it.
func (n *between) appendText(b *printer) {
	(&logic{or: n.or, terms: []node{&n.first, &n.second}}).appendText(b)
}

func (n *search) appendText(b *printer) {
	symbol := strings.Trim(images[n.op], `"`)
	if n.not {
		symbol = "NOT " + symbol
	}
	prefixed(b, symbol, n.right)
}

func (n *member) appendText(b *printer) {
	b.WriteString(n.of.name)
	if n.not {
		b.WriteString(" NOT")
	}
	b.WriteString(" IN ( " + strings.Join(n.list, ", ") + " )")
}
