package store

import "time"

// Hurried shortens what no user can configure, so that tests need not wait for it.
func Hurried(o Options) Options {
	o.upkeepEvery, o.queueSync = time.Millisecond, time.Millisecond
	o.QueueFlushInterval = time.Millisecond
	return o
}
