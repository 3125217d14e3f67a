package wire

import (
	"fmt"

	"github.com/gannetmq/gannet/compat/jvalue"
)

// DecodeHeader sets the fields of h from the extFields of c. Strings and Opts that are absent become
// empty; other numbers and booleans are left alone, so h should be fresh unless it is a Defaulter.
//
// The error is the first of ErrMissingField and ErrBadField that was met, with the field's name and
// at most a little of its value; the other fields of h are set all the same.
func DecodeHeader(c *Command, h Header) error {
	if d, ok := h.(Defaulter); ok {
		d.Defaults()
	}
	c.badArg = nil
	c.fields.visitor = (*headerDecoder)(c)
	h.Fields(&c.fields)
	c.fields.visitor = nil
	return c.badArg
}

// headerDecoder is the Command whose fields are visited.
type headerDecoder Command

// lookup returns nil for a field that is absent or null, and remembers that if it is Required.
func (d *headerDecoder) lookup(name string, p Presence) (value []byte) {
	value, _ = (*Command)(d).Lookup(name)
	if value == nil && p == Required {
		d.missing(name)
	}
	return value
}

// number is lookup for numbers: an empty text counts as absent, Java keeps the default over both.
func (d *headerDecoder) number(name string, p Presence) (value []byte) {
	value, _ = (*Command)(d).Lookup(name)
	if len(value) == 0 && p == Required {
		d.missing(name)
	}
	return value
}

func (d *headerDecoder) missing(name string) {
	if d.badArg == nil {
		d.badArg = fmt.Errorf("%w: %s", ErrMissingField, name)
	}
}

// bad refuses value. Hostile values may be long, the error is not.
func (d *headerDecoder) bad(name string, value []byte) {
	const shown = 32
	if d.badArg == nil {
		d.badArg = fmt.Errorf("%w: %s = %q (%d bytes)", ErrBadField, name, value[:min(len(value), shown)], len(value))
	}
}

func (d *headerDecoder) str(name string, v *string, p Presence) { *v = string(d.lookup(name, p)) }

func (d *headerDecoder) bytes(name string, v *[]byte, p Presence) { *v = d.lookup(name, p) }

func (d *headerDecoder) i32(name string, v *int32, p Presence) { d.int32(name, v, p) }

func (d *headerDecoder) i64(name string, v *int64, p Presence) { d.int64(name, v, p) }

// int32 reports whether v was set.
func (d *headerDecoder) int32(name string, v *int32, p Presence) bool {
	value := d.number(name, p)
	if len(value) == 0 {
		return false
	}
	n, ok := parseInt32(value)
	if !ok {
		d.bad(name, value)
		return false
	}
	*v = n
	return true
}

// int64 reports whether v was set.
func (d *headerDecoder) int64(name string, v *int64, p Presence) bool {
	value := d.number(name, p)
	if len(value) == 0 {
		return false
	}
	n, ok := parseInt64(value)
	if !ok {
		d.bad(name, value)
		return false
	}
	*v = n
	return true
}

func (d *headerDecoder) boolean(name string, v *bool, p Presence) {
	if value := d.lookup(name, p); value != nil {
		*v = jvalue.ParseBoolean(value)
	}
}

func (d *headerDecoder) f64(name string, v *float64, p Presence) {
	if value := d.number(name, p); len(value) > 0 {
		f, err := jvalue.ParseDouble(string(value[:min(len(value), maxNumberText)]))
		if err != nil || len(value) > maxNumberText {
			d.bad(name, value)
			return
		}
		*v = f
	}
}

func (d *headerDecoder) optI32(name string, v *Opt[int32]) {
	*v = Opt[int32]{}
	v.Set = d.int32(name, &v.Value, Optional)
}

func (d *headerDecoder) optI64(name string, v *Opt[int64]) {
	*v = Opt[int64]{}
	v.Set = d.int64(name, &v.Value, Optional)
}

func (d *headerDecoder) optBool(name string, v *Opt[bool]) {
	value := d.lookup(name, Optional)
	*v = Opt[bool]{Value: jvalue.ParseBoolean(value), Set: value != nil}
}
