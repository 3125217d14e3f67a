package repair

import (
	"path"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/store/image"
	"github.com/gannetmq/gannet/store/record"
)

// topicsFile is the table of topics. Java: TopicConfigManager.
const topicsFile = "topics.json"

// topicTable is its content, as both brokers write it.
type topicTable struct {
	DataVersion      dataVersion            `json:"dataVersion"`
	TopicConfigTable map[string]topicConfig `json:"topicConfigTable" fastjson:"notnull"`
}

type dataVersion struct {
	Counter      int64 `json:"counter"`
	StateVersion int64 `json:"stateVersion"`
	Timestamp    int64 `json:"timestamp"`
}

type topicConfig struct {
	Attributes      map[string]string `json:"attributes" fastjson:"notnull"`
	Order           bool              `json:"order"`
	Perm            int32             `json:"perm"`
	ReadQueueNums   int32             `json:"readQueueNums"`
	TopicFilterType string            `json:"topicFilterType"`
	TopicName       string            `json:"topicName"`
	TopicSysFlag    int32             `json:"topicSysFlag"`
	WriteQueueNums  int32             `json:"writeQueueNums"`
}

// readWrite is the permission of a topic that can be sent to and consumed from.
const readWrite = 6

// topicsOfQueues makes a table of the topics that have queues. What it cannot know is as for a topic that
// is made by use; the broker's own topics are for the broker to make.
func (p *Plan) topicsOfQueues() ([]byte, error) {
	t := topicTable{
		DataVersion:      dataVersion{Counter: 1, Timestamp: time.Now().UnixMilli()},
		TopicConfigTable: make(map[string]topicConfig),
	}
	err := image.EachQueue(p.fsys, func(topic string, id int32, batched bool, _ image.Files) error {
		if record.IsSystemTopic(topic) || record.IsLight(topic) || id < 0 || id >= maxQueues {
			return nil
		}
		n := max(id+1, t.TopicConfigTable[topic].ReadQueueNums)
		attributes := map[string]string{}
		if batched {
			attributes[record.AttrQueueType] = record.QueueTypeBatch
		}
		t.TopicConfigTable[topic] = topicConfig{
			Attributes: attributes, Perm: readWrite, ReadQueueNums: n, WriteQueueNums: n, TopicFilterType: "SINGLE_TAG", TopicName: topic,
		}
		return nil
	})
	return fastjson.AppendPretty(nil, &t), err
}

// maxQueues is the most that a topic is believed to have.
const maxQueues = 65536

// remakeTopics replaces a table of topics that cannot be read.
func (p *Plan) remakeTopics(name string) error {
	content, err := p.topicsOfQueues()
	if err != nil {
		return err
	}
	if err := p.aside(name + backup); err != nil {
		return err
	}
	return p.restore(name, content)
}

func isTopics(name string) bool { return path.Base(name) == topicsFile }
