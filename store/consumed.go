package store

import (
	"fmt"
	"strings"

	"github.com/gannetmq/gannet/store/layout"
)

// What consumers say of the queues, in the tables of the broker: the only witness of a queue that was
// lost from a directory that another broker wrote, for whose log we have no tally. Java does not notice.

// topicTable is the broker's table of topics.
const topicTable = layout.ConfigDir + "/topics.json"

// consumedBeyond returns a queue of which a group has consumed what is not there, as TOPIC-ID; empty
// if there is none. With missingOnly just queues without any message count: after a crash offsets may
// be ahead of their queue, but not of one that never was.
func (s *Store) consumedBeyond(missingOnly bool) (queue string) {
	file := "config/consumerOffset.json"
	if s.opt.Light {
		file = "config/lmqConsumerOffset.json"
	}
	topics, err := readConfig[struct {
		Table map[string]struct{} `json:"topicConfigTable"`
	}](s.fsys, topicTable)
	if err != nil {
		return "" // whoever needs the table says what is wrong with it
	}
	offsets, err := readConfig[struct {
		Table map[string]map[int32]int64 `json:"offsetTable"`
	}](s.fsys, file)
	if err != nil {
		return ""
	}
	for key, table := range offsets.Table {
		topic, _, _ := strings.Cut(key, "@")
		if _, ok := topics.Table[topic]; !ok {
			continue // deleted, though its offsets may not be
		}
		for id, offset := range table {
			end := s.MaxOffset([]byte(topic), id)
			if offset > end && (end == 0 || !missingOnly) {
				return fmt.Sprintf("%s-%d", topic, id)
			}
		}
	}
	return ""
}
