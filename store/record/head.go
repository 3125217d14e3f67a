package record

import "encoding/binary"

// Head is what the first MinSize bytes of a record tell when the rest is not at hand. Nothing vouches
// for it but the magic.
type Head struct {
	Size        int32 // whole record, at least MinSize
	QueueID     int32
	QueueOffset int64
	PhyOffset   int64
	SysFlag     int32
	StoreTime   int64 // Unix milliseconds
}

// ParseHead reads the head of the record that b begins with; not ok if b is shorter than MinSize or
// begins with no record.
func ParseHead(b []byte) (h Head, ok bool) {
	if len(b) < MinSize {
		return h, false
	}
	be := binary.BigEndian
	magic := be.Uint32(b[posMagic:])
	h.Size = int32(be.Uint32(b))
	if magic != MagicV1 && magic != MagicV2 || h.Size < MinSize {
		return h, false
	}
	h.QueueID = int32(be.Uint32(b[posQueueID:]))
	h.QueueOffset = int64(be.Uint64(b[posQueueOffset:]))
	h.PhyOffset = int64(be.Uint64(b[posPhyOffset:]))
	h.SysFlag = int32(be.Uint32(b[posSysFlag:]))
	born, _ := hostSizes(h.SysFlag)
	h.StoreTime = int64(be.Uint64(b[posBornHost+born:]))
	return h, true
}
