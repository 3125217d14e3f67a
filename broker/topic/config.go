package topic

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// Config is one topic, as in topics.json. A Config that came from a Table is shared and must not be
// changed. Java: TopicConfig.
type Config struct {
	Name        string            `json:"topicName"`
	ReadQueues  int32             `json:"readQueueNums"`  // consumers see queues 0 … ReadQueues-1
	WriteQueues int32             `json:"writeQueueNums"` // producers see queues 0 … WriteQueues-1
	Perm        int32             `json:"perm"`           // protocol.PermRead and so on
	FilterType  string            `json:"topicFilterType"`
	SysFlag     int32             `json:"topicSysFlag"` // protocol.TopicUnit and so on
	Order       bool              `json:"order"`
	Attributes  map[string]string `json:"attributes"` // without the + and - of a modification
}

// SetDefaults implements fastjson.Defaulter: what a member is that the file leaves out.
func (c *Config) SetDefaults() {
	c.ReadQueues, c.WriteQueues = 16, 16
	c.Perm = readWrite
	c.FilterType = protocol.SingleTag
}

// Batched reports whether the topic has batch queues.
func (c *Config) Batched() bool { return c.Attributes[record.AttrQueueType] == record.QueueTypeBatch }

// Compacted reports whether the newest message of each key is kept, which every message must have then.
func (c *Config) Compacted() bool { return c.Attributes[attrCleanupPolicy] == policyCompaction }

// Readable reports whether consumers may read.
func (c *Config) Readable() bool { return protocol.Readable(c.Perm) }

// Writable reports whether producers may send.
func (c *Config) Writable() bool { return protocol.Writable(c.Perm) }

// Queues is the number of queues that exist for anybody: a valid queue id is below it.
func (c *Config) Queues() int32 { return max(c.ReadQueues, c.WriteQueues) }

// String is Java's TopicConfig.toString, which is part of remarks.
func (c *Config) String() string {
	attributes := make([]string, 0, len(c.Attributes))
	for _, name := range slices.Sorted(maps.Keys(c.Attributes)) {
		attributes = append(attributes, name+"="+c.Attributes[name])
	}
	return fmt.Sprintf("TopicConfig [topicName=%s, readQueueNums=%d, writeQueueNums=%d, perm=%s, "+
		"topicFilterType=%s, topicSysFlag=%d, order=%t, attributes={%s}]",
		c.Name, c.ReadQueues, c.WriteQueues, protocol.PermText(c.Perm),
		c.FilterType, c.SysFlag, c.Order, strings.Join(attributes, ", "))
}

// body is the topic as 21, 103 and 351 carry it.
func (c *Config) body() protocol.TopicConfig {
	return protocol.TopicConfig{
		TopicName: c.Name, ReadQueueNums: c.ReadQueues, WriteQueueNums: c.WriteQueues, Perm: c.Perm,
		TopicFilterType: c.FilterType, TopicSysFlag: c.SysFlag, Order: c.Order, Attributes: c.Attributes,
	}
}

func (c *Config) equal(d *Config) bool {
	return c.Name == d.Name && c.ReadQueues == d.ReadQueues && c.WriteQueues == d.WriteQueues &&
		c.Perm == d.Perm && c.FilterType == d.FilterType && c.SysFlag == d.SysFlag && c.Order == d.Order &&
		maps.Equal(c.Attributes, d.Attributes)
}
