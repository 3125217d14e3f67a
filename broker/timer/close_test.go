package timer

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Who is stuck holds nobody up for longer than he is given.
func TestCloseEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), options())
		on := make(chan struct{})
		b.after("a", 2*time.Second)
		b.failing(func(*record.Message) error {
			<-on
			return nil
		})
		<-time.After(10 * time.Second)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		began := time.Now()
		if err := b.Timer.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 2*time.Second {
			t.Errorf("got %v after %v, want %v after 1s", err, time.Since(began), context.DeadlineExceeded)
		}
		close(on)
		<-b.still
		if err := errors.Join(b.book.Close(), b.store.Close()); err != nil {
			t.Error(err)
		}
	})
}
