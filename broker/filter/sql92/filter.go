package sql92

// Properties are those of a message.
type Properties interface {
	// Property returns the value of a property, which must stay as it is while it is looked at.
	Property(name string) (value []byte, ok bool)
}

// Filter is a compiled expression. It may be used by several goroutines at once.
type Filter struct{ root node }

// Match reports whether a message with the properties passes: whether the expression is true for it. Unknown
// is not true, nor is what makes Java throw. It allocates nothing, but for texts that resemble numbers and are none.
func (f *Filter) Match(p Properties) bool {
	v, err := f.root.eval(p)
	return err == nil && v.kind == boolKind && v.bool
}
