package send

import "github.com/gannetmq/gannet/store/record"

// facts are what a send must know of the properties of its message.
type facts struct {
	uniqKey []byte // view into the stored properties; nil if there is none
	wait    bool   // WAIT is absent or true
	keys    bool
	asks    string // the first property that asks for what is not served, "" for none
}

// restamped are the properties that the broker writes itself; what a client sent under these names
// (a consumer's resend carries them along) is not kept.
func restamped(name []byte) bool {
	switch string(name) {
	case record.PropCluster, record.PropMsgRegion, record.PropTraceSwitch, record.PropPopCK:
		return true
	}
	const prefix = record.PropTransientPrefix
	return len(name) >= len(prefix) && string(name[:len(prefix)]) == prefix
}

// unserved are the properties that ask for delay, timers or transactions, and the values that ask
// for nothing. Storing such a message as an ordinary one would deliver it too early, or though it
// was never committed.
func unserved(name, value []byte) bool {
	switch string(name) {
	case record.PropDelayLevel:
		return len(value) > 0 && value[0] != '-' && string(value) != "0"
	case record.PropTimerDelaySec, record.PropTimerDelayMS, record.PropTimerDeliverMS:
		return true
	case record.PropTranPrepared:
		return string(value) == "true"
	}
	return false
}

// rewrite appends to dst the properties as they are stored: the client's, well-formed, without those
// that only the broker may set.
func rewrite(dst, raw []byte) ([]byte, facts) {
	f := facts{wait: true}
	uniq := 0
	for name, value := range record.Properties(raw) {
		switch {
		case restamped(name):
			continue
		case unserved(name, value) && f.asks == "":
			f.asks = string(name)
		case string(name) == record.PropWait:
			f.wait = string(value) == "true"
		case string(name) == record.PropKeys:
			f.keys = true
		case string(name) == record.PropUniqKey:
			uniq = len(dst) + len(name) + 1
			f.uniqKey = value
		}
		dst = record.AppendProperty(dst, name, value)
	}
	if f.uniqKey != nil {
		f.uniqKey = dst[uniq : uniq+len(f.uniqKey)]
	}
	return dst, f
}
