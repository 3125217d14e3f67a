package sql92

import (
	"bytes"
	"cmp"
	"errors"
	"math"
	"strconv"

	"github.com/gannetmq/gannet/compat/jvalue"
)

// valueKind is the Java class of a value.
type valueKind uint8

const (
	nullValue valueKind = iota
	boolKind
	intValue    // Integer
	longValue   // Long
	doubleValue // Double
	textValue   // String
)

// value is what a node comes to for a message. A text is a view into it.
type value struct {
	kind  valueKind
	bool  bool
	int   int64
	float float64
	text  []byte
}

func boolValue(b bool) value { return value{kind: boolKind, bool: b} }

func (v *value) numeric() bool {
	return v.kind == intValue || v.kind == longValue || v.kind == doubleValue
}

// plain is Java's toString of the value.
func (v *value) plain() string {
	switch v.kind {
	case boolKind:
		return strconv.FormatBool(v.bool)
	case intValue, longValue:
		return strconv.FormatInt(v.int, 10)
	case doubleValue:
		return jvalue.FormatDouble(v.float)
	case textValue:
		return string(v.text)
	}
	return "null"
}

// Errors of an evaluation. They are never shown: the message does not match.
var (
	errNumber = errors.New("sql92: not a number")                // Java: NumberFormatException
	errCast   = errors.New("sql92: a boolean is no text")        // Java: ClassCastException
	errOrder  = errors.New("sql92: texts have no order of ours") // Java: It's illegal to compare string …
)

// equal is Java's "=", with its treatment of null: unknown on the left, false on the right.
func equal(l, r value) (value, error) {
	if (l.kind == nullValue) != (r.kind == nullValue) {
		if l.kind == nullValue {
			return value{}, nil
		}
		return boolValue(false), nil
	}
	sign, err := compare(l, r)
	return boolValue(sign == 0), err
}

// compare is Java's ComparisonExpression.__compare: the text beside a constant takes the constant's class.
// What cannot be brought together is less.
func compare(l, r value) (int, error) {
	ok := true
	switch {
	case l.kind == r.kind:
	case l.kind == boolKind:
		if r.kind == textValue {
			return 0, errCast
		}
		return -1, nil
	case r.kind == boolKind:
		if l.kind != textValue {
			return -1, nil
		}
		l = boolValue(jvalue.ParseBoolean(l.text))
	case l.kind == textValue:
		l, ok = l.as(r.kind)
	case r.kind == textValue:
		r, ok = r.as(l.kind)
	case l.kind == doubleValue || r.kind == doubleValue:
		l, r = l.double(), r.double()
	}
	if !ok {
		return 0, errNumber
	}
	switch l.kind {
	case boolKind:
		return cmp.Compare(toInt(l.bool), toInt(r.bool)), nil
	case doubleValue:
		return compareDoubles(l.float, r.float), nil
	case textValue:
		return bytes.Compare(l.text, r.text), nil
	}
	return cmp.Compare(l.int, r.int), nil
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// as reads a text as a number of a class.
func (v *value) as(kind valueKind) (value, bool) {
	n := value{kind: kind}
	ok := false
	switch kind {
	case intValue:
		var i int32
		i, ok = jvalue.TryInt(v.text)
		n.int = int64(i)
	case longValue:
		n.int, ok = jvalue.TryLong(v.text)
	default:
		n.float, ok = jvalue.TryDouble(string(v.text))
	}
	return n, ok
}

func (v *value) double() value {
	if v.kind == doubleValue {
		return *v
	}
	return value{kind: doubleValue, float: float64(v.int)}
}

// doubles reads two texts as numbers, without which they have no order.
func doubles(l, r value) (value, value, error) {
	l, lok := l.as(doubleValue)
	r, rok := r.as(doubleValue)
	if !lok || !rok {
		return l, r, errOrder
	}
	return l, r, nil
}

// compareDoubles is Double.compare: -0.0 is less than 0.0, and NaN is equal to itself and greater than all else.
func compareDoubles(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case math.IsNaN(a) || math.IsNaN(b):
		return cmp.Compare(toInt(math.IsNaN(a)), toInt(math.IsNaN(b)))
	}
	return cmp.Compare(toInt(math.Signbit(b)), toInt(math.Signbit(a)))
}
