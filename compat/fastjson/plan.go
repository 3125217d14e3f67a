package fastjson

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// shape is the form in which a Go type appears in a text.
type shape uint8

const (
	shapeBool shape = iota
	shapeInt
	shapeFloat
	shapeString
	shapeEnum
	shapeBytes
	shapeObject
	shapeList
	shapeMap
	shapePointer
)

// plan tells how values of one type are read and written. Plans are immutable
// once planOf has returned them.
type plan struct {
	shape  shape
	typ    reflect.Type
	key    *plan // of a map
	elem   *plan // of a map, list or pointer
	fields []field

	defaults bool // a Defaulter

	exact map[string]int // name to its place in fields
	smart map[string]int // folded name to its place in fields
}

// field is one member of an object.
type field struct {
	name      string
	index     []int // for reflect.Value.FieldByIndex
	plan      *plan
	omitEmpty bool
	notNull   bool
	layout    layout
}

// layout is how AppendPretty prints a slice.
type layout uint8

const (
	layoutDefault layout = iota // a list of objects, a set of anything else
	layoutList                  // one element on a line, as java.util.List
	layoutSet                   // elements side by side, as Set and primitive arrays
)

var (
	textAppender    = reflect.TypeFor[encoding.TextAppender]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	defaulter       = reflect.TypeFor[Defaulter]()
)

// plans holds the finished plans, reflect.Type to *plan. It is a cache: it
// grows with the types of the program, not with its input.
var plans sync.Map

// planOf returns the plan of a type. Two goroutines may build the same plan at
// the same time; either result is good.
func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p, _ := plans.LoadOrStore(t, build(t, make(map[reflect.Type]*plan)))
	return p.(*plan)
}

// build makes the plan of t. seen holds the plans under construction, so that a
// type may contain itself.
func build(t reflect.Type, seen map[reflect.Type]*plan) *plan {
	if p := seen[t]; p != nil {
		return p
	}
	p := &plan{typ: t}
	seen[t] = p
	if t.Implements(textAppender) && reflect.PointerTo(t).Implements(textUnmarshaler) {
		p.shape = shapeEnum
		return p
	}
	switch t.Kind() {
	case reflect.Bool:
		p.shape = shapeBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.shape = shapeInt
	case reflect.Float64:
		p.shape = shapeFloat
	case reflect.String:
		p.shape = shapeString
	case reflect.Pointer:
		p.shape, p.elem = shapePointer, build(t.Elem(), seen)
	case reflect.Slice:
		if p.shape = shapeBytes; t.Elem().Kind() != reflect.Uint8 {
			p.shape, p.elem = shapeList, build(t.Elem(), seen)
		}
	case reflect.Map:
		p.shape, p.key, p.elem = shapeMap, build(t.Key(), seen), build(t.Elem(), seen)
		if !slices.Contains([]shape{shapeString, shapeInt, shapeEnum, shapeObject}, p.key.shape) {
			panic(fmt.Sprintf("BUG: fastjson: keys of %v", t))
		}
	case reflect.Struct:
		p.shape = shapeObject
		p.defaults = reflect.PointerTo(t).Implements(defaulter)
		p.addFields(t, nil, seen)
		p.index()
	default:
		panic(fmt.Sprintf("BUG: fastjson: type %v", t))
	}
	return p
}

// addFields collects the members of struct t, which p is or embeds at path.
func (p *plan) addFields(t reflect.Type, path []int, seen map[reflect.Type]*plan) {
	for i := range t.NumField() {
		sf := t.Field(i)
		tag, tagged := sf.Tag.Lookup("json")
		name, options, _ := strings.Cut(tag, ",")
		index := append(slices.Clone(path), i)
		switch {
		case sf.Anonymous && !tagged && sf.Type.Kind() == reflect.Struct:
			p.addFields(sf.Type, index, seen)
			continue
		case !sf.IsExported() || tag == "-":
			continue
		case name == "" || options != "" && options != "omitempty":
			panic(fmt.Sprintf("BUG: fastjson: tag of field %v.%s: %q", t, sf.Name, tag))
		}
		f := field{name: name, index: index, plan: build(sf.Type, seen), omitEmpty: options == "omitempty"}
		f.parse(sf)
		p.fields = append(p.fields, f)
	}
}

// parse reads the tag with our own options.
func (f *field) parse(sf reflect.StructField) {
	for option := range strings.SplitSeq(sf.Tag.Get("fastjson"), ",") {
		switch option {
		case "":
		case "notnull":
			f.notNull = true
		case "list":
			f.layout = layoutList
		case "set":
			f.layout = layoutSet
		default:
			panic(fmt.Sprintf("BUG: fastjson: field %s has option %q", sf.Name, option))
		}
	}
}

// index sorts the fields by name and fills the tables for lookup.
func (p *plan) index() {
	slices.SortFunc(p.fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	p.exact = make(map[string]int, len(p.fields))
	p.smart = make(map[string]int, len(p.fields))
	for i, f := range p.fields {
		if _, double := p.exact[f.name]; double {
			panic(fmt.Sprintf("BUG: fastjson: two fields of %v have the name %q", p.typ, f.name))
		}
		p.exact[f.name] = i
		folded := string(fold(nil, []byte(f.name)))
		if _, taken := p.smart[folded]; !taken {
			p.smart[folded] = i
		}
	}
}

// lookup finds the field for a name as fastjson's smart match does: the name
// itself, else one that differs in case, '-' and '_' only, else, for a boolean,
// one without the prefix "is". exact tells which it was; buf is scratch space.
func (p *plan) lookup(name, buf []byte) (i int, exact, ok bool) {
	if i, ok = p.exact[string(name)]; ok {
		return i, true, true
	}
	folded := fold(buf[:0], name)
	if i, ok = p.smart[string(folded)]; ok {
		return i, false, true
	}
	if len(folded) > 2 && folded[0] == 'i' && folded[1] == 's' {
		i, ok = p.smart[string(folded[2:])]
		return i, false, ok && p.fields[i].plan.shape == shapeBool
	}
	return 0, false, false
}

func fold(dst, name []byte) []byte {
	for _, c := range name {
		switch {
		case c == '-' || c == '_':
		case c >= 'A' && c <= 'Z':
			dst = append(dst, c|0x20)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
