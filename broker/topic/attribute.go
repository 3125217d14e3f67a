package topic

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// refuse is a refusal of a modification in Java's words, where it is an exception.
// Java: AttributeParser, AttributeUtil.
func refuse(format string, args ...any) error {
	return remoting.Errorf(protocol.SystemError, format, args...)
}

const (
	attrCleanupPolicy = "cleanup.policy"
	attrMessageType   = "message.type"
	attrReserveTime   = "reserve.time"

	messageTypeMixed = "MIXED"
	policyCompaction = "COMPACTION"
)

// attribute is what Java knows about one name: the values it takes, nil for any long in
// [min, math.MaxInt64], and whether it can change on an existing topic.
type attribute struct {
	values     []string // in the order in which Java prints them
	min        int64
	changeable bool
}

// attributes is Java's TopicAttributes.ALL (facts/attributes.json).
var attributes = map[string]attribute{
	record.AttrQueueType: {values: []string{"SimpleCQ", record.QueueTypeBatch}},
	attrCleanupPolicy:    {values: []string{"DELETE", policyCompaction}},
	attrMessageType: {
		values:     []string{"UNSPECIFIED", "TRANSACTION", "FIFO", messageTypeMixed, "DELAY", "NORMAL"},
		changeable: true,
	},
	attrReserveTime: {min: -1, changeable: true},
}

func (a attribute) verify(value string) error {
	if a.values != nil {
		if !slices.Contains(a.values, value) {
			return refuse("value is not in set: [%s]", strings.Join(a.values, ", "))
		}
		return nil
	}
	n, err := jvalue.ParseLong(value)
	if err != nil {
		return refuse("For input string: %q", value)
	}
	if n < a.min {
		return refuse("value is not in range(%d, %d)", a.min, int64(math.MaxInt64))
	}
	return nil
}

// edit is one element of a modification: "+name=value" or "-name".
type edit struct{ key, value string }

// parseEdits reads a modification: edits separated by commas, as in "+message.type=FIFO,-reserve.time".
func parseEdits(text string) ([]edit, error) {
	if text == "" {
		return nil, nil
	}
	var edits []edit
	for kv := range strings.SplitSeq(strings.TrimRight(text, ","), ",") {
		key, rest, assigns := strings.Cut(kv, "=")
		value, _, _ := strings.Cut(rest, "=")
		switch {
		case assigns && (!strings.Contains(key, "+") || value == ""):
			return nil, refuse("add/alter attribute format is wrong: %s", key)
		case !assigns && !strings.Contains(key, "-"):
			return nil, refuse("delete attribute format is wrong: %s", key)
		case slices.ContainsFunc(edits, func(e edit) bool { return e.key == key }):
			return nil, refuse("key duplication: %s", key)
		}
		edits = append(edits, edit{key, value})
	}
	return edits, nil
}

// alter returns current as changed by edits. A topic that is being created (create) takes only
// additions, but of any attribute; on an existing one only changeable attributes change.
func alter(current map[string]string, edits []edit, create bool) (map[string]string, error) {
	next := maps.Clone(current)
	if next == nil {
		next = make(map[string]string, len(edits))
	}
	seen := make(map[string]bool, len(edits))
	for _, e := range edits {
		sign, name, err := e.split()
		if err != nil {
			return nil, err
		}
		if seen[name] {
			return nil, refuse("alter duplication key. key: %s", name)
		}
		seen[name] = true
		if err := apply(next, current, sign, name, e.value, create); err != nil {
			return nil, err
		}
	}
	return next, nil
}

// split takes the sign off the key.
func (e edit) split() (sign byte, name string, err error) {
	if len(e.key) < 2 || strings.ContainsAny(e.key[1:], "+-") {
		return 0, "", refuse("kv string format wrong.")
	}
	return e.key[0], e.key[1:], nil
}

func apply(next, current map[string]string, sign byte, name, value string, create bool) error {
	_, exists := current[name]
	switch {
	case create && sign != '+':
		return refuse("only add attribute is supported while creating topic. key: %s", name)
	case sign != '+' && sign != '-':
		return refuse("wrong format key: %s", name)
	case sign == '-' && !exists:
		return refuse("attempt to delete a nonexistent key: %s", name)
	}
	a, known := attributes[name]
	switch {
	case !known:
		return refuse("unsupported key: %s", name)
	case !create && !a.changeable:
		return refuse("attempt to update an unchangeable attribute. key: %s", name)
	}
	if sign == '-' {
		delete(next, name)
		return nil
	}
	next[name] = value
	return a.verify(value)
}
