package pull

import (
	"sync"
	"sync/atomic"
	"time"
)

// pace leaves the processors, and the disk, to those who send: while messages are stored, all workers that read old ones from
// the disk together take a share of the processors' time and no more. They are not slowed down below what it takes to gain on
// the end of the log.
type pace struct {
	share      func() int // percent; nil for 100
	processors int
	quit       <-chan struct{}

	busy atomic.Int64 // workers that read or rest

	mu     sync.Mutex
	end    int64 // of the log when it was looked at last
	stored time.Time
	owed   int64 // bytes that readers may read without a pause
}

const (
	storedLately = 100 * time.Millisecond // messages count as being stored for so long after one was

	// paceGain is how many times what is stored is read without a pause, so that as many groups, less one, that each read all of it
	// come closer to the end; owed holds maxOwed at most, about a second of what a disk gives.
	paceGain = 4
	maxOwed  = 64 << 20

	maxRest = time.Second // of a worker, however slow the disk is
)

// pause is how long a worker rests that has read so many bytes from the disk in so long; end is the log's.
func (p *pace) pause(took time.Duration, read int, end int64, now time.Time) time.Duration {
	if p.share == nil || read == 0 {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stored.IsZero() {
		p.end, p.stored = end, now.Add(-storedLately)
	}
	if end > p.end {
		p.owed = min(maxOwed, p.owed+paceGain*(end-p.end))
		p.end, p.stored = end, now
	}
	p.owed = max(0, p.owed-int64(read))
	share := time.Duration(p.share())
	if p.owed > 0 || share >= 100 || now.Sub(p.stored) >= storedLately {
		return 0
	}
	share *= time.Duration(p.processors)
	return min(maxRest, max(0, took*(100*time.Duration(p.busy.Load())-share)/share))
}

// rest pauses the calling worker, or until the handler is closed.
func (p *pace) rest(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-p.quit:
	}
}
