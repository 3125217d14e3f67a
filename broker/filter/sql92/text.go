package sql92

import "strings"

// textOf is Java's toString of an expression.
func textOf(n node) string {
	var b strings.Builder
	n.appendText(&b)
	return b.String()
}

func (c *constant) appendText(b *strings.Builder) {
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

func (n *property) appendText(b *strings.Builder) { b.WriteString(n.name) }

func (n *negation) appendText(b *strings.Builder) { prefixed(b, "-", n.right) }

func (n *negated) appendText(b *strings.Builder) { prefixed(b, "NOT", n.right) }

func (n *cast) appendText(b *strings.Builder) { n.right.appendText(b) }

func prefixed(b *strings.Builder, symbol string, right node) {
	b.WriteString("(" + symbol + " ")
	right.appendText(b)
	b.WriteByte(')')
}

// appendText writes the terms as Java nests them: the first two innermost.
func (n *logic) appendText(b *strings.Builder) {
	symbol := " && "
	if n.or {
		symbol = " || "
	}
	b.WriteString(strings.Repeat("(", len(n.terms)-1))
	for i, term := range n.terms {
		if i > 0 {
			b.WriteString(symbol)
		}
		term.appendText(b)
		if i > 0 {
			b.WriteByte(')')
		}
	}
}

func (n *comparison) appendText(b *strings.Builder) {
	b.WriteByte('(')
	n.left.appendText(b)
	symbol := strings.Trim(images[n.op], `"`)
	if n.op == kindEqual {
		symbol = "=="
	}
	b.WriteString(" " + symbol + " ")
	n.right.appendText(b)
	b.WriteByte(')')
}

func (n *search) appendText(b *strings.Builder) {
	symbol := strings.Trim(images[n.op], `"`)
	if n.not {
		symbol = "NOT " + symbol
	}
	prefixed(b, symbol, n.right)
}

func (n *member) appendText(b *strings.Builder) {
	b.WriteString(n.of.name)
	if n.not {
		b.WriteString(" NOT")
	}
	b.WriteString(" IN ( " + strings.Join(n.list, ", ") + " )")
}
