package record

import "net/netip"

// Message is what a caller puts. All slices are borrowed for the duration of the put.
type Message struct {
	Topic          []byte // UTF-8, 1–127 bytes (255 for version 2 records)
	QueueID        int32
	Flag           int32 // the producer's own, opaque
	SysFlag        int32 // the address-family bits are set by the encoder
	BornTime       int64 // Unix milliseconds, the client's clock
	BornHost       netip.AddrPort
	StoreHost      netip.AddrPort // the advertised address, part of the message id
	ReconsumeTimes int32
	PreparedOffset int64 // physical offset of the half message of a committed transaction
	Body           []byte
	Properties     []byte // name 0x01 value 0x02 …, exactly the bytes to store, see Encoded.Close for more
	// Inner is how many messages are in the body of an inner batch, whose elements clients take apart; 0 for
	// any other message. The record gets the flags and the properties that tell so.
	Inner int32
}
