package record

import (
	"bytes"
	"encoding/binary"
	"iter"
	"net/netip"
)

// View is one stored record, parsed in place. Slices are views into the record's bytes.
type View struct {
	Size           int32 // whole record
	Magic          uint32
	BodyCRC        int32
	QueueID        int32
	Flag           int32
	QueueOffset    int64
	PhyOffset      int64
	SysFlag        int32
	BornTime       int64
	StoreTime      int64
	ReconsumeTimes int32
	PreparedOffset int64
	BodyLen        int32
	Body           []byte // nil when parsed without body
	Topic          []byte
	Properties     []byte

	labels labels // of Properties, once somebody has asked

	bornHost  []byte // 4 or 16 address bytes, 4 port bytes
	storeHost []byte
	raw       []byte // the whole record
}

// Bytes returns the whole record.
func (v *View) Bytes() []byte { return v.raw }

// Message is the message of the record as it is put again, with views. What only a half's commit tells, PreparedOffset, is not in it.
func (v *View) Message() Message {
	return Message{
		Topic: v.Topic, QueueID: v.QueueID, Flag: v.Flag, SysFlag: v.SysFlag, BornTime: v.BornTime, BornHost: v.BornHost(),
		StoreHost: v.StoreHost(), ReconsumeTimes: v.ReconsumeTimes, Body: v.Body, Properties: v.Properties,
	}
}

// BornHost is the producer's address.
func (v *View) BornHost() netip.AddrPort { return hostAddr(v.bornHost) }

// StoreHost is the address of the broker that stored the record.
func (v *View) StoreHost() netip.AddrPort { return hostAddr(v.storeHost) }

// hostAddr decodes a host field; Java writes the port as an int, of which 16 bits mean something.
func hostAddr(b []byte) netip.AddrPort {
	if len(b) < hostV4 {
		return netip.AddrPort{}
	}
	n := len(b) - 4
	addr, _ := netip.AddrFromSlice(b[:n])
	return netip.AddrPortFrom(addr, uint16(binary.BigEndian.Uint32(b[n:])))
}

// Transaction returns the transaction bits of the sysFlag, one of SysTran….
func (v *View) Transaction() int32 { return v.SysFlag & SysTranMask }

// Queued reports whether the record has a place in a consume queue.
func (v *View) Queued() bool { return Queued(v.SysFlag) }

// Property returns the value of a property, and whether there is one.
func (v *View) Property(key string) ([]byte, bool) { return Property(v.Properties, key) }

// labels are the properties by which a message is found and queued. Dispatch asks for all of them, so that
// one scan serves them.
type labels struct {
	known            bool
	tags, uniq, keys []byte
	inner            [len(innerKeys)][]byte
}

// innerKeys are the properties that give a message another place than its own in its queue.
var innerKeys = [...]string{PropInnerNum, PropInnerBase, PropInnerMultiDispatch, PropInnerMultiQueueOffset}

// Indexes of innerKeys.
const (
	innerNum = iota
	innerBase
	innerDispatch
	innerOffsets
)

func (v *View) label() *labels {
	if l := &v.labels; l.known {
		return l
	}
	l := labels{known: true}
	for item, rest := cutItem(v.Properties); item != nil; item, rest = cutItem(rest) {
		if len(item) == 0 {
			continue
		}
		switch item[0] { // a look at one byte spares most items the comparison
		case PropTags[0]:
			setLabel(&l.tags, item, PropTags)
		case PropUniqKey[0]:
			setLabel(&l.uniq, item, PropUniqKey)
		case PropKeys[0]:
			setLabel(&l.keys, item, PropKeys)
		case PropInnerNum[0]:
			for i, key := range innerKeys {
				setLabel(&l.inner[i], item, key)
			}
		}
	}
	v.labels = l
	return &v.labels
}

func setLabel(value *[]byte, item []byte, key string) {
	if named(item, key) && len(item) > len(key)+1 {
		*value = item[len(key)+1:]
	}
}

// UniqKey is the id that the producer gave the message; nil if it gave none.
func (v *View) UniqKey() []byte { return v.label().uniq }

// Keys iterates over the keys under which the message can be queried, the blank-separated items of
// KEYS, as often as they occur.
func (v *View) Keys() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for keys := v.label().keys; len(keys) > 0; {
			item := keys
			if at := bytes.IndexByte(keys, ' '); at >= 0 {
				item, keys = keys[:at], keys[at+1:]
			} else {
				keys = nil
			}
			if len(item) > 0 && !yield(item) {
				return
			}
		}
	}
}

// TagsCode is the hash of the tag by which consume queues are filtered; 0 without a tag.
func (v *View) TagsCode() int64 { return TagsCode(v.label().tags) }
