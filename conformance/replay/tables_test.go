package replay

import (
	"encoding/json"
	"maps"

	"github.com/gannetmq/gannet/remoting/protocol"
)

// tables are the files of a broker as Java's answers of the scene show them: all topics but those that
// are absent, all groups, and how far delay levels were delivered.
func (w *world) tables(list []*exchange) map[string][]byte {
	topics, groups := make(map[string]json.RawMessage), make(map[string]json.RawMessage)
	var delays []byte
	for _, x := range list {
		if x.want == nil || len(x.want.Body) == 0 {
			continue
		}
		var body struct {
			TopicConfigTable, SubscriptionGroupTable map[string]json.RawMessage
		}
		switch int32(x.Code) {
		case protocol.GetAllTopicConfig, protocol.GetAllSubscriptionGroupConfig:
			if err := json.Unmarshal(x.want.Body, &body); err != nil {
				w.t.Fatalf("%s: %v", x.name, err)
			}
		case protocol.GetAllDelayOffset:
			delays = x.want.Body // it is the file
		}
		maps.Copy(topics, body.TopicConfigTable)
		maps.Copy(groups, body.SubscriptionGroupTable)
	}
	for name := range w.absent {
		delete(topics, name)
	}
	files := map[string][]byte{
		"topics.json":            w.file("topicConfigTable", topics),
		"subscriptionGroup.json": w.file("subscriptionGroupTable", groups),
	}
	if delays != nil {
		files["delayOffset.json"] = delays
	}
	return files
}

func (w *world) file(table string, members map[string]json.RawMessage) []byte {
	text, err := json.Marshal(map[string]any{table: members, "dataVersion": map[string]int64{"counter": 1, "timestamp": 1, "stateVersion": 0}})
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// unknown lists the topics that some answer of the scene says are not there.
func unknown(list []*exchange) map[string]bool {
	absent := make(map[string]bool)
	for _, x := range list {
		if x.want != nil && x.want.Code == protocol.TopicNotExist {
			absent[field(x.req, "topic")] = true
		}
	}
	return absent
}
