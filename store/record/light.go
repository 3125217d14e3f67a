package record

import (
	"bytes"
	"iter"
	"strconv"
)

// lightPrefix begins the names of light queues (Java: MixAll.LMQ_PREFIX). They have queue id 0.
const lightPrefix = "%LMQ%"

// IsLight reports whether a topic is a light queue.
func IsLight[T string | []byte](topic T) bool {
	return len(topic) >= len(lightPrefix) && string(topic[:len(lightPrefix)]) == lightPrefix
}

// LightQueue is a place that a message has in another queue than its own.
type LightQueue struct {
	Name   []byte // of a topic
	ID     int32
	Offset int64
}

// LightQueues iterates over the other queues in which a message is: the names in INNER_MULTI_DISPATCH
// and the offsets in INNER_MULTI_QUEUE_OFFSET, lists with commas, which the log fills in when it appends
// (Java: ConsumeQueue.multiDispatchLmqQueue). Lists of different lengths mean none, and names of other than light
// queues nothing: in those, places belong to the messages of their own topic.
func (v *View) LightQueues() iter.Seq[LightQueue] {
	return func(yield func(LightQueue) bool) {
		inner := &v.label().inner
		names, offsets := bytes.TrimRight(inner[innerDispatch], ","), inner[innerOffsets]
		if len(offsets) == 0 || bytes.Count(names, comma) != bytes.Count(offsets, comma) || !allowsLight(v.Topic) {
			return
		}
		for more := true; more; {
			var name, offset []byte
			name, names, _ = bytes.Cut(names, comma)
			offset, offsets, more = bytes.Cut(offsets, comma)
			n, err := strconv.ParseInt(string(offset), 10, 64)
			if err != nil || n < 0 || !IsLight(name) || bytes.IndexByte(name, '/') >= 0 {
				continue
			}
			if !yield(LightQueue{name, 0, n}) {
				return
			}
		}
	}
}

var comma = []byte{','}
