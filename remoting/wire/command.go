package wire

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
}

// Pair is one extField.
type Pair struct{ Key, Value []byte }

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
