package broker

import (
	"log/slog"
	"sync"
	"time"
)

// Topics and groups are written when they change. If that fails, what the table holds would be lost with a crash, so
// it is tried again, at first soon and then less often.
const (
	saveAgain  = time.Second
	saveSeldom = 30 * time.Second
)

// saves tries again what could not be written. It sleeps while there is nothing.
type saves struct {
	save   func() error // asks to be called again (want) when it fails
	log    *slog.Logger
	wanted chan struct{}
	stop   chan struct{}
	wg     sync.WaitGroup
}

func newSaves(save func() error, log *slog.Logger) *saves {
	return &saves{save: save, log: log, wanted: make(chan struct{}, 1), stop: make(chan struct{})}
}

// want has save called later. It does not block.
func (s *saves) want() {
	select {
	case s.wanted <- struct{}{}:
	default:
	}
}

func (s *saves) start() { s.wg.Go(s.run) }

// close ends the attempts; it waits for one that has begun.
func (s *saves) close() {
	close(s.stop)
	s.wg.Wait()
}

func (s *saves) run() {
	pause := saveAgain
	for {
		select {
		case <-s.stop:
			return
		case <-s.wanted:
		}
		timer := time.NewTimer(pause)
		select {
		case <-s.stop:
			timer.Stop()
			return
		case <-timer.C:
		}
		if err := s.save(); err != nil {
			s.log.Warn("topics or groups are still not written", "error", err)
			pause = min(2*pause, saveSeldom)
			continue
		}
		s.log.Info("topics and groups are written")
		pause = saveAgain
	}
}
