package topic

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gannetmq/gannet/remoting/protocol"
)

// Filter types. Java: TopicFilterType.
const (
	SingleTag = "SINGLE_TAG"
	MultiTag  = "MULTI_TAG"
)

// Bits of Config.SysFlag. Java: TopicSysFlag.
const (
	SysUnit    int32 = 1 << 0
	SysUnitSub int32 = 1 << 1
)

// Config is one topic, as in topics.json. A Config that came from a Table is shared and must not be
// changed. Java: TopicConfig.
type Config struct {
	Name        string            `json:"topicName"`
	ReadQueues  int32             `json:"readQueueNums"`  // consumers see queues 0 … ReadQueues-1
	WriteQueues int32             `json:"writeQueueNums"` // producers see queues 0 … WriteQueues-1
	Perm        int32             `json:"perm"`           // protocol.PermRead and so on
	FilterType  string            `json:"topicFilterType"`
	SysFlag     int32             `json:"topicSysFlag"`
	Order       bool              `json:"order"`
	Attributes  map[string]string `json:"attributes"` // without the + and - of a modification
}

// SetDefaults implements fastjson.Defaulter: what a member is that the file leaves out.
func (c *Config) SetDefaults() {
	c.ReadQueues, c.WriteQueues = 16, 16
	c.Perm = readWrite
	c.FilterType = SingleTag
}

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

func (c *Config) equal(d *Config) bool {
	return c.Name == d.Name && c.ReadQueues == d.ReadQueues && c.WriteQueues == d.WriteQueues &&
		c.Perm == d.Perm && c.FilterType == d.FilterType && c.SysFlag == d.SysFlag && c.Order == d.Order &&
		maps.Equal(c.Attributes, d.Attributes)
}
