package jconf

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gannetmq/gannet/compat/jvalue"
)

// trim is String.trim: everything up to U+0020 at both ends.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

// check tells what the entry accepts if it does not accept the trimmed value,
// else nothing. Types it does not know accept everything.
func (e *Entry) check(value string) (accepts string) {
	var err error
	switch {
	case len(e.Enum) > 0:
		if !slices.Contains(e.Enum, value) {
			return "one of " + strings.Join(e.Enum, ", ")
		}
	case e.Type == "boolean":
		if !strings.EqualFold(value, "true") && !strings.EqualFold(value, "false") {
			return "true or false"
		}
	case e.Type == "int":
		if _, err = jvalue.ParseInt(value); err != nil {
			return "an integer from " + strconv.Itoa(math.MinInt32) + " to " + strconv.Itoa(math.MaxInt32)
		}
	case e.Type == "long":
		if _, err = jvalue.ParseLong(value); err != nil {
			return "an integer from " + strconv.Itoa(math.MinInt64) + " to " + strconv.Itoa(math.MaxInt64)
		}
	case e.Type == "double":
		if _, err = jvalue.ParseDouble(value); err != nil {
			return "a number"
		}
	}
	return ""
}

// isDefault tells whether a checked value means the same as the default.
func (e *Entry) isDefault(value string) bool {
	switch e.Type {
	case "boolean":
		return strings.EqualFold(value, e.Default)
	case "int", "long":
		a, errA := jvalue.ParseLong(value)
		b, errB := jvalue.ParseLong(e.Default)
		return errA == nil && errB == nil && a == b
	case "double":
		a, errA := jvalue.ParseDouble(value)
		b, errB := jvalue.ParseDouble(e.Default)
		return errA == nil && errB == nil && a == b
	}
	return value == e.Default
}

// set stores a value that check accepts.
func (f *field) set(value string) {
	switch f.Type {
	case "boolean":
		f.value.SetBool(jvalue.ParseBoolean(value))
	case "int", "long":
		n, err := jvalue.ParseLong(value)
		mustParse(err)
		f.value.SetInt(n)
	case "double":
		d, err := jvalue.ParseDouble(value)
		mustParse(err)
		f.value.SetFloat(d)
	default:
		if f.isSecret() {
			*f.value.Addr().Interface().(*Secret) = NewSecret(value)
			return
		}
		f.value.SetString(value)
	}
}

func mustParse(err error) {
	if err != nil {
		panic("BUG: jconf: a checked value: " + err.Error())
	}
}

func (f *field) isSecret() bool { return f.value.Type() == secretType }

// format prints the value of the field as Java does.
func (f *field) format() string {
	switch f.Type {
	case "boolean":
		return strconv.FormatBool(f.value.Bool())
	case "int", "long":
		return strconv.FormatInt(f.value.Int(), 10)
	case "double":
		return jvalue.FormatDouble(f.value.Float())
	}
	if f.isSecret() {
		return f.value.Interface().(Secret).String()
	}
	return f.value.String()
}
