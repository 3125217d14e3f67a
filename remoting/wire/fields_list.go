package wire

// FieldInfo describes one field of a Header.
type FieldInfo struct {
	Name     string
	Type     FieldType
	Presence Presence
	Nullable bool // an Opt: left out when it is not set
}

// FieldType is what a field's text stands for.
type FieldType uint8

const (
	StringField FieldType = iota
	Int32Field
	Int64Field
	BoolField
	Float64Field
)

// ListFields returns the fields that h visits, in their order.
func ListFields(h Header) []FieldInfo {
	var l fieldLister
	h.Fields(&Fields{visitor: &l})
	return l.list
}

type fieldLister struct{ list []FieldInfo }

func (l *fieldLister) add(name string, t FieldType, p Presence, nullable bool) {
	l.list = append(l.list, FieldInfo{name, t, p, nullable})
}

func (l *fieldLister) str(name string, _ *string, p Presence) { l.add(name, StringField, p, false) }

func (l *fieldLister) bytes(name string, _ *[]byte, p Presence) { l.add(name, StringField, p, false) }

func (l *fieldLister) i32(name string, _ *int32, p Presence) { l.add(name, Int32Field, p, false) }

func (l *fieldLister) i64(name string, _ *int64, p Presence) { l.add(name, Int64Field, p, false) }

func (l *fieldLister) boolean(name string, _ *bool, p Presence) { l.add(name, BoolField, p, false) }

func (l *fieldLister) f64(name string, _ *float64, p Presence) { l.add(name, Float64Field, p, false) }

func (l *fieldLister) optI32(name string, _ *Opt[int32]) { l.add(name, Int32Field, Optional, true) }

func (l *fieldLister) optI64(name string, _ *Opt[int64]) { l.add(name, Int64Field, Optional, true) }

func (l *fieldLister) optBool(name string, _ *Opt[bool]) { l.add(name, BoolField, Optional, true) }
