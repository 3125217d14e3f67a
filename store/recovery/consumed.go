package recovery

import (
	"fmt"
	"strings"

	"github.com/gannetmq/gannet/store/vfs"
)

// Consumers are what groups say of the queues, in the tables of the broker: the only witness of a queue that was
// lost from a directory that another broker wrote, for whose log we have no tally. Java does not notice.
type Consumers struct {
	FS    vfs.FS
	Light bool // offsets are in lmqConsumerOffset.json (enableLmq)
	// End is the queue offset behind the last message; 0 if there is no such queue.
	End func(topic string, id int32) int64
}

// beyond returns a queue of which a group has consumed what is not there, as TOPIC-ID; empty
// if there is none. With missingOnly just queues without any message count: after a crash offsets may
// be ahead of their queue, but not of one that never was.
func (c *Consumers) beyond(missingOnly bool) (queue string) {
	file := offsetsFile
	if c.Light {
		file = lightOffsetsFile
	}
	topics, err := readTable[topicTable](c.FS, topicsFile)
	if err != nil {
		return "" // whoever needs the table says what is wrong with it
	}
	offsets, err := readTable[offsetTable](c.FS, file)
	if err != nil {
		return ""
	}
	for key, table := range offsets.Table {
		topic, _, _ := strings.Cut(key, "@")
		if _, ok := topics.Table[topic]; !ok {
			continue // deleted, though its offsets may not be
		}
		for id, offset := range table {
			end := c.End(topic, id)
			if offset > end && (end == 0 || !missingOnly) {
				return fmt.Sprintf("%s-%d", topic, id)
			}
		}
	}
	return ""
}
