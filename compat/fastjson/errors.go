package fastjson

import "errors"

// Each error of Unmarshal wraps one of these and tells the place.
var (
	// ErrSyntax is a text outside the dialect.
	ErrSyntax = errors.New("fastjson: syntax error")
	// ErrValue is a value that its Go type cannot hold.
	ErrValue = errors.New("fastjson: value does not fit")
	// ErrDepth is nesting beyond MaxDepth.
	ErrDepth = errors.New("fastjson: nested too deep")
	// ErrReference is a member "$ref".
	ErrReference = errors.New("fastjson: references are not supported")
)

// MaxDepth is the number of objects and arrays that may enclose a value.
const MaxDepth = 32
