package fastjson

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/gannetmq/gannet/compat/jvalue"
)

func (d *decoder) bool(v reflect.Value) error {
	text, whole, err := d.scalar()
	if err != nil {
		return err
	}
	if whole { // a bare number
		n, err := jvalue.ParseLong(text)
		if err != nil {
			return d.errorf(ErrValue, "boolean %.100q", text)
		}
		v.SetBool(n == 1)
		return nil
	}
	switch s := string(text); {
	case strings.EqualFold(s, "true"), s == "1", s == "Y", s == "T":
		v.SetBool(true)
	case strings.EqualFold(s, "false"), s == "0", s == "N", s == "F":
		v.SetBool(false)
	default:
		return d.errorf(ErrValue, "boolean %.100q", text)
	}
	return nil
}

func (d *decoder) int(v reflect.Value) error {
	if d.peek() == '{' {
		// Some old clients write an AtomicLong as an object without members.
		return d.emptyObject()
	}
	quoted := isQuote(d.peek())
	text, whole, err := d.scalar()
	switch {
	case err != nil:
		return err
	case quoted || whole:
		return d.setInt(v, text)
	case string(text) == "true":
		v.SetInt(1)
		return nil
	case string(text) == "false":
		v.SetInt(0)
		return nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || !(f >= math.MinInt64 && f < math.MaxInt64) || v.OverflowInt(int64(f)) {
		return d.errorf(ErrValue, "integer %.100q for %v", text, v.Type())
	}
	v.SetInt(int64(f))
	return nil
}

func (d *decoder) setInt(v reflect.Value, text []byte) error {
	n, err := jvalue.ParseLong(text)
	if err != nil || v.OverflowInt(n) {
		return d.errorf(ErrValue, "integer %.100q for %v", text, v.Type())
	}
	v.SetInt(n)
	return nil
}

func (d *decoder) emptyObject() error {
	if err := d.open('{'); err != nil {
		return err
	}
	more, err := d.more(true, '}')
	if err == nil && more {
		err = d.errorf(ErrValue, "an object for an integer")
	}
	return err
}

func (d *decoder) float(v reflect.Value) error {
	text, _, err := d.scalar()
	if err != nil {
		return err
	}
	if string(text) == "NaN" {
		return nil // a null for fastjson
	}
	f, err := jvalue.ParseDouble(string(text))
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return d.errorf(ErrValue, "number %.100q", text)
	}
	v.SetFloat(f)
	return nil
}

// string takes a list or an object by its text.
func (d *decoder) string(v reflect.Value) error {
	if c := d.peek(); c == '{' || c == '[' {
		start := d.pos
		if err := d.skip(); err != nil {
			return err
		}
		v.SetString(jvalue.String(d.data[start:d.pos]))
		return nil
	}
	text, _, err := d.scalar()
	if err != nil {
		return err
	}
	v.SetString(jvalue.String(text))
	return nil
}

func (d *decoder) bytes(v reflect.Value) error {
	if !isQuote(d.peek()) {
		return d.unexpected("a string")
	}
	text, err := d.text()
	if err != nil {
		return err
	}
	text = bytes.TrimRight(text, "=")
	b := make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, err := base64.RawStdEncoding.Decode(b, text)
	if err != nil {
		return d.errorf(ErrValue, "%v", err)
	}
	v.SetBytes(b[:n])
	return nil
}

// enum reads a name, whatever its case. A number, an ordinal for Java, is a name
// too: a type whose clients send ordinals can know it.
func (d *decoder) enum(v reflect.Value) error {
	text, _, err := d.scalar()
	if err != nil {
		return err
	}
	setEnum(v, text)
	return nil
}

func setEnum(v reflect.Value, name []byte) {
	into := v.Addr().Interface().(encoding.TextUnmarshaler)
	if into.UnmarshalText(name) != nil && into.UnmarshalText(bytes.ToUpper(name)) != nil {
		v.SetZero()
	}
}

// scalar reads a string, a number or one of the words true, false and NaN and
// returns its text. whole tells that it is a bare integer.
func (d *decoder) scalar() (text []byte, whole bool, err error) {
	if isQuote(d.peek()) {
		text, err = d.text()
		return text, false, err
	}
	if text, whole = d.number(); len(text) > 0 {
		return text, whole, nil
	}
	start := d.pos
	switch text = d.word(); string(text) {
	case "true", "false", "NaN":
		return text, false, nil
	}
	d.pos = start
	return nil, false, d.unexpected("a scalar")
}
