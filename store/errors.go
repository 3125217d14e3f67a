package store

import (
	"errors"
	"slices"

	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/record"
)

var (
	// ErrManyLight: a message names a new light queue, and there are Options.MaxLight already.
	ErrManyLight = errors.New("store: too many light queues")
	// ErrClosed: the store is closed or closing.
	ErrClosed = errors.New("store: closed")
	// ErrReadOnly: the store takes no messages; the error that says so also wraps the cause.
	ErrReadOnly = errors.New("store: read-only")
	// ErrDiskFull: read-only until there is room again.
	ErrDiskFull = errors.New("store: disk full")
	// ErrBusy: more is waiting to be written than the store accepts. Java: OS_PAGE_CACHE_BUSY.
	ErrBusy = errors.New("store: busy")
	// ErrPanic: read-only because the program itself did what it must not.
	ErrPanic = errors.New("store: panic")
	// ErrWouldBlock: a NoWait call needs a goroutine that may block. Nothing was done.
	ErrWouldBlock = commitlog.ErrWouldBlock
	// ErrIllegal is for those who put to wrap: a message contradicts itself.
	ErrIllegal = errors.New("store: illegal message")
	// ErrNotFound: no record begins at that offset, or it was deleted.
	ErrNotFound = errors.New("store: no such message")
)

// ErrCorrupt tells which bytes of which file are not what was written there.
type ErrCorrupt = commitlog.ErrCorrupt

// IsIllegal reports whether a message is not stored because of what it is: it never will be, whenever it is tried. Limits
// and names do not change while the store is open.
func IsIllegal(err error) bool {
	return isAny(err, ErrIllegal, record.ErrBodyTooLarge, record.ErrPropertiesTooLarge, record.ErrTopicTooLong, record.ErrEmptyBody,
		record.ErrRecordTooLarge, record.ErrBatch, commitlog.ErrTooLarge, consumequeue.ErrName)
}

// IsUnavailable reports whether a put failed because the store takes no messages: others will fail as well, until somebody sees to it.
func IsUnavailable(err error) bool {
	return isAny(err, ErrClosed, ErrReadOnly, ErrDiskFull, commitlog.ErrClosed, commitlog.ErrFailed)
}

// IsBusy reports whether a put failed because of what waits before it: the same put may pass a little later.
func IsBusy(err error) bool { return isAny(err, ErrBusy, ErrWouldBlock) }

func isAny(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) })
}
