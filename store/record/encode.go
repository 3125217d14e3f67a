package record

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/gannetmq/gannet/compat/jvalue"
)

// EncodeOptions are the store's settings that shape records.
type EncodeOptions struct {
	// AppendPropCRC ends each record with a property that covers all of it (Java: enabledAppendPropCRC).
	AppendPropCRC bool
	// MaxMessageSize limits the body, in bytes; 0 means Java's 4 MiB.
	MaxMessageSize int
	// AutoVersion writes version 2 records for topics of more than 127 bytes, which are refused
	// otherwise (Java: autoMessageVersionOnTopicLen, which counts UTF-16 units: the same for every
	// topic name that is allowed).
	AutoVersion bool
	// Light gives messages that name light queues their places there (Java: enableLmq).
	Light bool
	// AllowEmptyBody is for messages of the broker's own; one from a client must have a body
	// unless it is part of a batch.
	AllowEmptyBody bool
}

func (o EncodeOptions) maxBody() int {
	if o.MaxMessageSize > 0 {
		return o.MaxMessageSize
	}
	return MaxMessageSize
}

// Encoded is what one put appends to the log: one record, or those of a batch, lying one behind
// the other, complete but for queue offset, physical offset and store time (Patch) and the CRC
// property (SealCRC). The zero value is ready; Set and SetBatch begin anew and reuse the memory.
type Encoded struct {
	Bytes []byte // all records
	Count int
	// Messages is how many queue offsets they take: Count, but for an inner batch.
	Messages int

	ends      []int // end of each record in Bytes
	queued    bool
	propCRC   bool
	storeTime int    // position in each record
	scratch   []byte // properties, where they are not those of the message as they are
	element   []byte // likewise of an element of a batch
	open      open
}

// Set encodes one message. Properties that tell a place in a queue (INNER_BASE, INNER_NUM, INNER_MULTI_QUEUE_OFFSET)
// are not taken from it. Allocates nothing once the memory has grown to the size of the messages.
// Errors: ErrTopicTooLong, ErrEmptyBody, ErrBodyTooLarge, ErrPropertiesTooLarge, ErrRecordTooLarge, ErrHost.
func (e *Encoded) Set(m *Message, o EncodeOptions) error {
	e.reset()
	if len(m.Body) == 0 && !o.AllowEmptyBody {
		return ErrEmptyBody
	}
	h, err := newHead(m, o)
	if err != nil {
		return err
	}
	own := m.Properties
	if o.AppendPropCRC {
		if _, ok := Property(own, PropCRC32); ok {
			e.scratch = AppendWithout(e.scratch[:0], own, PropCRC32)
			own = e.scratch
		}
	}
	own = withoutPlaces(&e.scratch, own)
	if m.Inner > 0 || o.Light {
		own = e.leaveOpen(m, own, o)
	}
	p := part{flag: m.Flag, prepared: m.PreparedOffset, body: m.Body, own: own, open: e.open.wanted}
	if err := p.measure(&h, o); err != nil {
		return err
	}
	e.begin(&h, p.size+e.open.room, o)
	e.put(&h, &p)
	if e.Messages = 1; m.Inner > 0 {
		e.Messages = int(m.Inner)
	}
	if e.open.wanted {
		e.open.begin(e.Bytes, p.props)
	}
	return nil
}

func (e *Encoded) reset() {
	e.Bytes, e.ends, e.Count, e.Messages = e.Bytes[:0], e.ends[:0], 0, 0
	e.open.reset()
}

// begin makes room for size bytes of records.
func (e *Encoded) begin(h *head, size int, o EncodeOptions) {
	if cap(e.Bytes) < size {
		e.Bytes = make([]byte, 0, size)
	}
	e.queued = Queued(h.sysFlag)
	e.propCRC = o.AppendPropCRC
	born, _ := hostSizes(h.sysFlag)
	e.storeTime = posBornHost + born
}

// put writes the next record into the room that begin made.
func (e *Encoded) put(h *head, p *part) {
	start := len(e.Bytes)
	e.Bytes = e.Bytes[:start+p.size]
	p.write(e.Bytes[start:], h)
	e.ends = append(e.ends, len(e.Bytes))
	e.Count++
}

// Record returns the bytes of record i, 0 ≤ i < Count.
func (e *Encoded) Record(i int) []byte {
	start := 0
	if i > 0 {
		start = e.ends[i-1]
	}
	return e.Bytes[start:e.ends[i]]
}

// Queued reports whether the records take queue offsets; those of half and rolled back messages do not.
func (e *Encoded) Queued() bool { return e.queued }

// Patch sets what only the append knows of record i.
func (e *Encoded) Patch(i int, queueOff, phyOff, storeTime int64) {
	b := e.Record(i)
	binary.BigEndian.PutUint64(b[posQueueOffset:], uint64(queueOff))
	binary.BigEndian.PutUint64(b[posPhyOffset:], uint64(phyOff))
	binary.BigEndian.PutUint64(b[e.storeTime:], uint64(storeTime))
}

// head is what the records of one put have in common.
type head struct {
	m       *Message
	sysFlag int32
	magic   uint32
	fixed   int // size without body, topic and properties
	born    netip.AddrPort
	store   netip.AddrPort
}

