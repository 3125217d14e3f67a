package proxy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"strconv"
	"strings"
)

// ErrHeader: the bytes begin as a header does and are none.
var ErrHeader = errors.New("proxy: malformed header")

const (
	begin1 = "PROXY "
	begin2 = "\r\n\r\n\x00\r\nQUIT\n"

	maxLine  = 107 // of version 1, with its end
	fixed2   = 16  // bytes of version 2 in front of the addresses
	unixPair = 216
)

// maxKeptTLVs is how many bytes of TLVs a Header keeps: there may be 64 KiB of them on each connection.
const maxKeptTLVs = 1 << 10

// Header is what a proxy tells.
type Header struct {
	Version int // 1 or 2
	// Source is who dialled the proxy and Destination what it dialled. Both are zero if the proxy does not tell,
	// or tells of something else than IP.
	Source, Destination netip.AddrPort

	tlvs []byte // checked
}

// Begins says whether bytes begin with a header.
type Begins uint8

const (
	No    Begins = iota
	Maybe        // too few bytes to tell
	Yes
)

// Detect looks at the first bytes of a connection.
func Detect(b []byte) Begins {
	for _, begin := range []string{begin1, begin2} {
		switch {
		case len(b) >= len(begin) && string(b[:len(begin)]) == begin:
			return Yes
		case len(b) < len(begin) && strings.HasPrefix(begin, string(b)):
			return Maybe
		}
	}
	return No
}

// Parse reads the header that b begins with, and returns its length in bytes; 0 means that more has to come. Nothing
// is allocated by a length that the header announces. The Header keeps no view into b. Errors are ErrHeader.
func Parse(b []byte) (h Header, n int, err error) {
	if Detect(b) == No {
		return Header{}, 0, fmt.Errorf("%w: no signature", ErrHeader)
	}
	if len(b) > 0 && b[0] == begin2[0] {
		return parse2(b)
	}
	return parse1(b)
}

func parse1(b []byte) (h Header, n int, err error) {
	end := bytes.Index(b[:min(len(b), maxLine)], []byte("\r\n"))
	switch {
	case end < 0 && len(b) >= maxLine:
		return Header{}, 0, fmt.Errorf("%w: no end of line in %d bytes", ErrHeader, maxLine)
	case end < 0:
		return Header{}, 0, nil
	}
	h, n = Header{Version: 1}, end+2
	words := strings.Split(string(b[:end]), " ")
	family := words[1] // there is a blank in begin1
	switch {
	case family == "UNKNOWN":
		return h, n, nil
	case family != "TCP4" && family != "TCP6":
		return Header{}, 0, fmt.Errorf("%w: family %.20q", ErrHeader, family)
	case len(words) != 6:
		return Header{}, 0, fmt.Errorf("%w: %d words, want 6", ErrHeader, len(words))
	}
	var err2 error
	h.Source, err = endpoint(words[2], words[4], family == "TCP4")
	h.Destination, err2 = endpoint(words[3], words[5], family == "TCP4")
	if err = errors.Join(err, err2); err != nil {
		return Header{}, 0, fmt.Errorf("%w: %w", ErrHeader, err)
	}
	return h, n, nil
}

func endpoint(addr, port string, is4 bool) (netip.AddrPort, error) {
	a, err := netip.ParseAddr(addr)
	switch {
	case err != nil:
		return netip.AddrPort{}, fmt.Errorf("address %q", addr)
	case a.Is4() != is4 || a.Zone() != "":
		return netip.AddrPort{}, fmt.Errorf("address %q of another family", addr)
	}
	p, err := strconv.ParseUint(port, 10, 16)
	if err != nil || p == 0 {
		return netip.AddrPort{}, fmt.Errorf("port %q", port)
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(p)), nil
}

