package store

import (
	"errors"
	"fmt"

	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/recovery"
)

// Besides the simple queues of most topics there are batch queues, of topics with queue.type=BatchCQ, and light
// queues, whose messages are those of other topics.

// errLightQueues: a message names light queues, and the store was opened without Options.Light.
var errLightQueues = errors.New("BUG: store: a record for light queues, which are switched off")

// openQueues opens the queues of all kinds; until the broker can be asked, its table tells which topics have batch
// queues. clean says that they were closed in order.
func (s *Store) openQueues(clean bool) (err error) {
	known := recovery.BatchTopics(s.fsys)
	s.queues, err = consumequeue.Open(s.fsys, layout.QueueDir, consumequeue.Options{
		FileSize: s.opt.QueueFileSize, BatchDir: layout.BatchQueueDir, BatchFileSize: s.opt.BatchFileSize,
		Batch: func(topic []byte) bool {
			if ask := s.opt.BatchTopic; ask != nil && s.opened.Load() {
				return ask(topic)
			}
			return known[string(topic)]
		},
		Light: s.opt.Light, Ext: s.extension(), Clean: clean, Exclusive: s.log.Exclusive, TagsCode: s.opt.tagsCode, Now: s.opt.Now, Log: s.opt.Log,
	})
	return err
}

// extension is Options.Extension in its place.
func (s *Store) extension() *consumequeue.Extension {
	if s.opt.Extension == nil {
		return nil
	}
	e := *s.opt.Extension
	e.Dir = layout.QueueExtDir
	return &e
}

// lightCounters returns the counters of light queues, which begin to exist by it. Errors: ErrManyLight.
func (s *Store) lightCounters(list []record.Light) ([]*int64, error) {
	if !s.opt.Light {
		return nil, errLightQueues
	}
	counters := make([]*int64, len(list))
	for i := range list {
		name := list[i].Name
		if len(name) == 0 {
			continue
		}
		q := s.queues.Lookup(name, 0)
		if q == nil {
			if s.queues.LightQueues() >= s.opt.MaxLight {
				return nil, fmt.Errorf("%w: %q, there are %d", ErrManyLight, name, s.opt.MaxLight)
			}
			var err error
			if q, err = s.queues.Queue(name, 0); err != nil {
				return nil, err
			}
		}
		counters[i] = q.Assigned()
	}
	return counters, nil
}