func newHead(m *Message, o EncodeOptions) (head, error) {
	h := head{m: m, magic: MagicV1, fixed: MinSize, sysFlag: m.SysFlag &^ (SysBornHostV6 | SysStoreHostV6)}
	if m.Inner > 0 {
		h.sysFlag |= SysInnerBatch | SysNeedUnwrap
	}
	limit := MaxTopicV1
	if o.AutoVersion {
		limit = MaxTopicV2
	}
	if len(m.Topic) == 0 || len(m.Topic) > limit {
		return h, fmt.Errorf("%w: %d bytes, limit %d", ErrTopicTooLong, len(m.Topic), limit)
	}
	if len(m.Topic) > MaxTopicV1 {
		h.magic = MagicV2
		h.fixed++
	}
	if !m.BornHost.Addr().IsValid() || !m.StoreHost.Addr().IsValid() {
		return h, fmt.Errorf("%w: born %v, store %v", ErrHost, m.BornHost, m.StoreHost)
	}
	h.born, h.store = unmap(m.BornHost), unmap(m.StoreHost)
	if h.born.Addr().Is6() {
		h.sysFlag |= SysBornHostV6
		h.fixed += hostV6 - hostV4
	}
	if h.store.Addr().Is6() {
		h.sysFlag |= SysStoreHostV6
		h.fixed += hostV6 - hostV4
	}
	return h, nil
}

// unmap turns ::ffff:a.b.c.d into a.b.c.d: Java knows no other form of such an address.
func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// part is what a record has of its own. Its properties are own, then those of the batch, then
// room for the CRC property, with a separator where one is needed and lacking.
type part struct {
	flag       int32
	prepared   int64
	body       []byte
	own, batch []byte
	open       bool // properties follow that Close adds

	ownEnd, batchEnd bool // a separator is to be added
	reserve          int  // bytes of the CRC property
	props            int  // bytes of all properties
	size             int  // bytes of the record
}

func (p *part) measure(h *head, o EncodeOptions) error {
	maxBody := o.maxBody()
	if len(p.body) > maxBody {
		return fmt.Errorf("%w: %d bytes, limit %d", ErrBodyTooLarge, len(p.body), maxBody)
	}
	if o.AppendPropCRC && !p.open {
		p.reserve = propCRCSize
	}
	p.ownEnd = unended(p.own) && (len(p.batch) > 0 || p.reserve > 0 || p.open)
	p.batchEnd = unended(p.batch)
	p.props = len(p.own) + len(p.batch) + p.reserve
	if p.ownEnd {
		p.props++
	}
	if p.batchEnd {
		p.props++
	}
	if p.props > MaxProperties {
		return fmt.Errorf("%w: %d bytes, limit %d", ErrPropertiesTooLarge, p.props, MaxProperties)
	}
	p.size = h.fixed + len(p.body) + len(h.m.Topic) + p.props
	if limit := maxBody + recordSlack; p.size > limit {
		return fmt.Errorf("%w: %d bytes, limit %d", ErrRecordTooLarge, p.size, limit)
	}
	return nil
}

func unended(props []byte) bool { return len(props) > 0 && props[len(props)-1] != valueEnd }

// write fills b, which is exactly p.size bytes.
func (p *part) write(b []byte, h *head) {
	be := binary.BigEndian
	be.PutUint32(b, uint32(p.size))
	be.PutUint32(b[posMagic:], h.magic)
	be.PutUint32(b[posBodyCRC:], uint32(jvalue.CRC32(p.body)))
	be.PutUint32(b[posQueueID:], uint32(h.m.QueueID))
	be.PutUint32(b[posFlag:], uint32(p.flag))
	be.PutUint64(b[posQueueOffset:], 0)
	be.PutUint64(b[posPhyOffset:], 0)
	be.PutUint32(b[posSysFlag:], uint32(h.sysFlag))
	be.PutUint64(b[posBornTime:], uint64(h.m.BornTime))
	b = putHost(b[posBornHost:], h.born)
	be.PutUint64(b, 0) // store time
	b = putHost(b[8:], h.store)
	be.PutUint32(b, uint32(h.m.ReconsumeTimes))
	be.PutUint64(b[4:], uint64(p.prepared))
	be.PutUint32(b[12:], uint32(len(p.body)))
	b = b[16:]
	b = b[copy(b, p.body):]
	if h.magic == MagicV2 {
		be.PutUint16(b, uint16(len(h.m.Topic)))
		b = b[2:]
	} else {
		b[0] = byte(len(h.m.Topic))
		b = b[1:]
	}
	b = b[copy(b, h.m.Topic):]
	be.PutUint16(b, uint16(p.props))
	p.writeProperties(b[2:])
}

func (p *part) writeProperties(b []byte) {
	b = b[copy(b, p.own):]
	if p.ownEnd {
		b[0] = valueEnd
		b = b[1:]
	}
	b = b[copy(b, p.batch):]
	if p.batchEnd {
		b[0] = valueEnd
		b = b[1:]
	}
	if p.reserve > 0 {
		copy(b, propCRCBlank)
	}
}

// putHost writes a host field and returns what follows it.
func putHost(b []byte, a netip.AddrPort) []byte {
	n := 4
	if a.Addr().Is4() {
		ip := a.Addr().As4()
		copy(b, ip[:])
	} else {
		ip := a.Addr().As16()
		n = copy(b, ip[:])
	}
	binary.BigEndian.PutUint32(b[n:], uint32(a.Port()))
	return b[n+4:]
}
