package recovery

import (
	"fmt"

	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/vfs"
)

// Tally is the content of layout.TallyFile: one line of decimal numbers, as of a clean close, of where the
// log began and ended, how many simple queues had had messages, how many entries they had, and the same of
// batch queues and their messages. It tells whether queues were lost while nobody had the store open: a directory that somebody
// removed, a file that a backup left out. It says nothing about a log of another length, which Java
// has written to meanwhile; there consumers are asked.
type Tally struct{ LogStart, LogEnd, Queues, Entries, BatchQueues, Batched int64 }

func (t Tally) String() string {
	return fmt.Sprintf("%d %d %d %d %d %d\n", t.LogStart, t.LogEnd, t.Queues, t.Entries, t.BatchQueues, t.Batched)
}

// Add counts a queue with n messages. One without messages may have no files either, and does not count.
func (t *Tally) Add(batch bool, n int64) {
	switch {
	case n <= 0:
	case batch:
		t.BatchQueues++
		t.Batched += n
	default:
		t.Queues++
		t.Entries += n
	}
}

func parseTally(b []byte) (t Tally, ok bool) {
	n, err := fmt.Sscanf(string(b), "%d %d %d %d %d %d", &t.LogStart, &t.LogEnd, &t.Queues, &t.Entries, &t.BatchQueues, &t.Batched)
	return t, n == 6 && err == nil
}

// maxTally is more than a tally has bytes.
const maxTally = 4096

// ReadTally reads the tally of the last clean close; found is false if there is none, ok if it cannot be read.
func ReadTally(fsys vfs.FS) (t Tally, found, ok bool, err error) {
	b, _, err := vfs.ReadFile(fsys, layout.TallyFile, maxTally)
	if err != nil || len(b) == 0 {
		return t, false, false, err
	}
	t, ok = parseTally(b)
	return t, true, ok, nil
}

// Loss is whether queues were lost while nobody had the directory open.
type Loss struct {
	Counted   bool   // by a tally, which is of this log
	Got, Want Tally  // if Counted
	Queue     string // as TOPIC-ID: a group has consumed more of it than there is. Empty for none, and if Counted
}

// Lost reports whether they were.
func (l Loss) Lost() bool { return l.Queue != "" || l.Counted && l.Got != l.Want }

// Lost finds out whether queues were lost, of a directory that was closed in order and whose log is [start, end). count
// counts them, of which those messages are no part that the log has not any more; consumers says how far queues reach.
func Lost(fsys vfs.FS, start, end int64, count func() (Tally, error), consumers *Consumers) (l Loss, err error) {
	want, _, ok, err := ReadTally(fsys)
	if err != nil {
		return l, err
	}
	if !ok || want.LogStart != start || want.LogEnd != end {
		l.Queue = consumers.beyond(false)
		return l, nil
	}
	l.Counted, l.Want = true, want
	l.Got, err = count()
	l.Got.LogStart, l.Got.LogEnd = start, end
	return l, err
}

// Missing returns a queue without messages of which a group has consumed after all, in a directory that was never counted;
// empty if there is none.
func Missing(fsys vfs.FS, consumers *Consumers) (queue string, err error) {
	_, found, _, err := ReadTally(fsys)
	if err != nil || found {
		return "", err
	}
	return consumers.beyond(true), nil
}
