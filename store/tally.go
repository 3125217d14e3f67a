package store

import (
	"errors"
	"io/fs"

	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/recovery"
	"github.com/gannetmq/gannet/store/vfs"
)

// count makes the tally of now, for a log that ends at logEnd. The queues' Min must be right for the log.
func (s *Store) count(logEnd int64) recovery.Tally {
	t := recovery.Tally{LogStart: s.log.Start(), LogEnd: logEnd}
	for q := range s.queues.All() {
		t.Add(q.Batched(), q.Max()-q.Min())
	}
	return t
}

// consumers are asked where no tally tells.
func (s *Store) consumers() *recovery.Consumers {
	return &recovery.Consumers{
		FS: s.fsys, Light: s.opt.Light,
		End: func(topic string, id int32) int64 { return s.MaxOffset([]byte(topic), id) },
	}
}

// queuesLost finds out whether queues were lost since a clean close, and tells the log.
func (s *Store) queuesLost(logEnd int64) (recovery.Loss, error) {
	l, err := recovery.Lost(s.fsys, s.log.Start(), logEnd, func() (recovery.Tally, error) {
		err := s.queues.CorrectMin(s.log.Start())
		return s.count(logEnd), err
	}, s.consumers())
	if err != nil || !l.Lost() {
		return l, err
	}
	if l.Counted {
		s.opt.Log.Error("consume queues are not as they were left, and are rebuilt from the log",
			"got", l.Got.String(), "want", l.Want.String())
	} else {
		s.tellConsumed(l.Queue)
	}
	return l, nil
}

func (s *Store) tellConsumed(queue string) {
	s.opt.Log.Error("a group has consumed more of a queue than there is; the queues are rebuilt from the log", "queue", queue)
}

// missingConsumed asks consumers after a crash.
func (s *Store) missingConsumed() (bool, error) {
	queue, err := recovery.Missing(s.fsys, s.consumers())
	if queue != "" {
		s.tellConsumed(queue)
	}
	return queue != "", err
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
