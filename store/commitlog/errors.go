package commitlog

import (
	"errors"
	"fmt"
)

var (
	// ErrWouldBlock: the room for the append is not prepared yet, or what was asked for is not known
	// to be in memory. Nothing was done.
	ErrWouldBlock = errors.New("commitlog: would block")
	// ErrClosed: the log was closed.
	ErrClosed = errors.New("commitlog: closed")
	// ErrFailed: a write or a sync failed. The log takes nothing more; reading goes on.
	ErrFailed = errors.New("commitlog: failed, read-only")
	// ErrPanic: the program itself did what it must not. The log has failed.
	ErrPanic = errors.New("commitlog: panic")
	// ErrQueueGone: the counter is negative, which its owner made it when the queue ended.
	ErrQueueGone = errors.New("commitlog: the queue is gone")
	// ErrTooLarge: what is to be appended does not fit into one segment.
	ErrTooLarge = errors.New("commitlog: larger than a segment")
	// ErrOffset: the offset lies outside the log, or no record begins there.
	ErrOffset = errors.New("commitlog: no record at offset")
	// ErrLayout: the files of the directory do not make up a log of the configured kind.
	ErrLayout = errors.New("commitlog: files do not fit together")
)

// ErrCorrupt tells of bytes that are not what was written there.
type ErrCorrupt struct {
	File   string // below the store's root
	Offset int64  // in the log
	Err    error  // what is wrong
}

func (e *ErrCorrupt) Error() string {
	return fmt.Sprintf("commitlog: %s: corrupt at offset %d: %v", e.File, e.Offset, e.Err)
}

func (e *ErrCorrupt) Unwrap() error { return e.Err }

// What is wrong with corrupt bytes, besides what record.Parse says.
var (
	errNotRecord = errors.New("no record begins here")
	errMisplaced = errors.New("a record of another offset")
	errSeal      = errors.New("the CRC property is not that of the record")
	errUnwritten = errors.New("nothing was written here")
	errBlank     = errors.New("a blank that does not end with its file")
	errCutShort  = errors.New("the record goes on behind the end")
)
