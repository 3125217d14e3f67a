// Package send serves what producers ask for: SEND_MESSAGE, SEND_MESSAGE_V2 and SEND_BATCH_MESSAGE.
//
// A send runs inline, on the loop that cut its frame: header scan, checks against the topic table,
// one record encoded into reused memory, one append into a mapping that is populated ahead. Where the
// append would have to wait (the next file is not ready) the request runs again on a pool.
//
// With synchronous flush the request detaches; the watermark's advance answers it. Nobody sleeps.
package send
