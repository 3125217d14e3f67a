package bench

import (
	"context"
	"errors"
	"net"
	"time"
)

// errClosed says that the broker has hung up.
var errClosed = errors.New("the broker closed the connection")

// atEnd interrupts what is under way on conn when ctx ends. The returned function must be called once; after it the
// connection's deadlines are the caller's.
func atEnd(ctx context.Context, conn net.Conn) (release func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = conn.SetDeadline(time.Now())
		close(done)
	})
	return func() {
		if !stop() {
			<-done
		}
	}
}

// drain waits for what is outstanding when the load has ended: an answer that never comes must not go unnoticed, and
// what was taken last has to be committed too. What has none when a client would have given up is counted as failed.
func (l *lane) drain() error {
	l.draining = true
	_ = l.conn.SetDeadline(time.Now().Add(l.patience))
	err := l.flush()
	for err == nil && len(l.free) < l.window {
		if _, err = l.receive(); err == nil {
			err = l.flush()
		}
	}
	l.giveUp(time.Now())
	var network net.Error
	if errors.Is(err, errTick) || errors.Is(err, errClosed) || errors.As(err, &network) {
		return nil // which giveUp has counted
	}
	return err
}

// giveUp counts the requests without an answer.
func (l *lane) giveUp(now time.Time) {
	for i := range l.slots {
		if use := &l.slots[i]; use.busy {
			l.result.leftOver(now.Sub(use.since), false)
			if l.refused == "" {
				l.refused = "no answer"
			}
		}
	}
}

// lookEvery is how often it is looked whether what is waited for has come.
const lookEvery = 20 * time.Millisecond

// await counts until there are as many as wanted, or until there have been no more for so long, and returns the last count.
func await(ctx context.Context, want int64, stall time.Duration, count func() (int64, error)) (int64, error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	most, since := int64(-1), time.Now()
	for {
		n, err := count()
		if err != nil || n >= want {
			return n, err
		}
		if n > most {
			most, since = n, time.Now()
		} else if time.Since(since) >= stall {
			return n, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return n, nil
		}
	}
}
