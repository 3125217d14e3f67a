package store

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/vfs"
)

// tally is the content of layout.TallyFile: one line of decimal numbers, as of a clean close, of where the
// log began and ended, how many simple queues had had messages, how many entries they had, and the same of
// batch queues and their messages. It tells whether queues were lost while nobody had the store open: a directory that somebody
// removed, a file that a backup left out. It says nothing about a log of another length, which Java
// has written to meanwhile; there consumers are asked.
type tally struct{ logStart, logEnd, queues, entries, batchQueues, batched int64 }

// maxTally is more than a tally has bytes.
const maxTally = 4096

func (t tally) String() string {
	return fmt.Sprintf("%d %d %d %d %d %d\n", t.logStart, t.logEnd, t.queues, t.entries, t.batchQueues, t.batched)
}

func parseTally(b []byte) (t tally, ok bool) {
	n, err := fmt.Sscanf(string(b), "%d %d %d %d %d %d", &t.logStart, &t.logEnd, &t.queues, &t.entries, &t.batchQueues, &t.batched)
	return t, n == 6 && err == nil
}

// count makes the tally of now. The queues' Min must be right for the log.
func (s *Store) count(logEnd int64) tally {
	t := tally{logStart: s.log.Start(), logEnd: logEnd}
	for q := range s.queues.All() {
		switch n := q.Max() - q.Min(); {
		case n <= 0: // a queue without messages may have no files either
		case q.Batched():
			t.batchQueues++
			t.batched += n
		default:
			t.queues++
			t.entries += n
		}
	}
	return t
}

// queuesLost reports whether a clean close counted other queues than there are now, for this log, or,
// if it was not ours, a group has consumed more than there is. counted says that it was ours.
func (s *Store) queuesLost(logEnd int64) (lost, counted bool, err error) {
	b, _, err := vfs.ReadFile(s.fsys, layout.TallyFile, maxTally)
	if err != nil {
		return false, false, err
	}
	want, ok := parseTally(b)
	if !ok || want.logStart != s.log.Start() || want.logEnd != logEnd {
		return s.consumedLost(false), false, nil
	}
	if err := s.queues.CorrectMin(s.log.Start()); err != nil {
		return false, false, err
	}
	got := s.count(logEnd)
	if got != want {
		s.opt.Log.Error("consume queues are not as they were left, and are rebuilt from the log",
			"got", got.String(), "want", want.String())
	}
	return got != want, true, nil
}

// consumedLost reports whether queues must be rebuilt because of what was consumed from them.
func (s *Store) consumedLost(missingOnly bool) bool {
	queue := s.consumedBeyond(missingOnly)
	if queue != "" {
		s.opt.Log.Error("a group has consumed more of a queue than there is; the queues are rebuilt from the log", "queue", queue)
	}
	return queue != ""
}

// missingConsumed reports the same after a crash, of whole queues, and only of a directory that we have not
// counted yet.
func (s *Store) missingConsumed() (bool, error) {
	b, _, err := vfs.ReadFile(s.fsys, layout.TallyFile, maxTally)
	return err == nil && len(b) == 0 && s.consumedLost(true), err
}

// writeTally leaves the tally for the next Open.
func (s *Store) writeTally() error {
	return writeFile(s.fsys, ".", layout.TallyFile, s.count(s.log.End()).String())
}

// writeFile replaces the content of a small file, durably. A crash may leave half of it.
func writeFile(fsys vfs.FS, dir, name, content string) error {
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = fsys.Create(name, 0)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte(content), 0)
	return errors.Join(err, f.Truncate(int64(len(content))), f.Sync(), f.Close(), fsys.SyncDir(dir))
}
