package record

import "bytes"

// An element of a batch brings properties of its own, which are looked at by nobody else: what its sender may not say is left out here,
// as broker/send does of a message.

// bare returns the properties of an element without those that tell a message's place, those that only the broker writes, and those
// that belong to one delivery. Memory is that of *scratch, if any is needed.
func bare(scratch *[]byte, raw []byte) []byte {
	for rest := raw; len(rest) > 0; {
		item := firstItem(rest)
		if ours(item) {
			*scratch = appendBare((*scratch)[:0], raw)
			return *scratch
		}
		rest = rest[len(item):]
	}
	return raw
}

func appendBare(dst, raw []byte) []byte {
	for len(raw) > 0 {
		item := firstItem(raw)
		if !ours(item) {
			dst = append(dst, item...)
		}
		raw = raw[len(item):]
	}
	return dst
}

// firstItem is the first item of properties, with its separator.
func firstItem(raw []byte) []byte {
	if end := bytes.IndexByte(raw, valueEnd) + 1; end > 0 {
		return raw[:end]
	}
	return raw
}

// ours reports whether an item is not for a sender to give. The first byte tells of nearly all that are.
func ours(item []byte) bool {
	switch item[0] {
	case 'I', 'P', 'C', 'M', 'T':
		name, _, _ := bytes.Cut(item, nameEnds)
		switch string(name) {
		case PropInnerBase, PropInnerNum, PropInnerMultiQueueOffset, PropPopCK, PropCluster, PropMsgRegion, PropTraceSwitch:
			return true
		}
	case '_':
		return bytes.HasPrefix(item, transient)
	}
	return false
}

var (
	nameEnds  = []byte{nameEnd}
	transient = []byte(PropTransientPrefix)
)
