package broker

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// delayFile holds how far each delay level was delivered. Java: ScheduleMessageService.
const delayFile = "config/delayOffset.json"

// delayLevels is how many queues the topic of delayed messages has.
const delayLevels = 18

// checkUnserved refuses a directory with messages that would silently never be delivered, unless the
// user has said that this is known. It touches nothing.
func (b *Broker) checkUnserved() error {
	what := b.unserved()
	if len(what) == 0 {
		return nil
	}
	if !b.opts.AcceptUnserved {
		return fmt.Errorf("the directory holds what is not served yet: %s; start with --accept-unserved to leave it untouched",
			strings.Join(what, ", "))
	}
	b.log.Warn("not served yet and left untouched", "what", strings.Join(what, ", "))
	return nil
}

func (b *Broker) unserved() []string {
	var what []string
	if n := b.pendingDelays(); n > 0 {
		what = append(what, fmt.Sprintf("%d delayed messages", n))
	}
	half := []byte(record.TopicTranHalf)
	done, _ := b.offsets.Query([]byte(record.GroupTran), half, 0)
	if n := b.store.MaxOffset(half, 0) - max(done, b.store.MinOffset(half, 0)); n > 0 {
		what = append(what, fmt.Sprintf("%d half messages of transactions", n))
	}
	// How many timers are still to fire only the wheel knows; that there were any is enough to ask.
	timer := []byte(record.TopicTimer)
	if n := b.store.MaxOffset(timer, 0) - b.store.MinOffset(timer, 0); n > 0 {
		what = append(what, fmt.Sprintf("up to %d timed messages", n))
	}
	return what
}

func (b *Broker) pendingDelays() (n int64) {
	delivered := b.deliveredDelays()
	topic := []byte(record.TopicSchedule)
	for level := int32(1); level <= delayLevels; level++ {
		queue := level - 1
		from := max(delivered[level], b.store.MinOffset(topic, queue))
		n += max(0, b.store.MaxOffset(topic, queue)-from)
	}
	return n
}

// deliveredDelays reads Java's file without ever moving it. One that is missing or damaged counts as
// nothing delivered.
func (b *Broker) deliveredDelays() map[int32]int64 {
	var f struct {
		Offsets map[int32]int64 `json:"offsetTable"`
	}
	text, err := readSmall(b.opts.FS, delayFile)
	if err == nil {
		err = fastjson.Unmarshal(text, &f)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		b.log.Warn("cannot read how far delayed messages were delivered", "file", delayFile, "err", err)
	}
	return f.Offsets
}

// readSmall reads a file of at most a megabyte.
func readSmall(fsys vfs.FS, name string) ([]byte, error) {
	const most = 1 << 20
	f, err := fsys.OpenRead(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.NewSectionReader(f, 0, most))
}
