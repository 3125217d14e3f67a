// Package send serves what puts messages: SEND_MESSAGE, SEND_MESSAGE_V2 and SEND_BATCH_MESSAGE of producers, replies, and
// CONSUMER_SEND_MSG_BACK of consumers.
//
// A send runs inline, on the loop that cut its frame: header scan, checks against the topic table,
// one record encoded into reused memory, one append into a mapping that is populated ahead. Where the
// append would have to wait (the next file is not ready) the request runs again on a pool.
//
// What a message asks for beyond being stored now is served by hooks (hook.go), which send it elsewhere; the broker's own
// messages go in by Store (inner.go). What consumers could not consume comes back by back.go, or by a send of theirs
// (retry.go), and after too many failures goes to the dead letters.
//
// What a property means that comes twice, its last value says, as in Java's map. Those that tell a message's place are the
// log's: package record takes none from a sender, where Java does.
//
// With synchronous flush the request detaches; the watermark's advance answers it. Nobody sleeps.
package send
