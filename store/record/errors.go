package record

import "errors"

// Why a message cannot be encoded.
var (
	ErrBodyTooLarge       = errors.New("record: body too large")
	ErrRecordTooLarge     = errors.New("record: record too large")
	ErrPropertiesTooLarge = errors.New("record: properties too large")
	ErrTopicTooLong       = errors.New("record: topic empty or too long")
	ErrEmptyBody          = errors.New("record: empty body")
	ErrHost               = errors.New("record: born or store host missing")
	ErrBatch              = errors.New("record: malformed batch")
)

// Why bytes are not a record. Parse returns these as they are: no allocation, no facts but the
// view's Size, which is set when the size word could be read.
var (
	// ErrShort: the record goes on behind the end of the given bytes.
	ErrShort = errors.New("record: bytes end inside the record")
	// ErrMagic: neither a record nor a blank.
	ErrMagic = errors.New("record: unknown magic")
	// ErrLength: a length inside the record is negative, or the lengths do not add up to the size.
	ErrLength = errors.New("record: lengths disagree")
	// ErrBodyCRC: the body is not what was stored.
	ErrBodyCRC = errors.New("record: body CRC mismatch")
)

// ErrMessageID tells that a text is no offset message id.
var ErrMessageID = errors.New("record: malformed message id")
