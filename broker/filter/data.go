package filter

import (
	"strings"
	"time"

	"github.com/gannetmq/gannet/broker/filter/sql92"
	"github.com/gannetmq/gannet/store/record"
)

// SQL92 is the one type of expression that can be compiled. Java: ExpressionType.
const SQL92 = "SQL92"

// Data is what a group wants of a topic. It is shared and does not change. Java: ConsumerFilterData.
type Data struct {
	Topic, Group     string
	Expression, Type string
	Version          int64 // the client's clock when it subscribed
	Born             int64 // our clock when the expression came, Unix ms
	Dead             int64 // and when the group went, 0 while it is there; not before Born

	table    *Table
	bits     []int32 // nil for an expression that a request carried
	compiled *sql92.Filter
}

// ClientVersion is what a pull's subVersion is held against.
func (d *Data) ClientVersion() int64 { return d.Version }

// Weight is about how many bytes the expression takes, compiled.
func (d *Data) Weight() int { return weigh(d.Expression) }

// weigh takes each 8 bytes of text for a node, its operands and their names.
func weigh(expression string) int { return 512 + 20*len(expression) }

func (d *Data) dead() bool { return d.Dead >= d.Born }

// Match reports whether a message passes by its properties. With Options.Retry a message of the group's retry
// topic is judged by the expression for the topic that it comes from. Java: ExpressionMessageFilter.isMatchedByCommitLog,
// ExpressionForRetryMessageFilter.
func (d *Data) Match(v *record.View) bool {
	if d.table.opts.Retry && strings.HasPrefix(d.Topic, record.RetryPrefix) {
		if d = d.table.origin(d.Topic, v); d == nil {
			return true
		}
	}
	return d.compiled == nil || d.compiled.Match(v)
}

// Cost is about how long Match takes for a message.
func (d *Data) Cost(v *record.View) time.Duration { return time.Duration(d.work(v) / perNanosecond) }

// MayMatch reports whether a message can pass, by the bit map that was written when it was stored, at stored (Unix ms).
// A map of another size or of before the expression says nothing.
func (d *Data) MayMatch(stored int64, bitMap []byte) bool {
	if d.bits == nil || stored <= d.Born || len(bitMap)*8 != d.table.bloom.bits {
		return true
	}
	return has(bitMap, d.bits)
}

// origin finds the expression for a message of a retry topic by where the message was first. Nil: all messages pass.
func (t *Table) origin(retry string, v *record.View) *Data {
	topic, ok := v.Property(record.PropRetryTopic)
	if !ok {
		return nil
	}
	return t.lookup([]byte(retry[len(record.RetryPrefix):]), topic)
}
