package consumequeue

import (
	"errors"
	"sync"
	"sync/atomic"
)

// eachWorkers is how many queues are worked on at a time when all of them are: enough that the
// journal of a file system commits many syncs at once.
const eachWorkers = 16

// each calls f for every item, some at a time, and waits for all. After an error no further ones
// are begun; the errors are joined.
func each[T any](items []T, f func(T) error) error {
	var next atomic.Int64
	var failed atomic.Bool
	errs := make([]error, min(eachWorkers, len(items)))
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(items) {
					return
				}
				if err := f(items[i]); err != nil {
					errs[w] = err
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
