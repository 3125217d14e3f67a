package wire

import "github.com/gannetmq/gannet/compat/jvalue"

// Serialization is the header encoding of one frame: the high byte of its second word.
type Serialization uint8

// The two encodings that RocketMQ knows. An answer uses the encoding of its request.
const (
	JSON   Serialization = 0
	Binary Serialization = 1 // Java: SerializeType.ROCKETMQ
)

// Bits of Command.Flag.
const (
	FlagResponse int32 = 1 << 0
	FlagOneway   int32 = 1 << 1
)

// Command is one decoded frame. All byte slices are views into the frame it was decoded from
// (or into its own scratch space where JSON escapes had to be resolved): they are valid as long
// as the frame is, and until the next Decode into the same Command.
//
// A Command is meant to be reused: Decode keeps the capacity of Ext and of the scratch space.
type Command struct {
	Code          int32
	Language      Language
	Version       int32 // MQVersion ordinal of the sender
	Opaque        int32
	Flag          int32
	Serialization Serialization
	HasRemark     bool
	Remark        []byte
	Ext           []Pair // in the order of the wire; a key may occur twice, the last one wins
	Body          []byte // empty and absent are the same

	scratch []byte
	fields  Fields // of the DecodeHeader under way; here so that it costs no allocation
	badArg  error  // first thing that visit found wrong

	maxFields int  // that one frame may have
	crowded   bool // it has more
}

// keepScratch is the most scratch space that a Command holds on to between frames. It fits the
// largest property string that can be stored.
const keepScratch = 128 << 10

// Pair is one extField. Value is nil where Java reads null: for an empty value of a binary frame.
type Pair struct{ Key, Value []byte }

// Int32 sets v if the value is an Integer as Java parses it.
func (p *Pair) Int32(v *int32) bool {
	n, ok := parseInt32(p.Value)
	if ok {
		*v = n
	}
	return ok
}

// Int64 sets v if the value is a Long as Java parses it.
func (p *Pair) Int64(v *int64) bool {
	n, ok := parseInt64(p.Value)
	if ok {
		*v = n
	}
	return ok
}

// Bool is the value as a Boolean: whatever is not "true" is false. Java: Boolean.parseBoolean.
func (p *Pair) Bool() bool { return jvalue.ParseBoolean(p.Value) }

// IsResponse reports whether the frame answers a request of ours.
func (c *Command) IsResponse() bool { return c.Flag&FlagResponse != 0 }

// IsOneway reports whether the sender must never be answered.
func (c *Command) IsOneway() bool { return c.Flag&FlagOneway != 0 }

// Lookup returns the last value of an extField and whether there is one.
func (c *Command) Lookup(key string) ([]byte, bool) {
	for i := len(c.Ext) - 1; i >= 0; i-- {
		if string(c.Ext[i].Key) == key {
			return c.Ext[i].Value, true
		}
	}
	return nil, false
}

// keepForgotten is the most scratch space, in bytes, and keepForgottenExt the most fields, that a Command
// holds on to while its frame is gone: those that wait may be many.
const (
	keepForgotten    = 4 << 10
	keepForgottenExt = 32
)

// Forget ends the views. What is needed to answer stays.
func (c *Command) Forget() {
	c.Body, c.Remark = nil, nil
	if cap(c.Ext) > keepForgottenExt {
		c.Ext = nil
	}
	clear(c.Ext[:cap(c.Ext)]) // a view holds on to the memory under it
	c.Ext = c.Ext[:0]
	if cap(c.scratch) > keepForgotten {
		c.scratch = nil
	}
}

func (c *Command) reset() {
	c.Code, c.Language, c.Version, c.Opaque, c.Flag = 0, Java, 0, 0, 0
	c.HasRemark, c.Remark = false, nil
	c.Ext = c.Ext[:0]
	if cap(c.scratch) > keepScratch {
		c.scratch = nil
	}
	c.scratch = c.scratch[:0]
}

// addExt reports whether there was room for one more field.
func (c *Command) addExt(key, value []byte) bool {
	if c.crowded = len(c.Ext) >= c.maxFields; c.crowded {
		return false
	}
	c.Ext = append(c.Ext, Pair{key, value})
	return true
}
