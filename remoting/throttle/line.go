// Package throttle keeps what strangers can cause from flooding the log.
package throttle

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// Quiet is how long a Line that was written is kept quiet.
const Quiet = 10 * time.Second

// Line is one place that logs. It is safe for concurrent use and takes no lock; the zero value is usable.
type Line struct {
	Most int64 // lines in each Quiet, about; 0 means one

	since atomic.Int64 // when the lines of now began, Unix nanoseconds
	told  atomic.Int64 // lines since then
	left  atomic.Int64 // lines left out that nobody was told of
}

// Due reports whether the line is worth writing now, and how many were left out since that was told last. It is for
// lines that are dear to make.
func (l *Line) Due() (left int64, ok bool) { return l.due(l.Most) }

func (l *Line) due(most int64) (left int64, ok bool) {
	now, since := time.Now().UnixNano(), l.since.Load()
	switch {
	case now-since >= int64(Quiet) && l.since.CompareAndSwap(since, now):
		l.told.Store(1)
		return l.left.Swap(0), true
	case l.told.Add(1) <= most:
		return 0, true
	}
	l.left.Add(1)
	return 0, false
}

// Log writes the line if it is due, with the number of those left out if there are any.
func (l *Line) Log(to *slog.Logger, level slog.Level, msg string, args ...any) {
	left, ok := l.Due()
	if !ok {
		return
	}
	if left > 0 {
		args = append(args, LeftOut, left)
	}
	to.Log(context.Background(), level, msg, args...)
}

// LeftOut is the name under which lines tell how many like them were not written.
const LeftOut = "similar lines left out"
