package wire

import (
	"errors"
	"fmt"
)

// What may be wrong with bytes from a peer. After any of the first four the connection cannot be
// trusted to be in step and must be closed, as Java does; nothing is answered.
var (
	ErrFrameLength   = errors.New("wire: frame length out of bounds")
	ErrHeaderLength  = errors.New("wire: header length out of bounds")
	ErrSerialization = errors.New("wire: unknown header serialisation")
	ErrHeader        = errors.New("wire: malformed header")

	ErrFields = fmt.Errorf("%w: too many ext fields", ErrHeader)
	ErrDepth  = fmt.Errorf("%w: JSON nested too deeply", ErrHeader)

	// ErrMissingField and ErrBadField are found by DecodeHeader in a well-formed frame: they are
	// answered, and the connection lives on.
	ErrMissingField = errors.New("wire: required field is missing")
	ErrBadField     = errors.New("wire: field does not parse")

	// ErrUnencodable is returned when a frame cannot be written: a key, header or body is longer
	// than its length field can say.
	ErrUnencodable = errors.New("wire: frame cannot be encoded")
)
