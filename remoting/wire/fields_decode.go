package wire

import (
	"fmt"
	"math"
	"strconv"
)

// DecodeHeader sets the fields of h from the extFields of c. Strings that are absent become empty;
// what else is absent is left alone, so h should be fresh unless it is a Defaulter.
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

// lookup remembers a Required field that is missing. An empty value is a value in JSON; in a binary
// frame it stands for null.
func (d *headerDecoder) lookup(name string, p Presence) (value []byte, ok bool) {
	value, ok = (*Command)(d).Lookup(name)
	if ok && len(value) == 0 && d.Serialization == Binary {
		ok = false
	}
	if !ok && p == Required {
		d.missing(name)
	}
	return value, ok
}

func (d *headerDecoder) missing(name string) {
	d.fail(fmt.Errorf("%w: %s", ErrMissingField, name))
}

func (d *headerDecoder) fail(err error) {
	if d.badArg == nil {
		d.badArg = err
	}
}

// bad refuses value. Hostile values may be long, the error is not.
func (d *headerDecoder) bad(name string, value []byte) {
	d.fail(badField(name, value))
}

func badField(name string, value []byte) error {
	const shown = 32
	if len(value) > shown {
		return fmt.Errorf("%w: %s = %q… (%d bytes)", ErrBadField, name, value[:shown], len(value))
	}
	return fmt.Errorf("%w: %s = %q", ErrBadField, name, value)
}

func (d *headerDecoder) str(name string, v *string, p Presence) {
	value, _ := d.lookup(name, p)
	*v = string(value)
}

func (d *headerDecoder) bytes(name string, v *[]byte, p Presence) {
	*v, _ = d.lookup(name, p)
}

// integer takes an empty value for an absent one: Java keeps the default over both.
func (d *headerDecoder) integer(name string, p Presence, lowest, highest int64) (n int64, ok bool) {
	value, ok := d.lookup(name, p)
	if !ok {
		return 0, false
	}
	if len(value) == 0 {
		if p == Required {
			d.missing(name)
		}
		return 0, false
	}
	if n, ok = parseInt(value, lowest, highest); !ok {
		d.bad(name, value)
	}
	return n, ok
}

func (d *headerDecoder) i32(name string, v *int32, p Presence) {
	if n, ok := d.integer(name, p, math.MinInt32, math.MaxInt32); ok {
		*v = int32(n)
	}
}

func (d *headerDecoder) i64(name string, v *int64, p Presence) {
	if n, ok := d.integer(name, p, math.MinInt64, math.MaxInt64); ok {
		*v = n
	}
}

func (d *headerDecoder) boolean(name string, v *bool, p Presence) {
	if value, ok := d.lookup(name, p); ok {
		*v = parseBool(value)
	}
}

func (d *headerDecoder) f64(name string, v *float64, p Presence) {
	value, ok := d.lookup(name, p)
	if !ok {
		return
	}
	f, err := strconv.ParseFloat(string(value), 64)
	if err != nil {
		d.bad(name, value)
		return
	}
	*v = f
}

func (d *headerDecoder) optI32(name string, v *Opt[int32]) {
	if n, ok := d.integer(name, Optional, math.MinInt32, math.MaxInt32); ok {
		*v = Some(int32(n))
	}
}

func (d *headerDecoder) optI64(name string, v *Opt[int64]) {
	if n, ok := d.integer(name, Optional, math.MinInt64, math.MaxInt64); ok {
		*v = Some(n)
	}
}

func (d *headerDecoder) optBool(name string, v *Opt[bool]) {
	if value, ok := d.lookup(name, Optional); ok {
		*v = Some(parseBool(value))
	}
}
