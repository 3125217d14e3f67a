package protocol

import (
	"errors"
	"fmt"
)

// errEnum is never seen: fastjson takes it for null.
var errEnum = errors.New("protocol: no such enum value")

// ConsumeType is how a group gets its messages. The zero value is Java's null. Java: ConsumeType.
type ConsumeType uint8

const (
	ConsumeActively  ConsumeType = iota + 1 // the application pulls
	ConsumePassively                        // push consumers, which pull behind the scenes
	ConsumePop
)

var consumeTypes = []string{"CONSUME_ACTIVELY", "CONSUME_PASSIVELY", "CONSUME_POP"}

// String is Java's name of t, empty for null.
func (t ConsumeType) String() string { return enumName(consumeTypes, uint8(t)) }

// AppendText implements encoding.TextAppender.
func (t ConsumeType) AppendText(b []byte) ([]byte, error) { return append(b, t.String()...), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *ConsumeType) UnmarshalText(name []byte) error {
	return enumValue(consumeTypes, name, (*uint8)(t))
}

// MessageModel is how a group shares messages. The zero value is Java's null. Java: MessageModel.
type MessageModel uint8

const (
	Broadcasting MessageModel = iota + 1 // each message to every member
	Clustering                           // each message to one member
)

var messageModels = []string{"BROADCASTING", "CLUSTERING"}

// String is Java's name of m, empty for null.
func (m MessageModel) String() string { return enumName(messageModels, uint8(m)) }

// AppendText implements encoding.TextAppender.
func (m MessageModel) AppendText(b []byte) ([]byte, error) { return append(b, m.String()...), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *MessageModel) UnmarshalText(name []byte) error {
	return enumValue(messageModels, name, (*uint8)(m))
}

// ConsumeFromWhere is where a new group begins; only clients act on it. The zero value is Java's null.
// Java: ConsumeFromWhere.
type ConsumeFromWhere uint8

const (
	FromLastOffset ConsumeFromWhere = iota + 1
	FromLastOffsetAndFromMinWhenBootFirst
	FromMinOffset
	FromMaxOffset
	FromFirstOffset
	FromTimestamp
)

var consumeFromWheres = []string{
	"CONSUME_FROM_LAST_OFFSET", "CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST", "CONSUME_FROM_MIN_OFFSET",
	"CONSUME_FROM_MAX_OFFSET", "CONSUME_FROM_FIRST_OFFSET", "CONSUME_FROM_TIMESTAMP",
}

// String is Java's name of w, empty for null.
func (w ConsumeFromWhere) String() string { return enumName(consumeFromWheres, uint8(w)) }

// AppendText implements encoding.TextAppender.
func (w ConsumeFromWhere) AppendText(b []byte) ([]byte, error) { return append(b, w.String()...), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (w *ConsumeFromWhere) UnmarshalText(name []byte) error {
	return enumValue(consumeFromWheres, name, (*uint8)(w))
}

// enumName counts from 1.
func enumName(names []string, v uint8) string {
	if v == 0 || int(v) > len(names) {
		return ""
	}
	return names[v-1]
}

func enumValue(names []string, name []byte, v *uint8) error {
	for i, n := range names {
		if string(name) == n {
			*v = uint8(i + 1)
			return nil
		}
	}
	*v = 0
	return fmt.Errorf("%w: %.40q", errEnum, name)
}
