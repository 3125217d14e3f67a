package remoting

import (
	"net/netip"

	"github.com/gannetmq/gannet/remoting/netio"
)

// Peer is where a request came from and where its answers go. netio.Conn is one; tests have another.
// Methods may be called from any goroutine.
type Peer interface {
	// ID is unique in this process and never reused.
	ID() uint64
	// RemoteAddr is the client's address: from the PROXY header if there was one.
	RemoteAddr() netip.AddrPort
	// Write queues a copy of frame. It never blocks. netio.ErrClosed, netio.ErrSlowReader.
	Write(frame []byte) error
	// WriteBuffer queues b without copying and owns it from here, also when it fails.
	WriteBuffer(b *netio.Buffer) error
	// Congested reports that so much is unsent that new work should be refused.
	Congested() bool
	// Close ends the connection after what is queued was written; reason goes to the log.
	Close(reason string)
}
