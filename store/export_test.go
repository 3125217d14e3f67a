package store

import "time"

// Hurried shortens what no user can configure, so that tests need not wait for it.
func Hurried(o Options) Options {
	o.upkeepEvery, o.queueSync = time.Millisecond, time.Millisecond
	o.QueueFlushInterval = time.Millisecond
	return o
}

// ByHand leaves deletion to CleanNow and to requests, and the time since the start to uptime.
func ByHand(o Options, uptime func() time.Duration) Options {
	o.cleanFirst, o.CleanInterval, o.LogDeletePause, o.QueueDeletePause = time.Hour, time.Hour, -1, -1
	o.uptime = uptime
	return o
}

// CleanNow is one round of deletion.
func CleanNow(s *Store) { s.clean() }

// Dispensable is the log offset up to which files may be deleted.
func Dispensable(s *Store) int64 { return s.dispensable() }

// Eager has the first round of deletion at once.
func Eager(o Options) Options {
	o.cleanFirst = time.Millisecond
	return o
}

// Paced has everything that upkeep does happen so often.
func Paced(o Options, every time.Duration) Options {
	o.upkeepEvery, o.queueSync, o.QueueFlushInterval = every, every, every
	return o
}

// SizeAt is the size that a Look would read.
func SizeAt(s *Store, phyOff int64, r *Read) (int, error) {
	r.store = s
	return s.sizeAt(phyOff, r, false)
}
