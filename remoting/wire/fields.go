package wire

// Presence says whether Java marks a header field @CFNotNull.
type Presence bool

const (
	Optional Presence = false
	Required Presence = true
)

// Header is a flat list of named fields: the extFields of one request or response.
// Fields must visit them under Java's field names, in Java's order of declaration.
//
// The method serves decoding, encoding, listing and documentation, so it must have no
// effect but the visits, and must visit the same fields whatever their values.
type Header interface {
	Fields(f *Fields)
}

// Defaulter is a Header with fields that are not zero when they are absent. DecodeHeader calls
// Defaults before it visits.
type Defaulter interface {
	Header
	Defaults()
}

// Opt is a field that Java may leave null: it is absent on the wire unless Set.
type Opt[T int32 | int64 | bool] struct {
	Value T
	Set   bool
}

// Some is an Opt that is set.
func Some[T int32 | int64 | bool](v T) Opt[T] { return Opt[T]{v, true} }

// Or returns the value, or absent if it is not set.
func (o Opt[T]) Or(absent T) T {
	if o.Set {
		return o.Value
	}
	return absent
}

// Fields visits the fields of a Header. The zero value is not usable: see DecodeHeader,
// Encoder.Header, ListFields.
//
// Numbers and booleans that are absent keep the value they had (the default that the header's
// Defaults set). A missing Required field or an unparsable number is remembered as
// the visit's error (ErrMissingField, ErrBadField), naming the field; the visit goes on.
//
// Strings decoded by String are copies; Bytes yields views into the frame.
type Fields struct {
	visitor visitor
}

type visitor interface {
	str(name string, v *string, p Presence)
	bytes(name string, v *[]byte, p Presence)
	i32(name string, v *int32, p Presence)
	i64(name string, v *int64, p Presence)
	boolean(name string, v *bool, p Presence)
	f64(name string, v *float64, p Presence)
	optI32(name string, v *Opt[int32])
	optI64(name string, v *Opt[int64])
	optBool(name string, v *Opt[bool])
}

// String visits a string field. Optional empty strings are not written.
func (f *Fields) String(name string, v *string, p Presence) { f.visitor.str(name, v, p) }

// Bytes visits a string field of a hot header; the value is a view into the frame.
func (f *Fields) Bytes(name string, v *[]byte, p Presence) { f.visitor.bytes(name, v, p) }

// Int32 visits an Integer field.
func (f *Fields) Int32(name string, v *int32, p Presence) { f.visitor.i32(name, v, p) }

// Int64 visits a Long field.
func (f *Fields) Int64(name string, v *int64, p Presence) { f.visitor.i64(name, v, p) }

// Bool visits a Boolean field, "true" or "false" on the wire.
func (f *Fields) Bool(name string, v *bool, p Presence) { f.visitor.boolean(name, v, p) }

// Float64 visits a Double field.
func (f *Fields) Float64(name string, v *float64, p Presence) { f.visitor.f64(name, v, p) }

// OptInt32 visits an optional Integer field whose absence means something.
func (f *Fields) OptInt32(name string, v *Opt[int32]) { f.visitor.optI32(name, v) }

// OptInt64 visits an optional Long field whose absence means something.
func (f *Fields) OptInt64(name string, v *Opt[int64]) { f.visitor.optI64(name, v) }

// OptBool visits an optional Boolean field whose absence means something.
func (f *Fields) OptBool(name string, v *Opt[bool]) { f.visitor.optBool(name, v) }
