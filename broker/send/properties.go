package send

import (
	"bytes"

	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/store/record"
)

// facts are what a send must know of the properties of its message.
type facts struct {
	uniqKey []byte // view into the stored properties; nil if there is none
	wait    bool   // WAIT is absent or true
	keys    bool   // KEYS is there and not blank
	inner   bool   // INNER_NUM, which only an inner batch may have
	asks    Asks
	named   named
}

// named are properties that tell the sort of a message; of an Ask it is enough to be there.
type named uint8

const (
	namesKey  named = 1 << iota // __SHARDINGKEY
	namesTime                   // DELAY, TIMER_* or __STARTDELIVERTIME
)

// sort is what metrics tell the message by. Java: BrokerMetricsManager.getMessageType.
func (f *facts) sort() record.Sort {
	switch {
	case f.asks&AsksTransaction != 0:
		return record.Transaction
	case f.named&namesKey != 0:
		return record.FIFO
	case f.named&namesTime != 0:
		return record.Delayed
	}
	return record.Normal
}

// note takes what one property says and reports whether the client's value is stored.
//
// CLUSTER, MSG_REGION and TRACE_ON are the broker's to write, whatever a consumer that sends a message
// again carries along; POP_CK and the transient ones belong to one delivery and are never stored.
func (f *facts) note(name, value []byte) (keep bool) {
	switch string(name) {
	case record.PropCluster, record.PropMsgRegion, record.PropTraceSwitch, record.PropPopCK:
		return false
	case record.PropDelayLevel, record.PropTimerDelaySec, record.PropTimerDelayMS, record.PropTimerDeliverMS:
		f.named |= namesTime
		f.asks = f.asks.read(name, value)
	case record.PropTranPrepared:
		f.asks = f.asks.read(name, value)
	case record.PropShardingKey:
		f.named |= namesKey
	case record.PropStartDeliverTime:
		f.named |= namesTime
	case record.PropWait:
		f.wait = jvalue.ParseBoolean(value)
	case record.PropKeys:
		f.keys = len(bytes.TrimSpace(value)) > 0
	case record.PropInnerNum:
		f.inner = true
	default:
		return !transient(name)
	}
	return true
}

func transient(name []byte) bool {
	const prefix = record.PropTransientPrefix
	return len(name) >= len(prefix) && string(name[:len(prefix)]) == prefix
}

// rewrite appends to dst the properties as they are stored: the client's, well-formed, without those
// that only the broker may set.
func rewrite(dst, raw []byte) ([]byte, facts) {
	f := facts{wait: true}
	begin, size := len(dst), 0
	at, n := 0, 0 // where the value of the unique key lies among what is kept, and its length
	for name, value := range record.Properties(raw) {
		if string(name) == record.PropUniqKey {
			at, n = size+len(name)+1, len(value)
		} else if !f.note(name, value) {
			continue
		}
		size += len(name) + len(value) + 2
	}
	if size == len(raw) && endsItem(raw) {
		dst = append(dst, raw...) // nothing is left out, as nearly always
	} else {
		dst = appendKept(dst, raw)
	}
	if n > 0 {
		f.uniqKey = dst[begin+at : begin+at+n]
	}
	return dst, f
}

// endsItem reports whether the last property has its separator.
func endsItem(raw []byte) bool { return len(raw) == 0 || raw[len(raw)-1] == '\x02' }

func appendKept(dst, raw []byte) []byte {
	var f facts // known already
	for name, value := range record.Properties(raw) {
		if f.note(name, value) {
			dst = record.AppendProperty(dst, name, value)
		}
	}
	return dst
}
