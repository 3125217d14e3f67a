package wire

import (
	"encoding/binary"
	"fmt"
)

// Sizes of the fixed words in front of the header; part of the format.
const (
	lengthSize = 4
	prefixSize = 8 // length word and header word
)

const maxHeaderWord = 1<<24 - 1

// Limits bound what a peer may announce. The zero value of a field means its default.
type Limits struct {
	MaxFrame  int // bytes of a whole frame with its length word; default 16 MiB as in Java
	MaxHeader int // bytes of the header; default 1 MiB
	MaxFields int // extFields; default 256, the widest header of Java has 19
	MaxDepth  int // of objects and arrays within each other in a JSON header's values; default 32
}

// The defaults of Limits. Java: NettyDecoder.FRAME_MAX_LENGTH.
const (
	DefaultMaxFrame  = 16 << 20
	DefaultMaxHeader = 1 << 20
	DefaultMaxFields = 256
	DefaultMaxDepth  = 32
)

// Cut finds the end of the first frame of b under the default limits. See Limits.Cut.
func Cut(b []byte) (n int, err error) { return Limits{}.Cut(b) }

// Cut returns the length of the frame that b begins with, length word included. n may exceed
// len(b): that much must be read before the frame is whole. n is 0 while the length word is
// incomplete. The header word is checked as soon as it is there.
//
// Errors are ErrFrameLength, ErrHeaderLength and ErrSerialization.
func (l Limits) Cut(b []byte) (n int, err error) {
	if len(b) < lengthSize {
		return 0, nil
	}
	length := int64(int32(binary.BigEndian.Uint32(b)))
	if length < prefixSize-lengthSize || length+lengthSize > int64(l.maxFrame()) {
		return 0, fmt.Errorf("%w: %d bytes announced, at most %d", ErrFrameLength, length, l.maxFrame())
	}
	if len(b) >= prefixSize {
		if err := l.checkHeaderWord(binary.BigEndian.Uint32(b[lengthSize:]), int(length)); err != nil {
			return 0, err
		}
	}
	return int(length) + lengthSize, nil
}

func (l Limits) checkHeaderWord(word uint32, length int) error {
	header := int(word & maxHeaderWord)
	if header > length-(prefixSize-lengthSize) {
		return fmt.Errorf("%w: %d bytes in a frame of %d", ErrHeaderLength, header, length)
	}
	if header > l.maxHeader() {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrHeaderLength, header, l.maxHeader())
	}
	if s := Serialization(word >> 24); s > Binary {
		return fmt.Errorf("%w: %d", ErrSerialization, s)
	}
	return nil
}

func (l Limits) maxFrame() int {
	if l.MaxFrame == 0 {
		return DefaultMaxFrame
	}
	return l.MaxFrame
}

func (l Limits) maxHeader() int {
	if l.MaxHeader == 0 {
		return DefaultMaxHeader
	}
	return l.MaxHeader
}

func (l Limits) maxFields() int {
	if l.MaxFields == 0 {
		return DefaultMaxFields
	}
	return l.MaxFields
}

func (l Limits) maxDepth() int {
	if l.MaxDepth == 0 {
		return DefaultMaxDepth
	}
	return l.MaxDepth
}

// HeaderLen is how long the header of a frame is that Decode has taken, in bytes.
func HeaderLen(frame []byte) int {
	return int(binary.BigEndian.Uint32(frame[lengthSize:]) & maxHeaderWord)
}

// Decode reads one whole frame under the default limits. See Limits.Decode.
func Decode(frame []byte, c *Command) error { return Limits{}.Decode(frame, c) }

// Decode reads one whole frame, length word included, into c and overwrites all that c held. The
// slices of c are views into frame: see Command.
//
// A frame that Decode refuses leaves c in no useful state. Errors are those of Cut, and ErrHeader, which ErrFields and
// ErrDepth are.
func (l Limits) Decode(frame []byte, c *Command) error {
	if len(frame) < prefixSize || int64(binary.BigEndian.Uint32(frame)) != int64(len(frame)-lengthSize) {
		return fmt.Errorf("%w: %d bytes are not one frame", ErrFrameLength, len(frame))
	}
	word := binary.BigEndian.Uint32(frame[lengthSize:])
	headerEnd := prefixSize + int(word&maxHeaderWord)
	if headerEnd > len(frame) {
		return fmt.Errorf("%w: %d bytes in a frame of %d", ErrHeaderLength, headerEnd-prefixSize, len(frame))
	}
	c.reset()
	c.maxFields, c.crowded = l.maxFields(), false
	c.Serialization = Serialization(word >> 24)
	c.Body = frame[headerEnd:len(frame):len(frame)]
	header := frame[prefixSize:headerEnd:headerEnd]
	switch c.Serialization {
	case JSON:
		return c.decodeJSON(header, l.maxDepth())
	case Binary:
		return c.decodeBinary(header)
	}
	return fmt.Errorf("%w: %d", ErrSerialization, c.Serialization)
}
