package send

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/store/record"
)

// Asks are what the properties of a message ask for beyond being stored now, for all to see.
type Asks uint8

const (
	AsksTransaction Asks = 1 << iota // TRAN_MSG=true
	AsksTime                         // TIMER_DELAY_SEC, TIMER_DELAY_MS or TIMER_DELIVER_MS
	AsksDelay                        // DELAY above 0, or unreadable
)

var askNames = [...]string{record.PropTranPrepared, "TIMER_*", record.PropDelayLevel}

// String names the properties.
func (a Asks) String() string {
	var names []string
	for ; a != 0; a &= a - 1 {
		names = append(names, askNames[bits.TrailingZeros8(uint8(a))])
	}
	return strings.Join(names, ", ")
}

// AsksOf reads the properties of a message.
func AsksOf(properties []byte) (a Asks) {
	for name, value := range record.Properties(properties) {
		a = a.read(name, value)
	}
	return a
}

// read is a behind one more property. Of several of one name the last counts.
func (a Asks) read(name, value []byte) Asks {
	switch string(name) {
	case record.PropDelayLevel:
		level, err := jvalue.ParseInt(value)
		return a.with(AsksDelay, err != nil || level > 0)
	case record.PropTimerDelaySec, record.PropTimerDelayMS, record.PropTimerDeliverMS:
		return a | AsksTime
	case record.PropTranPrepared:
		return a.with(AsksTransaction, jvalue.ParseBoolean(value))
	}
	return a
}

func (a Asks) with(ask Asks, on bool) Asks {
	if on {
		return a | ask
	}
	return a &^ ask
}

// Hook looks at a message before it is stored. It may change it, refuse it with an error that is
// answered as remoting.Request.FailErr answers it, or serve what it asks for: send it to another topic
// from where it comes back later. It returns what is left of asks; a message of which something is left
// after the last hook is refused, because stored as an ordinary one it would be delivered too early, or
// though it was never committed.
//
// It runs where the send runs and must not block. The slices of m are borrowed, but m.Properties are the put's own:
// a hook edits them in place and appends to them, also if it refuses the message then. So nobody keeps a view of
// them from before a hook. Topic may be set to memory that outlives the put.
type Hook interface {
	BeforePut(m *record.Message, asks Asks) (left Asks, err error)
}

// Follower is a Hook that wants to know which of the clients' messages that it served were stored.
type Follower interface {
	Hook
	// AfterPut is told of a message that asked for something and is in the log. It runs where BeforePut ran.
	AfterPut(m *record.Message, asks Asks)
}

// followers are those hooks that are one.
func followers(hooks []Hook) (list []Follower) {
	for _, hook := range hooks {
		if f, ok := hook.(Follower); ok {
			list = append(list, f)
		}
	}
	return list
}

// hooks asks each hook in order about the put's message.
func (p *put) hooks(asks Asks) (err error) {
	for _, hook := range p.h.hooks {
		if asks, err = hook.BeforePut(&p.message, asks); err != nil {
			return err
		}
	}
	p.props = p.message.Properties // may have grown
	if asks != 0 {
		return unservedError(fmt.Sprintf("property %s asks for", asks))
	}
	return nil
}
