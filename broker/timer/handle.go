package timer

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/store/record"
)

// A recall handle is what a producer needs to take a timed message back, as text: URL-safe Base64, padded, of
//
//	v1 TOPIC BROKER TIMESTAMP KEY
//
// with single blanks. TIMESTAMP is a moment of the message's slot, Unix ms; KEY is its UNIQ_KEY.
// Java: RecallMessageHandle.HandleV1.
type handle struct {
	topic, broker string
	timestamp     string // as it came: what is no number is dated -1
	key           string
}

// errHandle is the text of Java's DecoderException.
var errHandle = errors.New("recall handle is invalid")

// maxHandle bounds what is decoded, in bytes: two names of 255 and a key.
const maxHandle = 4096

// parseHandle reads a handle. Padding may be missing, and items may follow.
func parseHandle(text string) (handle, error) {
	if len(text) > maxHandle || strings.ContainsAny(text, "\r\n") { // which Go would skip
		return handle{}, errHandle
	}
	raw, err := base64.URLEncoding.DecodeString(text)
	if err != nil {
		if raw, err = base64.RawURLEncoding.DecodeString(text); err != nil {
			return handle{}, errHandle
		}
	}
	items := strings.Split(strings.TrimRight(string(raw), " "), " ")
	if len(items) < 5 || items[0] != "v1" {
		return handle{}, errHandle
	}
	return handle{topic: items[1], broker: items[2], timestamp: items[3], key: items[4]}, nil
}

// time is the timestamp, -1 if it is no number.
func (h *handle) time() int64 {
	n, err := jvalue.ParseLong(h.timestamp)
	if err != nil {
		return -1
	}
	return n
}

// appendHandle appends a handle.
func appendHandle(dst, topic []byte, broker string, timestamp int64, key []byte) []byte {
	raw := make([]byte, 0, 256)
	raw = append(append(raw, "v1 "...), topic...)
	raw = append(append(raw, ' '), broker...)
	raw = strconv.AppendInt(append(raw, ' '), timestamp, 10)
	raw = append(append(raw, ' '), key...)
	return base64.URLEncoding.AppendEncode(dst, raw)
}

// AppendHandle appends the handle of a message that Divert sent to the queue to dst, which is returned as
// it is for every other message. key is its unique key.
// Java: SendMessageProcessor.attachRecallHandle.
func (t *Timer) AppendHandle(dst []byte, m *record.Message, key []byte) []byte {
	if string(m.Topic) != record.TopicTimer || key == nil {
		return dst
	}
	topic, _ := record.Property(m.Properties, record.PropRealTopic)
	value, _ := record.Property(m.Properties, record.PropTimerOutMS)
	out, err := jvalue.ParseLong(value)
	if err != nil || strings.HasPrefix(string(topic), record.RetryPrefix) {
		return dst
	}
	return appendHandle(dst, topic, t.opts.Broker, out+1, key) // behind the slot's beginning, in front of its end
}
