package record

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
)

// An offset message id (Java: MessageDecoder.createMessageId) is the upper-case hex form of
//
//	+------------------+------+-----------+
//	|store address 4/16|port 4|phyOffset 8|
//	+------------------+------+-----------+
//
// so 32 or 56 characters. Clients connect to that address to look the message up.
const (
	offsetIDV4 = hostV4 + 8
	offsetIDV6 = hostV6 + 8
)

// AppendOffsetID appends the id of the record that the broker at host stored at phyOff.
func AppendOffsetID(dst []byte, host netip.AddrPort, phyOff int64) []byte {
	var raw [offsetIDV6]byte
	rest := putHost(raw[:], unmap(host))
	binary.BigEndian.PutUint64(rest, uint64(phyOff))
	return appendHex(dst, raw[:len(raw)-len(rest)+8])
}

// AppendOffsetID appends the record's id.
func (v *View) AppendOffsetID(dst []byte) []byte {
	dst = appendHex(dst, v.storeHost)
	var off [8]byte
	binary.BigEndian.PutUint64(off[:], uint64(v.PhyOffset))
	return appendHex(dst, off[:])
}

// ParseOffsetID reads an id, in letters of either case. Error: ErrMessageID.
func ParseOffsetID(id string) (host netip.AddrPort, phyOff int64, err error) {
	var raw [offsetIDV6]byte
	n := len(id) / 2
	if len(id) != 2*offsetIDV4 && len(id) != 2*offsetIDV6 {
		return host, 0, fmt.Errorf("%w: %d characters, want %d or %d", ErrMessageID, len(id), 2*offsetIDV4, 2*offsetIDV6)
	}
	if _, err := hex.Decode(raw[:], []byte(id)); err != nil {
		return host, 0, fmt.Errorf("%w: %w", ErrMessageID, err)
	}
	if port := binary.BigEndian.Uint32(raw[n-12:]); port > 0xFFFF {
		return host, 0, fmt.Errorf("%w: port %d", ErrMessageID, port)
	}
	return hostAddr(raw[:n-8]), int64(binary.BigEndian.Uint64(raw[n-8:])), nil
}

const upperHex = "0123456789ABCDEF"

func appendHex(dst, src []byte) []byte {
	for _, b := range src {
		dst = append(dst, upperHex[b>>4], upperHex[b&0xF])
	}
	return dst
}
