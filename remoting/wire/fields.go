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

// Fields visits the fields of a Header. The zero value is not usable: see Decode, AppendExt, List.
//
// Numbers and booleans that are absent keep the value they had (the default that the header's
// constructor function set). A missing Required field or an unparsable number is remembered as
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
