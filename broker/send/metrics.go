package send

import "sync/atomic"

// Metrics of the send path.
type Metrics struct {
	Messages      atomic.Int64 // stored
	Bytes         atomic.Int64 // of records stored
	Refused       atomic.Int64
	Oversized     atomic.Int64 // those of them with a body above Options.Encode.MaxMessageSize
	Moved         atomic.Int64 // sends that left the loop because they would have blocked
	FlushTimeouts atomic.Int64
	Returned      atomic.Int64 // messages that consumers sent back
	Buried        atomic.Int64 // messages that became dead letters
}
