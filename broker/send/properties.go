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
	asks    string // the first property that asks for what is not served, "" for none
}

// note takes what one property says and reports whether the client's value is stored.
//
// CLUSTER, MSG_REGION and TRACE_ON are the broker's to write, whatever a consumer that sends a message
// again carries along; POP_CK and the transient ones belong to one delivery and are never stored.
// DELAY, TIMER_… and TRAN_MSG are refused unless their value asks for nothing: storing such a message
// as an ordinary one would deliver it too early, or though it was never committed.
func (f *facts) note(name, value []byte) (keep bool) {
	switch string(name) {
	case record.PropCluster, record.PropMsgRegion, record.PropTraceSwitch, record.PropPopCK:
		return false
	case record.PropDelayLevel:
		level, err := jvalue.ParseInt(value)
		f.ask(err != nil || level > 0, record.PropDelayLevel)
	case record.PropTimerDelaySec:
		f.ask(true, record.PropTimerDelaySec)
	case record.PropTimerDelayMS:
		f.ask(true, record.PropTimerDelayMS)
	case record.PropTimerDeliverMS:
		f.ask(true, record.PropTimerDeliverMS)
	case record.PropTranPrepared:
		f.ask(jvalue.ParseBoolean(value), record.PropTranPrepared)
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

func (f *facts) ask(does bool, name string) {
	if does && f.asks == "" {
		f.asks = name
	}
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
