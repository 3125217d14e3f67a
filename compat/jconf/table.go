package jconf

import (
	"fmt"
	"reflect"
	"strings"
)

// State tells what becomes of a key.
type State string

const (
	Honoured State = "honoured" // does what it does in Java
	NoEffect State = "noeffect" // is accepted and ignored; Help tells why
	Refused  State = "refused"  // may only have its default; Help tells why
)

// Entry is one key of a table.
type Entry struct {
	Key     string
	Type    string // Java's name: boolean, int, long, double, String
	Default string
	Enum    []string // what is accepted, if the type does not tell
	State   State
	Help    string

	Value string // of the struct given to Table; secrets as ***
}

// Table lists the keys of a struct, or of a pointer to one, in the order of its
// fields.
func Table(v any) []Entry {
	var entries []Entry
	for _, f := range fieldsOf(reflect.Indirect(reflect.ValueOf(v))) {
		f.Value = f.format()
		entries = append(entries, f.Entry)
	}
	return entries
}

// field is an entry with its place in the struct.
type field struct {
	Entry
	value reflect.Value
}

// fieldsOf reads the tags of a struct. Wrong ones are mistakes of the program
// and panic.
func fieldsOf(v reflect.Value) []field {
	if v.Kind() != reflect.Struct {
		panic(fmt.Sprintf("BUG: jconf: %v is no struct", v))
	}
	fields := appendFields(nil, v)
	seen := make(map[string]bool, len(fields))
	for _, f := range fields {
		if seen[f.Key] {
			panic(fmt.Sprintf("BUG: jconf: two fields of %v for key %s", v.Type(), f.Key))
		}
		seen[f.Key] = true
	}
	return fields
}

func appendFields(fields []field, v reflect.Value) []field {
	for i := range v.NumField() {
		sf := v.Type().Field(i)
		key, tagged := sf.Tag.Lookup("mq")
		switch {
		case tagged:
			fields = append(fields, newField(key, sf, v.Field(i)))
		case sf.Type.Kind() == reflect.Struct && (sf.IsExported() || sf.Anonymous):
			fields = appendFields(fields, v.Field(i))
		}
	}
	return fields
}

func newField(key string, sf reflect.StructField, v reflect.Value) field {
	f := field{Entry: Entry{
		Key:     key,
		Type:    javaType(sf),
		Default: sf.Tag.Get("default"),
		State:   State(sf.Tag.Get("state")),
		Help:    sf.Tag.Get("help"),
	}, value: v}
	if enum := sf.Tag.Get("enum"); enum != "" {
		f.Enum = strings.Split(enum, ",")
	}
	switch f.State {
	case Honoured, NoEffect, Refused:
	default:
		panic(fmt.Sprintf("BUG: jconf: key %s has state %q", key, f.State))
	}
	if accepts := f.check(f.Default); accepts != "" {
		panic(fmt.Sprintf("BUG: jconf: default %q of key %s: want %s", f.Default, key, accepts))
	}
	return f
}

var secretType = reflect.TypeFor[Secret]()

func javaType(sf reflect.StructField) string {
	if !sf.IsExported() {
		panic(fmt.Sprintf("BUG: jconf: field %s is not exported", sf.Name))
	}
	if sf.Type == secretType {
		return "String"
	}
	switch sf.Type.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int32:
		return "int"
	case reflect.Int64:
		return "long"
	case reflect.Float64:
		return "double"
	case reflect.String:
		return "String"
	}
	panic(fmt.Sprintf("BUG: jconf: field %s has type %v", sf.Name, sf.Type))
}
