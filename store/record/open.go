package record

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
)

// Some properties say where the append put the message, and their length depends on it. Such a record is
// encoded open: Close, under the log's lock, writes them behind all others, in front of the CRC property.
//
//	INNER_BASE                the queue offset of the first message of an inner batch
//	INNER_MULTI_QUEUE_OFFSET  a list with commas, one offset for each name in INNER_MULTI_DISPATCH; nothing
//	                          stands for a name that is not that of a light queue
//
// Java: BatchConsumeQueue.assignQueueOffset, LmqDispatch.wrapLmqDispatch. It stores what a sender says of these
// too, and then gives another message's place away.
type open struct {
	wanted bool
	base   bool
	names  []byte  // of light queues, with commas; a copy
	light  []Light //
	room   int     // bytes that Close may need

	end   int // of the record before Close
	props int // bytes of its properties then
}

// Light is a light queue that a record shall have a place in.
type Light struct {
	Name   []byte // empty: none, but there is a comma for it
	Offset int64  // that Close wrote
}

const (
	maxDigits = 19
	lateRoom  = len(PropInnerBase) + len(PropInnerMultiQueueOffset) + 4 + maxDigits + propCRCSize
)

func (o *open) reset() {
	*o = open{names: o.names[:0], light: o.light[:0]}
}

// begin notes where the late properties go: b ends with the record, whose last props bytes are properties.
func (o *open) begin(b []byte, props int) { o.end, o.props = len(b), props }

// innerMark begins the names of the properties in withoutPlaces.
var innerMark = []byte("INNER_")

// withoutPlaces returns properties without those that tell a message's place: they are ours to write, whatever its
// sender says, or an earlier life of the message. Memory is that of *scratch, if any is needed.
func withoutPlaces(scratch *[]byte, raw []byte) []byte {
	if !bytes.Contains(raw, innerMark) {
		return raw
	}
	*scratch = AppendWithout((*scratch)[:0], raw, PropInnerBase, PropInnerNum, PropInnerMultiQueueOffset)
	return *scratch
}

// leaveOpen returns the properties of m, which are own so far, with those of an inner batch.
func (e *Encoded) leaveOpen(m *Message, own []byte, o EncodeOptions) []byte {
	p := &e.open
	if m.Inner > 0 {
		p.wanted, p.base = true, true
	} else if names, _ := Property(own, PropInnerMultiDispatch); o.Light && len(bytes.TrimSpace(names)) > 0 &&
		allowsLight(m.Topic) && !BrokerOwned(m.Topic) {
		p.wanted = true
		p.setNames(names)
	}
	if !p.wanted {
		return own
	}
	p.room = lateRoom + len(p.light)*(maxDigits+1)
	if !p.base {
		return own
	}
	e.scratch = slices.Grow(e.scratch[:0], len(own)+1)
	e.scratch = append(e.scratch, own...)
	if unended(own) {
		e.scratch = append(e.scratch, valueEnd)
	}
	e.scratch = AppendProperty(e.scratch, PropInnerNum, strconv.Itoa(int(m.Inner)))
	return e.scratch
}

// setNames takes the list apart as Java's String.split does, which drops empty items at the end.
func (o *open) setNames(names []byte) {
	o.names = append(o.names[:0], bytes.TrimRight(names, ",")...)
	for rest, more := o.names, true; more; {
		var name []byte
		name, rest, more = bytes.Cut(rest, comma)
		if !IsLight(name) || bytes.IndexByte(name, '/') >= 0 {
			name = nil
		}
		o.light = append(o.light, Light{Name: name})
	}
}

// allowsLight reports whether messages of the topic can have places in light queues. Java: MixAll.topicAllowsLMQ,
// by which consumers of light queues see half messages that nobody has committed; we give those no place.
func allowsLight(topic []byte) bool {
	return string(topic) != TopicSchedule && !hasPrefix(topic, RetryPrefix) && !hasPrefix(topic, SystemTopicPrefix)
}

// Open reports whether Close must be called before the record is complete.
func (e *Encoded) Open() bool { return e.open.wanted }

// Light is the light queues that the record shall have places in, in the order of its list.
func (e *Encoded) Light() []Light { return e.open.light }

// Close completes an open record that gets the queue offset base, and those of light queues in Offset of
// Light. It may be called again, with others. Allocates nothing. Error: ErrPropertiesTooLarge.
func (e *Encoded) Close(base int64) error {
	o := &e.open
	b := e.Bytes[:o.end]
	if o.base {
		b = append(append(b, PropInnerBase...), nameEnd)
		b = append(strconv.AppendInt(b, base, 10), valueEnd)
	}
	if len(o.light) > 0 {
		b = append(append(b, PropInnerMultiQueueOffset...), nameEnd)
		for i := range o.light {
			if i > 0 {
				b = append(b, ',')
			}
			if o.light[i].Name != nil {
				b = strconv.AppendInt(b, o.light[i].Offset, 10)
			}
		}
		b = append(b, valueEnd)
	}
	if e.propCRC {
		b = append(b, propCRCBlank...)
	}
	props := o.props + len(b) - o.end
	if props > MaxProperties {
		return fmt.Errorf("%w: %d bytes, limit %d", ErrPropertiesTooLarge, props, MaxProperties)
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	binary.BigEndian.PutUint16(b[o.end-o.props-2:], uint16(props))
	e.Bytes, e.ends[0] = b, len(b)
	return nil
}
