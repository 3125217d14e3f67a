package fastjson

import (
	"bytes"
	"fmt"
	"reflect"

	"github.com/gannetmq/gannet/compat/jvalue"
)

// Defaulter is implemented by pointers to structs some of whose members have a
// default other than zero. Unmarshal calls SetDefaults on each such struct that
// it makes: behind a nil pointer, in a slice, in a map. The value that it is
// given, and structs inside of structs, are the caller's to prepare.
type Defaulter interface {
	SetDefaults()
}

// Unmarshal reads one value into what v, a non-nil pointer, points to. Members
// that the text does not name keep their value, as do numbers and booleans that
// are null; other nulls become zero. Lists and maps are made anew. After an
// error the value may be half read.
//
// Time and memory grow linearly with len(data), whose limit is the caller's
// task: an element of a slice costs two bytes of text at least.
func Unmarshal(data []byte, v any) error {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		panic(fmt.Sprintf("BUG: fastjson: Unmarshal into %T", v))
	}
	d := decoder{scanner{data: bytes.TrimPrefix(data, []byte("\ufeff"))}}
	return d.whole(planOf(rv.Type().Elem()), rv.Elem())
}

type decoder struct{ scanner }

// whole reads one value and the end of the text.
func (d *decoder) whole(p *plan, v reflect.Value) error {
	if err := d.value(p, v); err != nil {
		return err
	}
	if d.peek(); d.pos < len(d.data) {
		return d.unexpected("the end")
	}
	return nil
}

func (d *decoder) value(p *plan, v reflect.Value) error {
	d.peek()
	if d.null(p) {
		setNull(p, v)
		return nil
	}
	switch p.shape {
	case shapePointer:
		if v.IsNil() {
			v.Set(newValue(p.elem).Addr())
		}
		return d.value(p.elem, v.Elem())
	case shapeBool:
		return d.bool(v)
	case shapeInt:
		return d.int(v)
	case shapeFloat:
		return d.float(v)
	case shapeString:
		return d.string(v)
	case shapeEnum:
		return d.enum(v)
	case shapeBytes:
		return d.bytes(v)
	case shapeObject:
		return d.object(p, v)
	case shapeList:
		return d.list(p, v)
	default:
		return d.mapping(p, v)
	}
}

// newValue makes an addressable value with its defaults.
func newValue(p *plan) reflect.Value {
	v := reflect.New(p.typ)
	setDefaults(p, v.Elem())
	return v.Elem()
}

func setDefaults(p *plan, v reflect.Value) {
	if p.defaults {
		v.Addr().Interface().(Defaulter).SetDefaults()
	}
}

// null skips a null. Where no string is expected the empty string and "null"
// are one too.
func (d *decoder) null(p *plan) bool {
	for p.shape == shapePointer {
		p = p.elem
	}
	start := d.pos
	switch w := d.word(); string(w) {
	case "null", "undefined":
		return true
	}
	d.pos = start
	if p.shape == shapeString || p.shape == shapeBytes || start == len(d.data) || !isQuote(d.data[start]) {
		return false
	}
	quote := d.data[start : start+1]
	rest, ok := bytes.CutPrefix(d.data[start+1:], quote)
	if !ok {
		rest, ok = bytes.CutPrefix(bytes.TrimPrefix(rest, []byte("null")), quote)
	}
	if ok {
		d.pos = len(d.data) - len(rest)
	}
	return ok
}

func setNull(p *plan, v reflect.Value) {
	switch p.shape {
	case shapeBool, shapeInt, shapeFloat:
	default:
		v.SetZero()
	}
}

