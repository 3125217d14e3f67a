// Package netio moves frames over connections: event loops, outboxes, limits. It knows no protocol:
// a Cutter tells where a frame ends, a Handler is given whole frames.
//
// # Who runs what
//
//	acceptor (one per listener)   accepts, admits or refuses, hands the socket to a loop
//	event loop (gnet)             reads, cuts, calls the Handler, writes
//	reader + writer               the same for a connection that left its loop: TLS
//	ticker                        coarse clock, idle and first-frame deadlines
//	writable                      tells loops which full sockets take bytes again
//
// Engine owns them all and Engine.Stop waits for them all. The callbacks of one connection never run
// at the same time. Other goroutines reach a connection only through its outbox.
//
// # Life of a connection
//
//	accept ─▶ sniff ─┬─▶ PROXY header: the peer is whom it names; sniff again
//	                 ├─▶ Opened ─▶ Frame… Batch, Frame… Batch ─▶ Closed
//	                 ├─▶ TLS: dup the descriptor, leave the loop, handshake ─▶ Opened ─▶ …
//	                 └─▶ HTTP: one answer that names the port ─▶ closed, the Handler never knew
//
// # Memory
//
// gnet cannot pause reading. All that a read brought is consumed at once: whole frames are views into
// the loop's buffer, and only an unfinished frame is copied, into a buffer that grows with the bytes
// that really came, up to the announced length. gnet never buffers output either: what the socket does
// not take stays in the outbox, which has limits, and a full socket is watched by our own poller.
//
// # Locks
//
//	outbox.mu, loop.mu, registry.mu, writable.mu    each a leaf; none is held while calling out
package netio
