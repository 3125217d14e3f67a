package offset

import (
	"sync"
	"testing"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// What is written while the transactions move on has the notes at most as far as the halves.
func TestSnapshotOfTransactions(t *testing.T) {
	for range 20 { // each has its own order of keys
		table, err := Open(vfs.NewMem(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		stop := make(chan struct{})
		var mover sync.WaitGroup
		mover.Go(func() {
			for off := int64(1); ; off++ {
				for _, topic := range []string{record.TopicTranHalf, record.TopicTranOpHalf} {
					if err := table.Own().Commit([]byte(record.GroupTran), []byte(topic), 0, off); err != nil {
						t.Error(err)
					}
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
		for range 300 {
			_, all := table.snapshot()
			half, note := all[record.TopicTranHalf+"@"+record.GroupTran][0], all[record.TopicTranOpHalf+"@"+record.GroupTran][0]
			if note > half {
				t.Errorf("notes at %d, halves at %d", note, half)
			}
		}
		close(stop)
		mover.Wait()
	}
}
