// Package wire turns the bytes of one RocketMQ remoting frame into a Command and back.
//
// It is pure: no sockets, no clocks, no goroutines. What a code means is the business of
// remoting/protocol; how bytes arrive is the business of remoting/netio.
//
// Layout of a frame (Java: RemotingCommand, NettyDecoder):
//
//	 0       4       8             8+h            4+length
//	+-------+-------+--------------+--------------+
//	|length |t| h   | header       | body         |
//	+-------+-------+--------------+--------------+
//
//	length  int32  bytes after this word: 4 + h + len(body)
//	t       uint8  serialisation of the header: 0 JSON, 1 ROCKETMQ (binary)
//	h       uint24 bytes of the header
package wire
