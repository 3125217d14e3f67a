package topic

import (
	"maps"

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

// Config is one topic. A Config that came from a Table is shared and must not be changed.
// Java: TopicConfig.
type Config struct {
	Name        string
	ReadQueues  int32 // consumers see queues 0 … ReadQueues-1
	WriteQueues int32 // producers see queues 0 … WriteQueues-1
	Perm        int32
	FilterType  string
	SysFlag     int32
	Order       bool
	Attributes  map[string]string // without the + and - of a modification; nil and empty are equal
}

// Readable reports whether consumers may read.
func (c *Config) Readable() bool { return protocol.Readable(c.Perm) }

// Writable reports whether producers may send.
func (c *Config) Writable() bool { return protocol.Writable(c.Perm) }

// Queues is the number of queues that exist for anybody: a valid queue id is below it.
func (c *Config) Queues() int32 { return max(c.ReadQueues, c.WriteQueues) }

func (c *Config) equal(d *Config) bool {
	return c.Name == d.Name && c.ReadQueues == d.ReadQueues && c.WriteQueues == d.WriteQueues &&
		c.Perm == d.Perm && c.FilterType == d.FilterType && c.SysFlag == d.SysFlag && c.Order == d.Order &&
		maps.Equal(c.Attributes, d.Attributes)
}
