package txn

import (
	"errors"
	"fmt"

	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
)

// errNoHalf: there is no half message where one was expected.
var errNoHalf = errors.New("txn: no half message")

// readBatch is how many messages of a queue are read at once.
const readBatch = 32

// reader reads one of the two queues.
type reader struct {
	store *store.Store
	topic []byte
	read  store.Read
	buf   []byte
	view  record.View
}

// next reads messages from a queue offset on, in order, those left out that are damaged or deleted. False
// if there are none; read.Next is where to go on in either case.
func (r *reader) next(off int64) (bool, error) {
	for {
		q := store.Query{Topic: r.topic, QueueID: halfQueue, Offset: off, Max: readBatch}
		status, err := r.store.Get(&q, &r.read)
		switch {
		case err != nil:
			return false, fmt.Errorf("txn: %s at %d: %w", r.topic, off, err)
		case status == store.Found:
			return true, nil
		case r.read.Next <= off || r.read.Next >= r.read.Max:
			return false, nil
		}
		off = r.read.Next
	}
}

// bytes copies message i of those that were read. What it returns is valid until the next call.
func (r *reader) bytes(i int) []byte {
	r.buf = r.read.AppendRecord(r.buf[:0], i)
	return r.buf
}

// record is message i, parsed.
func (r *reader) record(i int) (*record.View, error) {
	kind, err := record.Parse(r.bytes(i), &r.view, record.CheckCRC)
	if err == nil && kind != record.Record {
		err = errors.New("txn: no record")
	}
	return &r.view, err
}

// number reads a property; or if there is none. The error is that of a property that is no number.
func number[N int32 | int64](v *record.View, key string, or N) (N, error) {
	value, ok := v.Property(key)
	if !ok {
		return or, nil
	}
	n, err := jvalue.ParseLong(value)
	if err != nil || int64(N(n)) != n {
		return or, fmt.Errorf("%s: %w", key, errors.Join(jvalue.ErrNumber, err))
	}
	return N(n), nil
}