func (d *decoder) object(p *plan, v reflect.Value) error {
	if err := d.open('{'); err != nil {
		return err
	}
	var found uint64 // fields read so far, by bit; a smart match yields to them
	for first := true; ; first = false {
		more, err := d.more(first, '}')
		if err != nil || !more {
			return err
		}
		name, err := d.member()
		if err != nil {
			return err
		}
		var buf [64]byte
		i, exact, ok := p.lookup(name, buf[:])
		if err := d.expect(':'); err != nil {
			return err
		}
		if !ok || !exact && found>>i&1 == 1 {
			if err := d.skip(); err != nil {
				return err
			}
			continue
		}
		found |= 1 << i
		f := &p.fields[i]
		if err := d.value(f.plan, v.FieldByIndex(f.index)); err != nil {
			return fmt.Errorf("member %q: %w", f.name, err)
		}
	}
}

// member is name, with the refusal of references.
func (d *decoder) member() ([]byte, error) {
	name, err := d.name()
	if err == nil && string(name) == "$ref" {
		return nil, d.errorf(ErrReference, "%q", name)
	}
	return name, err
}

func (d *decoder) list(p *plan, v reflect.Value) error {
	if err := d.open('['); err != nil {
		return err
	}
	v.Set(reflect.MakeSlice(p.typ, 0, 0))
	for n := 0; ; n++ {
		more, err := d.more(n == 0, ']')
		if err != nil || !more {
			return err
		}
		v.Grow(1)
		v.SetLen(n + 1)
		elem := v.Index(n)
		elem.SetZero()
		setDefaults(p.elem, elem)
		if err := d.value(p.elem, elem); err != nil {
			return err
		}
	}
}

// mapping reads {key:value,…} or [[key,value],…].
func (d *decoder) mapping(p *plan, v reflect.Value) error {
	v.Set(reflect.MakeMap(p.typ))
	opening, closing, entry := byte('{'), byte('}'), d.entry
	if d.peek() == '[' {
		opening, closing, entry = '[', ']', d.pair
	}
	if err := d.open(opening); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := d.more(first, closing)
		if err != nil || !more {
			return err
		}
		if err := entry(p, v); err != nil {
			return err
		}
	}
}

func (d *decoder) entry(p *plan, v reflect.Value) error {
	key := newValue(p.key)
	if p.key.shape == shapeObject {
		if err := d.objectKey(p.key, key); err != nil {
			return err
		}
	} else {
		name, err := d.member()
		if err != nil {
			return err
		}
		if string(name) == "@type" {
			if err := d.expect(':'); err != nil {
				return err
			}
			return d.skip()
		}
		if err := d.setKey(p.key, key, name); err != nil {
			return err
		}
	}
	if err := d.expect(':'); err != nil {
		return err
	}
	return d.put(p, v, key)
}

// pair reads [key,value].
func (d *decoder) pair(p *plan, v reflect.Value) error {
	if err := d.open('['); err != nil {
		return err
	}
	key := newValue(p.key)
	if err := d.value(p.key, key); err != nil {
		return err
	}
	if err := d.expect(','); err != nil {
		return err
	}
	if err := d.put(p, v, key); err != nil {
		return err
	}
	if more, err := d.more(false, ']'); err != nil || !more {
		return err
	}
	return d.unexpected("]")
}

// put reads the value of an entry. A null is no entry.
func (d *decoder) put(p *plan, v, key reflect.Value) error {
	d.peek()
	if d.null(p.elem) {
		return nil
	}
	elem := newValue(p.elem)
	if err := d.value(p.elem, elem); err != nil {
		return err
	}
	v.SetMapIndex(key, elem)
	return nil
}

// objectKey reads a key that is an object, or the text of one in quotes.
func (d *decoder) objectKey(p *plan, key reflect.Value) error {
	if !isQuote(d.peek()) {
		return d.object(p, key)
	}
	text, err := d.text()
	if err != nil {
		return err
	}
	inner := decoder{scanner{data: bytes.Clone(text), depth: d.depth}}
	return inner.whole(p, key)
}

func (d *decoder) setKey(p *plan, key reflect.Value, name []byte) error {
	switch p.shape {
	case shapeString:
		key.SetString(jvalue.String(name))
	case shapeEnum:
		setEnum(key, name)
	default:
		return d.setInt(key, name)
	}
	return nil
}
