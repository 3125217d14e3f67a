package record

import (
	"encoding/binary"
	"net/netip"
	"sync/atomic"
	"time"
)

// UniqKeys makes ids for messages whose producer gave none, in the form of Java's client
// (MessageClientIDSetter): the upper-case hex form of
//
//	+------------+-----+------+-------------------------+---------+
//	|address 4/16|pid 2|salt 4|ms since the month began 4|counter 2|
//	+------------+-----+------+-------------------------+---------+
//
// Tools read the send time out of it. The month is that of the zone given to NewUniqKeys, as Java's
// is that of the machine. Safe for concurrent use.
type UniqKeys struct {
	prefix  []byte // hex
	zone    *time.Location
	counter atomic.Uint32
	month   atomic.Pointer[month]
}

// month is a calendar month in Unix milliseconds, end excluded.
type month struct{ begin, end int64 }

// NewUniqKeys makes a maker for this process. The salt stands where Java has the hash of its class
// loader; a random one keeps two processes of one pid (in containers) apart. A nil zone is UTC.
func NewUniqKeys(addr netip.Addr, pid int, salt uint32, zone *time.Location) *UniqKeys {
	if zone == nil {
		zone = time.UTC
	}
	raw := addr.Unmap().AsSlice()
	if raw == nil {
		raw = make([]byte, 4)
	}
	raw = binary.BigEndian.AppendUint16(raw, uint16(pid))
	raw = binary.BigEndian.AppendUint32(raw, salt)
	return &UniqKeys{prefix: appendHex(nil, raw), zone: zone}
}

// Append appends a new id, for a message sent at now in Unix milliseconds. It allocates once a month.
func (u *UniqKeys) Append(dst []byte, now int64) []byte {
	m := u.month.Load()
	if m == nil || now < m.begin || now >= m.end {
		m = u.monthOf(now)
		u.month.Store(m)
	}
	var raw [6]byte
	binary.BigEndian.PutUint32(raw[:], uint32(now-m.begin))
	binary.BigEndian.PutUint16(raw[4:], uint16(u.counter.Add(1)-1))
	return appendHex(append(dst, u.prefix...), raw[:])
}

func (u *UniqKeys) monthOf(now int64) *month {
	t := time.UnixMilli(now).In(u.zone)
	first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, u.zone)
	return &month{begin: first.UnixMilli(), end: first.AddDate(0, 1, 0).UnixMilli()}
}
