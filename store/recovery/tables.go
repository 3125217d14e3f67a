package recovery

import (
	"errors"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Tables of the broker, which cannot be asked before the directory is open.
const (
	topicsFile       = layout.ConfigDir + "/topics.json"
	offsetsFile      = layout.ConfigDir + "/consumerOffset.json"
	lightOffsetsFile = layout.ConfigDir + "/lmqConsumerOffset.json"
)

type topicTable struct {
	Table map[string]struct {
		Attributes map[string]string `json:"attributes"`
	} `json:"topicConfigTable"`
}

type offsetTable struct {
	Table map[string]map[int32]int64 `json:"offsetTable"`
}

// BatchTopics are the topics with batch queues (queue.type=BatchCQ), as the broker's table says; none if it cannot be read.
func BatchTopics(fsys vfs.FS) map[string]bool {
	topics, err := readTable[topicTable](fsys, topicsFile)
	if err != nil {
		return nil // whoever needs the table says what is wrong with it
	}
	batch := make(map[string]bool)
	for name, topic := range topics.Table {
		if topic.Attributes[record.AttrQueueType] == record.QueueTypeBatch {
			batch[name] = true
		}
	}
	return batch
}

// readTable decodes a table of config/, or the one before it; without either it is empty. The error says that neither
// can be used.
func readTable[T any](fsys vfs.FS, name string) (table T, err error) {
	seen, err := jsonfile.Peek(fsys, name, func(b []byte) error {
		var t T
		err := fastjson.Unmarshal(b, &t)
		if err == nil {
			table = t
		}
		return err
	})
	if err == nil && seen.Source == jsonfile.Nothing {
		err = errors.Join(seen.Main, seen.Backup)
	}
	return table, err
}
