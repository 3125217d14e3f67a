package fastjson

import (
	"cmp"
	"encoding"
	"encoding/base64"
	"math"
	"reflect"
	"slices"
	"strconv"

	"github.com/gannetmq/gannet/compat/jvalue"
)

// form is one of the three ways to print.
type form uint8

const (
	compact form = iota
	strict
	pretty
)

// Append appends v as JSON.toJSONString(v) prints it, the form of almost all
// bodies.
func Append(dst []byte, v any) []byte {
	return appendValue(dst, v, compact)
}

// AppendStrict appends v as standard JSON, with the features BrowserCompatible
// and MapSortField: ASCII only, keys that are no strings as strings of their
// compact form, integers beyond ±(2^53-1) as strings.
func AppendStrict(dst []byte, v any) []byte {
	return appendValue(dst, v, strict)
}

// AppendPretty appends v as JSON.toJSONString(v, true) prints it, the form of
// the files below config/: a tab for each level, no line end at the end. Each
// member of an object and each entry of a map with string keys is on its own
// line; entries with other keys follow each other without line breaks. Elements
// of a slice stand on lines of their own if Java has a List there, else side by
// side; slices of structs are taken for lists, all others for sets or arrays,
// unless the tag says list or set.
func AppendPretty(dst []byte, v any) []byte {
	return appendValue(dst, v, pretty)
}

func appendValue(dst []byte, v any, f form) []byte {
	rv := reflect.ValueOf(v)
	if !rv.IsValid() {
		return append(dst, "null"...)
	}
	e := encoder{dst: dst, form: f}
	p := planOf(rv.Type())
	if e.null(p, rv) {
		return append(dst, "null"...)
	}
	e.value(p, rv, layoutDefault)
	return e.dst
}

type encoder struct {
	dst    []byte
	form   form
	indent int
}

// null tells whether Java would hold null here.
func (e *encoder) null(p *plan, v reflect.Value) bool {
	switch p.shape {
	case shapePointer, shapeList, shapeMap, shapeBytes:
		return v.IsNil()
	case shapeEnum:
		var buf [64]byte
		return len(enumText(buf[:0], v)) == 0
	}
	return false
}

// value prints what is not null.
func (e *encoder) value(p *plan, v reflect.Value, l layout) {
	switch p.shape {
	case shapePointer:
		if e.null(p.elem, v.Elem()) {
			e.raw("null")
			return
		}
		e.value(p.elem, v.Elem(), l)
	case shapeBool:
		e.dst = strconv.AppendBool(e.dst, v.Bool())
	case shapeInt:
		e.int(v.Int())
	case shapeFloat:
		e.float(v.Float())
	case shapeString:
		e.string(v.String())
	case shapeEnum:
		var buf [64]byte
		e.string(string(enumText(buf[:0], v)))
	case shapeBytes:
		e.raw(`"`)
		e.dst = base64.StdEncoding.AppendEncode(e.dst, v.Bytes())
		e.raw(`"`)
	case shapeObject:
		e.object(p, v)
	case shapeList:
		e.list(p, v, l)
	case shapeMap:
		e.mapping(p, v, l)
	}
}

func (e *encoder) raw(s string) { e.dst = append(e.dst, s...) }

func (e *encoder) string(s string) {
	if e.form == strict {
		e.dst = appendQuotedASCII(e.dst, s)
		return
	}
	e.dst = appendQuoted(e.dst, s)
}

func (e *encoder) int(n int64) {
	const safe = 1<<53 - 1 // what a browser can hold
	if e.form == strict && (n > safe || n < -safe) {
		e.raw(`"`)
		e.dst = strconv.AppendInt(e.dst, n, 10)
		e.raw(`"`)
		return
	}
	e.dst = strconv.AppendInt(e.dst, n, 10)
}

func (e *encoder) float(f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		e.raw("null")
		return
	}
	e.dst = jvalue.AppendDouble(e.dst, f)
}

