package wire

import (
	"encoding/binary"
	"fmt"
)

// The binary header (Java: RocketMQSerializable), integers big-endian:
//
//	 0      2      3         5        9       13       17       17+R       21+R
//	+------+------+---------+--------+--------+--------+---------+----------+-----------+
//	| code | lang | version | opaque | flag   | R      | remark  | E        | ext block |
//	+------+------+---------+--------+--------+--------+---------+----------+-----------+
//	 int16  uint8  int16     int32    int32    int32    R bytes   int32      E bytes
//
// and the ext block, repeated until its E bytes are used up:
//
//	+-------+-----+-------+-------+
//	| K     | key | V     | value |
//	+-------+-----+-------+-------+
//	 int16         int32
//
// Java reads an empty text as null, so an empty remark is no remark and an empty value is the same
// as an absent one. Code and version lose everything above 16 bits.
const (
	binaryFixedSize = 17 // up to and with R
	binaryKeyMax    = 1<<15 - 1
)

func (c *Command) decodeBinary(h []byte) error {
	if len(h) < binaryFixedSize+4 {
		return fmt.Errorf("%w: binary, %d bytes", ErrHeader, len(h))
	}
	c.Code = int32(int16(binary.BigEndian.Uint16(h)))
	c.Language = languageOf(h[2])
	c.Version = int32(int16(binary.BigEndian.Uint16(h[3:])))
	c.Opaque = int32(binary.BigEndian.Uint32(h[5:]))
	c.Flag = int32(binary.BigEndian.Uint32(h[9:]))
	remarkLen := binary.BigEndian.Uint32(h[13:])
	h = h[binaryFixedSize:]
	if uint64(remarkLen) > uint64(len(h)-4) {
		return fmt.Errorf("%w: binary, remark of %d bytes", ErrHeader, remarkLen)
	}
	c.Remark = h[:remarkLen:remarkLen]
	c.HasRemark = remarkLen > 0
	h = h[remarkLen:]
	if extLen := binary.BigEndian.Uint32(h); uint64(extLen) != uint64(len(h)-4) {
		return fmt.Errorf("%w: binary, ext block of %d bytes in %d", ErrHeader, extLen, len(h)-4)
	}
	return c.decodeExtBlock(h[4:])
}

func (c *Command) decodeExtBlock(b []byte) error {
	for len(b) > 0 {
		if len(b) < 2 {
			return fmt.Errorf("%w: binary, key length cut off", ErrHeader)
		}
		k := int(binary.BigEndian.Uint16(b))
		b = b[2:]
		if k > binaryKeyMax || k+4 > len(b) {
			return fmt.Errorf("%w: binary, key of %d bytes", ErrHeader, k)
		}
		v := binary.BigEndian.Uint32(b[k:])
		if uint64(v) > uint64(len(b)-k-4) {
			return fmt.Errorf("%w: binary, value of %d bytes", ErrHeader, v)
		}
		end := k + 4 + int(v)
		var value []byte
		if v > 0 {
			value = b[k+4 : end : end]
		}
		if !c.addExt(b[:k:k], value) {
			return fmt.Errorf("%w: binary, at most %d", ErrFields, c.maxFields)
		}
		b = b[end:]
	}
	return nil
}
