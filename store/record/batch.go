package record

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gannetmq/gannet/compat/jvalue"
)

// A batch body is a sequence of elements (Java: MessageDecoder.encodeMessage). Big endian.
//
//	 0      4       8     12     16        20     20+n       22+n
//	+------+-------+-----+------+---------+------+----------+-----+
//	|size 4|magic 4|crc 4|flag 4|bodyLen 4|body n|propsLen 2|props|
//	+------+-------+-----+------+---------+------+----------+-----+
//
// Nobody reads size, magic and crc; clients write zeros into the latter two.
const elementMin = 22

// SetBatch encodes a record for each element of a batch body. Topic, queue, sysFlag, hosts, born
// time and reconsume times are those of m, whose Body is ignored and whose properties are appended
// to those of each element, as 5.3.3 does; none that tell a place in a queue are taken (Set). Memory is asked for only after all elements were seen to
// be sound and together within the limit of one record, since each repeats the properties of m.
// Errors: those of Set, and ErrBatch.
func (e *Encoded) SetBatch(m *Message, body []byte, o EncodeOptions) error {
	e.reset()
	if m.SysFlag&SysTranMask != SysTranNone {
		return fmt.Errorf("%w: part of a transaction", ErrBatch)
	}
	if limit := o.maxBody(); len(body) > limit {
		return fmt.Errorf("%w: batch of %d bytes, limit %d", ErrBodyTooLarge, len(body), limit)
	}
	h, err := newHead(m, o)
	if err != nil {
		return err
	}
	batch := withoutPlaces(&e.scratch, m.Properties)
	size, err := e.measureBatch(&h, body, batch, o)
	if err != nil {
		return err
	}
	e.begin(&h, size, o)
	for len(body) > 0 {
		p, rest, _ := nextElement(body)
		p.own, p.batch = bare(&e.element, p.own), batch
		if err := p.measure(&h, o); err != nil {
			return err
		}
		e.put(&h, &p)
		body = rest
	}
	e.Messages = e.Count
	return nil
}

// Elements counts the elements of a batch body, of which an inner batch has at most 32767. Error: ErrBatch.
func Elements(body []byte) (n int, err error) {
	for ; len(body) > 0; n++ {
		_, rest, ok := nextElement(body)
		if !ok {
			return 0, fmt.Errorf("%w: element %d does not fit into the %d bytes left", ErrBatch, n, len(body))
		}
		body = rest
	}
	if n == 0 || n > math.MaxInt16 {
		return 0, fmt.Errorf("%w: %d elements, want 1 to %d", ErrBatch, n, math.MaxInt16)
	}
	return n, nil
}

// measureBatch checks all elements and returns the size of their records together.
func (e *Encoded) measureBatch(h *head, body, batch []byte, o EncodeOptions) (size int, err error) {
	if len(body) == 0 {
		return 0, fmt.Errorf("%w: no elements", ErrBatch)
	}
	limit := o.maxBody() + recordSlack
	for n := 0; len(body) > 0; n++ {
		p, rest, ok := nextElement(body)
		if !ok {
			return 0, fmt.Errorf("%w: element %d does not fit into the %d bytes left", ErrBatch, n, len(body))
		}
		p.own, p.batch = bare(&e.element, p.own), batch
		if err := p.measure(h, o); err != nil {
			return 0, fmt.Errorf("element %d: %w", n, err)
		}
		if size += p.size; size > limit {
			return 0, fmt.Errorf("%w: batch of more than %d bytes", ErrRecordTooLarge, limit)
		}
		body = rest
	}
	return size, nil
}

// Batch is the queue offset of the first message in the record and how many there are: what INNER_BASE and
// INNER_NUM say of an inner batch, of which a batch queue has one entry. Any other record is one message.
// What is no number gives 0 messages (Java: CommitLog.setBatchSizeIfNeeded, an exception).
func (v *View) Batch() (base int64, count int32) {
	inner := &v.label().inner
	if inner[innerNum] == nil || inner[innerBase] == nil {
		return v.QueueOffset, 1
	}
	base, err1 := jvalue.ParseLong(inner[innerBase])
	n, err2 := jvalue.ParseInt(inner[innerNum])
	if err1 != nil || err2 != nil {
		return 0, 0
	}
	return base, n
}

func nextElement(b []byte) (p part, rest []byte, ok bool) {
	if len(b) < elementMin {
		return p, nil, false
	}
	p.flag = int32(binary.BigEndian.Uint32(b[12:]))
	n := int(int32(binary.BigEndian.Uint32(b[16:])))
	b = b[20:]
	if n < 0 || n > len(b)-2 {
		return p, nil, false
	}
	p.body, b = b[:n], b[n:]
	n = int(int16(binary.BigEndian.Uint16(b)))
	b = b[2:]
	if n < 0 || n > len(b) {
		return p, nil, false
	}
	p.own = b[:n]
	return p, b[n:], true
}