// line begins a line in the pretty form.
func (e *encoder) line() {
	if e.form != pretty {
		return
	}
	e.raw("\n")
	for range e.indent {
		e.raw("\t")
	}
}

func (e *encoder) object(p *plan, v reflect.Value) {
	if len(p.fields) == 0 {
		e.raw("{}")
		return
	}
	e.raw("{")
	e.indent++
	e.line()
	first := true
	for i := range p.fields {
		f := &p.fields[i]
		fv := v.FieldByIndex(f.index)
		null := e.null(f.plan, fv)
		if f.omitEmpty && empty(fv) || null && !f.notNull {
			continue
		}
		if !first {
			e.raw(",")
			e.line()
		}
		first = false
		e.string(f.name)
		e.raw(":")
		if null {
			e.nothing(f.plan)
			continue
		}
		e.value(f.plan, fv, f.layout)
	}
	e.indent--
	e.line()
	e.raw("}")
}

// nothing prints the nil value of a field that must not be null.
func (e *encoder) nothing(p *plan) {
	switch p.shape {
	case shapeList:
		e.raw("[]")
	case shapeMap:
		e.raw("{}")
	default:
		e.raw("null")
	}
}

func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	}
	return v.IsZero()
}

func (e *encoder) list(p *plan, v reflect.Value, l layout) {
	if v.Len() == 0 {
		e.raw("[]")
		return
	}
	lines := l == layoutList || l == layoutDefault && isObject(p.elem)
	e.raw("[")
	if lines {
		e.indent++
	}
	for i := range v.Len() {
		if i > 0 {
			e.raw(",")
		}
		if lines {
			e.line()
		}
		e.valueOrNull(p.elem, v.Index(i))
	}
	if lines {
		e.indent--
		e.line()
	}
	e.raw("]")
}

func (e *encoder) valueOrNull(p *plan, v reflect.Value) {
	if e.null(p, v) {
		e.raw("null")
		return
	}
	e.value(p, v, layoutDefault)
}

func isObject(p *plan) bool {
	return p.shape == shapeObject || p.shape == shapePointer && p.elem.shape == shapeObject
}

func (e *encoder) mapping(p *plan, v reflect.Value, l layout) {
	e.raw("{")
	e.indent++
	first := true
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return compare(p.key, a, b) })
	for _, key := range keys {
		elem := v.MapIndex(key)
		if e.null(p.elem, elem) {
			continue
		}
		if !first {
			e.raw(",")
		}
		first = false
		e.key(p.key, key)
		e.raw(":")
		e.value(p.elem, elem, l)
	}
	e.indent--
	if len(keys) > 0 {
		e.line()
	}
	e.raw("}")
}

// key prints the key of a map entry. Only keys that are strings begin a line.
func (e *encoder) key(p *plan, v reflect.Value) {
	switch {
	case p.shape == shapeString:
		e.line()
		e.string(v.String())
	case e.form == strict && p.shape != shapeEnum:
		inner := encoder{form: compact}
		inner.value(p, v, layoutDefault)
		e.string(string(inner.dst))
	default:
		e.value(p, v, layoutDefault)
	}
}

// compare orders two keys: numbers by value, texts by bytes, objects by their
// members in the order of printing.
func compare(p *plan, a, b reflect.Value) int {
	if p.shape == shapeObject {
		for i := range p.fields {
			f := &p.fields[i]
			if c := compare(f.plan, a.FieldByIndex(f.index), b.FieldByIndex(f.index)); c != 0 {
				return c
			}
		}
		return 0
	}
	switch a.Kind() {
	case reflect.String:
		return cmp.Compare(a.String(), b.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return cmp.Compare(a.Int(), b.Int())
	}
	return 0
}

// enumText is the name of an enum value, empty for null.
func enumText(dst []byte, v reflect.Value) []byte {
	text, err := v.Interface().(encoding.TextAppender).AppendText(dst)
	if err != nil {
		return nil
	}
	return text
}