func parse2(b []byte) (h Header, n int, err error) {
	if len(b) < fixed2 {
		return Header{}, 0, nil
	}
	command, family, transport := b[12], b[13]>>4, b[13]&15
	switch {
	case command>>4 != 2:
		return Header{}, 0, fmt.Errorf("%w: version %d", ErrHeader, command>>4)
	case command&15 > 1:
		return Header{}, 0, fmt.Errorf("%w: command %d", ErrHeader, command&15)
	case command&15 == 1 && (family > 3 || transport > 2 || (family == 0) != (transport == 0)):
		return Header{}, 0, fmt.Errorf("%w: family %d, transport %d", ErrHeader, family, transport)
	}
	n = fixed2 + int(binary.BigEndian.Uint16(b[14:]))
	if len(b) < n {
		return Header{}, 0, nil
	}
	h = Header{Version: 2}
	if command&15 == 0 || family == 0 {
		return h, n, nil // whatever follows says nothing
	}
	addresses, rest := b[fixed2:n], []byte(nil)
	switch family {
	case 1:
		h.Source, h.Destination, rest = pair(addresses, 4)
	case 2:
		h.Source, h.Destination, rest = pair(addresses, 16)
	case 3:
		if len(addresses) >= unixPair {
			rest = addresses[unixPair:]
		}
	}
	if rest == nil {
		return Header{}, 0, fmt.Errorf("%w: %d bytes for addresses of family %d", ErrHeader, len(addresses), family)
	}
	if err := checkTLVs(rest); err != nil {
		return Header{}, 0, err
	}
	if 0 < len(rest) && len(rest) <= maxKeptTLVs {
		h.tlvs = bytes.Clone(rest)
	}
	return h, n, nil
}

// pair reads two addresses of so many bytes each, and their ports; rest is nil if there are too few bytes.
func pair(b []byte, size int) (source, destination netip.AddrPort, rest []byte) {
	if len(b) < 2*size+4 {
		return source, destination, nil
	}
	from, _ := netip.AddrFromSlice(b[:size])
	to, _ := netip.AddrFromSlice(b[size : 2*size])
	ports := b[2*size:]
	return netip.AddrPortFrom(from.Unmap(), binary.BigEndian.Uint16(ports)),
		netip.AddrPortFrom(to.Unmap(), binary.BigEndian.Uint16(ports[2:])), ports[4:]
}

// leastTLV is the length of a TLV that says something. Fewer bytes at the end are filling, to RocketMQ too.
const leastTLV = 4

func checkTLVs(b []byte) error {
	for len(b) >= leastTLV {
		n := 3 + int(binary.BigEndian.Uint16(b[1:]))
		if n > len(b) {
			return fmt.Errorf("%w: a TLV lies across the end", ErrHeader)
		}
		b = b[n:]
	}
	return nil
}

// Attributes are what the header tells, by the names that nginx gives them and RocketMQ has taken over. Values that
// are not ASCII are left out, and all TLVs if they are longer than 1 KiB. Java: HAProxyConstants,
// NettyRemotingServer.HAProxyMessageHandler.
func (h *Header) Attributes() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, e := range []struct {
			at   netip.AddrPort
			name string
		}{{h.Source, "proxy_protocol_"}, {h.Destination, "proxy_protocol_server_"}} {
			if e.at.IsValid() && !yield(e.name+"addr", e.at.Addr().String()) {
				return
			}
			if e.at.Port() > 0 && !yield(e.name+"port", strconv.Itoa(int(e.at.Port()))) {
				return
			}
		}
		for b := h.tlvs; len(b) >= leastTLV; {
			n := 3 + int(binary.BigEndian.Uint16(b[1:]))
			value := b[3:n]
			if isASCII(value) && !yield(fmt.Sprintf("proxy_protocol_tlv_0x%02x", b[0]), string(value)) {
				return
			}
			b = b[n:]
		}
	}
}

func isASCII(b []byte) bool {
	return !bytes.ContainsFunc(b, func(r rune) bool { return r >= 0x80 })
}
