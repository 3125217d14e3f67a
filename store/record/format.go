package record

// Layout of a record (Java: MessageExtEncoder, CommitLog.checkMessageAndReturnSize). Big endian.
// Positions hold for an IPv4 born host; with an IPv6 one everything behind it lies 12 further on,
// and the same again behind an IPv6 store host.
//
//	 0      4      8        12       16    20           28         36       40        48
//	+------+------+--------+--------+-----+------------+----------+--------+---------+----------+
//	|size 4|magic4|bodyCRC4|queueID4|flag4|queueOffset8|phyOffset8|sysFlag4|bornTime8|bornHost  |
//	+------+------+--------+--------+-----+------------+----------+--------+---------+----------+
//
//	 56         64        72              76              84       88     88+n          …
//	+----------+---------+---------------+---------------+--------+------+-------------+---------+
//	|storeTime8|storeHost|reconsumeTimes4|preparedOffset8|bodyLen4|body n|topicLen topic|propsLen2|
//	+----------+---------+---------------+---------------+--------+------+-------------+---------+
//	                                                                                    |props    |
//	size       the whole record, this word included
//	bodyCRC    CRC-32 (IEEE) of the body with the sign bit cleared; 0 for an empty body
//	hosts      4 or 16 address bytes (sysFlag says which), then the port as 4 bytes
//	topicLen   1 byte, signed, in version 1 records; 2 bytes in version 2
//	propsLen   signed, so at most 32767; see properties.go for what is inside
//
// queueOffset, phyOffset and storeTime are known only inside the append and patched there.
//
// A record that does not fit into its file is preceded by a blank, which is written as eight bytes
// and stands for the rest of the file:
//
//	+-----------+-------+
//	|remaining 4|magic 4|
//	+-----------+-------+

// Magic words. Part of the format.
const (
	MagicV1    uint32 = 0xDAA320A7 // Java: MESSAGE_MAGIC_CODE
	MagicV2    uint32 = 0xDAA320AB // Java: MESSAGE_MAGIC_CODE_V2, topic length of two bytes
	MagicBlank uint32 = 0xCBD43194 // Java: BLANK_MAGIC_CODE
)

// BlankSize is how many bytes of a blank are written, and so the least room that a record leaves
// behind itself in its file.
const BlankSize = 8

// MinSize is the size of a version 1 record with IPv4 hosts and without body, topic and properties.
const MinSize = 91

// Positions inside a record. Part of the format.
const (
	posMagic       = 4
	posBodyCRC     = 8
	posQueueID     = 12
	posFlag        = 16
	posQueueOffset = 20
	posPhyOffset   = 28
	posSysFlag     = 36
	posBornTime    = 40
	posBornHost    = 48

	hostV4 = 8
	hostV6 = 20
)

// Bits of sysFlag (Java: MessageSysFlag).
const (
	SysCompressed int32 = 0x1 // the body; compression type in SysCompressionMask
	SysMultiTags  int32 = 0x2

	SysTranMask     int32 = 0xC
	SysTranNone     int32 = 0x0
	SysTranPrepared int32 = 0x4
	SysTranCommit   int32 = 0x8
	SysTranRollback int32 = 0xC

	SysBornHostV6  int32 = 0x10
	SysStoreHostV6 int32 = 0x20
	SysNeedUnwrap  int32 = 0x40 // an inner batch that clients must take apart
	SysInnerBatch  int32 = 0x80

	SysCompressionMask int32 = 0x700 // with SysCompressed; zero there means ZLIB too
	SysCompressionLZ4  int32 = 0x100
	SysCompressionZSTD int32 = 0x200
	SysCompressionZLIB int32 = 0x300
)

// Limits.
const (
	// MaxMessageSize is Java's default for the body, in bytes (maxMessageSize).
	MaxMessageSize = 4 << 20
	// recordSlack is what a record may have beyond its body: a record, or all records of a batch
	// together, may be MaxMessageSize + recordSlack bytes.
	recordSlack = 64 << 10
	// MaxProperties is in bytes, the CRC property included.
	MaxProperties = 32767
	// MaxTopicV1 is what a signed length byte can say; longer topics need a version 2 record.
	MaxTopicV1 = 127
	// MaxTopicV2 is not the format's limit but that of a directory name.
	MaxTopicV2 = 255
)

// Queued reports whether a record with this sysFlag has a place in a consume queue: prepared and
// rolled back ones have none, and their queue offset is 0.
func Queued(sysFlag int32) bool {
	t := sysFlag & SysTranMask
	return t == SysTranNone || t == SysTranCommit
}

// hostSizes returns the sizes of the two host fields.
func hostSizes(sysFlag int32) (born, store int) {
	born, store = hostV4, hostV4
	if sysFlag&SysBornHostV6 != 0 {
		born = hostV6
	}
	if sysFlag&SysStoreHostV6 != 0 {
		store = hostV6
	}
	return born, store
}
