package delay

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// ErrLevels: a text is no list of delays.
var ErrLevels = errors.New("delay: bad levels")

// Levels are the delays of levels 1, 2 and so on. There is at least one.
type Levels []time.Duration

// maxDelay is the longest delay that makes sense: longer than any disk keeps messages.
const maxDelay = 100 * 365 * 24 * time.Hour

// ParseLevels reads messageDelayLevel: numbers with the unit s, m, h or d, with one blank between two of them.
// Java's negative delays and those that overflow are refused. Error: ErrLevels. Java: parseDelayLevel.
func ParseLevels(s string) (Levels, error) {
	items := strings.Split(strings.TrimRight(s, " "), " ")
	levels := make(Levels, len(items))
	for i, item := range items {
		d, ok := parseDelay(item)
		if !ok {
			return nil, fmt.Errorf("%w: level %d is %q, want a number and one of s, m, h, d", ErrLevels, i+1, item)
		}
		levels[i] = d
	}
	return levels, nil
}

func parseDelay(item string) (time.Duration, bool) {
	if item == "" {
		return 0, false
	}
	last := len(item) - 1
	var unit time.Duration
	switch item[last] {
	case 's':
		unit = time.Second
	case 'm':
		unit = time.Minute
	case 'h':
		unit = time.Hour
	case 'd':
		unit = 24 * time.Hour
	default:
		return 0, false
	}
	n, err := jvalue.ParseLong(item[:last])
	if err != nil || n < 0 || n > int64(maxDelay/unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

// topic is where messages wait.
var topic = []byte(record.TopicSchedule)

// outdone are properties that mean nothing beside DELAY.
var outdone = [...]string{
	record.PropTimerDeliverMS, record.PropTimerDelaySec, record.PropTimerDelayMS,
}

// Divert sends m, which asks for a delay, to where it waits. A level above the last one is the last one.
// m.Properties are edited in place and grow; nothing else is allocated. Java: HookUtils.transformDelayLevelMessage.
func (l Levels) Divert(m *record.Message) error {
	value, _ := record.Property(m.Properties, record.PropDelayLevel)
	level, err := jvalue.ParseInt(value)
	if err != nil || level <= 0 {
		return remoting.Errorf(protocol.MessageIllegal, "message illegal: property %s is %.64q, want the number of a level, 1 to %d",
			record.PropDelayLevel, value, len(l))
	}
	p := record.AppendWithout(m.Properties[:0], m.Properties, outdone[:]...)
	if int(level) > len(l) {
		var digits [11]byte
		level = int32(len(l))
		p = record.AppendWithout(p[:0], p, record.PropDelayLevel)
		p = record.AppendProperty(p, record.PropDelayLevel, strconv.AppendInt(digits[:0], int64(level), 10))
	}
	m.Properties = p
	m.Park(topic, level-1)
	return nil
}
