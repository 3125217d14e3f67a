package consumequeue

import "errors"

var (
	// ErrName: the topic or the queue id cannot be the name of a directory.
	ErrName = errors.New("consumequeue: topic or queue id is no directory name")
	// ErrBatch: the queue offset of a batch or its number of messages cannot be.
	ErrBatch = errors.New("consumequeue: no batch")
	// ErrGap: the queue offset is so far ahead that the record's header must be damaged.
	ErrGap = errors.New("consumequeue: queue offset too far ahead")
	// ErrOrder: the queue offset belongs to a message of the queue that lies before this one in the log.
	ErrOrder = errors.New("consumequeue: queue offset is taken")
	// ErrDeleted: the queue was deleted; there may be a new one of its name.
	ErrDeleted = errors.New("consumequeue: queue deleted")
	// ErrGone: the entries were deleted meanwhile.
	ErrGone = errors.New("consumequeue: entries are gone")
	// ErrClosed: the set is closed.
	ErrClosed = errors.New("consumequeue: closed")
)
