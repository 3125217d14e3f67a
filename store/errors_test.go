package store_test

import (
	"fmt"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// An error of a put says whether the message, the store or the moment is to blame: one of them.
func TestBlame(t *testing.T) {
	s, err := store.Open(vfs.NewMem(), store.Options{LogFileSize: 1 << 20, QueueFileSize: 60_000, NoIndex: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	_, name := s.Queue([]byte(".."), 0)
	for err, want := range map[error]string{
		name:                                    "message",
		fmt.Errorf("two: %w", store.ErrIllegal): "message",
		fmt.Errorf("some: %w", record.ErrBodyTooLarge): "message",
		record.ErrBatch:       "message",
		commitlog.ErrTooLarge: "message",
		store.ErrReadOnly:     "store",
		store.ErrDiskFull:     "store",
		commitlog.ErrFailed:   "store",
		store.ErrClosed:       "store",
		store.ErrBusy:         "moment",
		store.ErrWouldBlock:   "moment",
		store.ErrManyLight:    "",
		store.ErrNotFound:     "",
		record.ErrBodyCRC:     "",
	} {
		got := ""
		for word, is := range map[string]bool{"message": store.IsIllegal(err), "store": store.IsUnavailable(err), "moment": store.IsBusy(err)} {
			if is {
				got += word
			}
		}
		if got != want {
			t.Errorf("%v: to blame is %q, want %q", err, got, want)
		}
	}
}
