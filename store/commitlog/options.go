package commitlog

import (
	"log/slog"
	"time"
)

// Options of a log. All fields must be set but More, ReadOnly, Full, Room, PropCRC, SkipCRC, Sync and Flushed.
type Options struct {
	Dir         string                 // below the root of the FS
	More        []string               // other directories with files of the log, in which new ones are made too
	ReadOnly    []string               // those in which none are made
	Full        func(dir string) bool  // such a directory gets no new file while another has room; nil for none
	Room        func(dir string) int64 // bytes of the disk that the log may take now; nil: what there is
	SetAside    string                 // directory for what recovery cannot use and does not delete
	SegmentSize int64                  // bytes, at most 2³¹-1

	Sync          bool          // flush whenever somebody waits, not by the clock
	FlushInterval time.Duration // when not Sync
	LeastPages    int           // dirty 4 KiB pages below which a timed flush is left out
	Thorough      time.Duration // after which nothing is left out
	Flushed       func()        // called by the flusher when the watermark has moved; must not block

	Window  int64        // bytes behind the end that are read from memory
	PropCRC bool         // records end with a CRC property, which recovery looks at
	SkipCRC bool         // recovery believes any record whose lengths agree
	Now     func() int64 // Unix milliseconds
	Log     *slog.Logger
}
