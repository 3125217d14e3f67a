package delay

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

func TestParseLevels(t *testing.T) {
	for in, want := range map[string]Levels{
		"1s":            {time.Second},
		"1s 5m 2h 3d":   {time.Second, 5 * time.Minute, 2 * time.Hour, 72 * time.Hour},
		"0s +7s 010s  ": {0, 7 * time.Second, 10 * time.Second}, // Java's split forgets what is empty at the end
	} {
		if got, err := ParseLevels(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %v, %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", " ", " 1s", "1s  2s", "1", "s", "1S", "1ms", "1s,2s", "-1s", "0x1s", "1.5s", "9223372036854775807d", "36501d", "1s\t2s", "1ſ"} {
		if got, err := ParseLevels(in); !errors.Is(err, ErrLevels) {
			t.Errorf("%q: got %v, %v, want ErrLevels", in, got, err)
		}
	}
}

// properties makes raw properties of name, value, name, value.
func properties(items ...string) []byte {
	var b []byte
	for i := 0; i < len(items); i += 2 {
		b = record.AppendProperty(b, items[i], items[i+1])
	}
	return b
}

func TestDivert(t *testing.T) {
	levels := Levels{time.Second, 5 * time.Second, 10 * time.Second}
	for what, c := range map[string]struct {
		asks, keeps []byte // properties before and after, the latter without the target
		queue       int32
	}{
		"a level":           {properties("DELAY", "2", "TAGS", "a"), properties("DELAY", "2", "TAGS", "a"), 1},
		"the last one":      {properties("DELAY", "3"), properties("DELAY", "3"), 2},
		"above the last":    {properties("DELAY", "99", "K", "v"), properties("K", "v", "DELAY", "3"), 2},
		"far above":         {properties("DELAY", "2147483647"), properties("DELAY", "3"), 2},
		"the second counts": {properties("DELAY", "1", "DELAY", "2"), properties("DELAY", "1", "DELAY", "2"), 1},
		"a forged target":   {properties("REAL_TOPIC", "Other", "DELAY", "1", "REAL_QID", "77"), properties("DELAY", "1"), 0},
		"timers too": {properties("TIMER_DELAY_SEC", "1", "TIMER_DELAY_MS", "1", "DELAY", "1", "TIMER_DELIVER_MS", "1", "TIMER_OUT_MS", "5"),
			properties("DELAY", "1", "TIMER_OUT_MS", "5"), 0},
		"without an end": {[]byte("K\x01v\x02DELAY\x011"), properties("K", "v", "DELAY", "1"), 0},
	} {
		m := record.Message{Topic: []byte("TopicA"), QueueID: 5, Properties: bytes.Clone(c.asks)}
		err := levels.Divert(&m)
		want := append(c.keeps, properties("REAL_TOPIC", "TopicA", "REAL_QID", "5")...)
		if err != nil || string(m.Topic) != record.TopicSchedule || m.QueueID != c.queue || !bytes.Equal(m.Properties, want) {
			t.Errorf("%s: %v, to %s %d with %q, want queue %d with %q", what, err, m.Topic, m.QueueID, m.Properties, c.queue, want)
		}
	}
	for _, value := range []string{"x", "1 ", "2147483648", "0", "-1", strings.Repeat("9", 1000)} {
		m := record.Message{Topic: []byte("TopicA"), Properties: properties("DELAY", value)}
		var e *remoting.Error
		if err := levels.Divert(&m); !errors.As(err, &e) || e.Code != protocol.MessageIllegal || len(e.Remark) > 200 {
			t.Errorf("DELAY %.20q: %v, want code 13 and a short remark", value, err)
		}
		if string(m.Topic) != "TopicA" {
			t.Errorf("DELAY %.20q: sent to %s", value, m.Topic)
		}
	}
}

func TestDivertAllocatesNothing(t *testing.T) {
	levels := Levels{time.Second, 5 * time.Second}
	asks := properties("UNIQ_KEY", "7F00000100002A139A551CB2EEF40000", "DELAY", "9", "WAIT", "true")
	buf, name := make([]byte, 0, 1024), []byte("TopicA")
	if n := testing.AllocsPerRun(100, func() {
		m := record.Message{Topic: name, QueueID: 3, Properties: append(buf[:0], asks...)}
		if err := levels.Divert(&m); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a message, want 0", n)
	}
}

// FuzzDivert: whatever a client sends, what waits has one target, which is the broker's, and comes back as it was sent.
func FuzzDivert(f *testing.F) {
	f.Add([]byte("DELAY\x013\x02"), "T", int32(0))
	f.Add([]byte("REAL_QID\x01-7\x02DELAY\x011\x02REAL_TOPIC\x01RMQ_SYS_TRANS_HALF_TOPIC"), "%RETRY%g", int32(7))
	f.Add([]byte("DELAY\x013\x02DELAY\x01\x02\x01\x02REAL_TOPIC\x02REAL_TOPIC\x01\x02"), "a", int32(math.MaxInt32))
	f.Fuzz(func(t *testing.T, props []byte, name string, id int32) {
		m := record.Message{Topic: []byte(name), QueueID: id, Properties: bytes.Clone(props)}
		levels := Levels{time.Second, time.Minute}
		if name == "" || strings.ContainsAny(name, "\x01\x02") || id < 0 || name == record.TopicTranHalf || levels.Divert(&m) != nil {
			return
		}
		value, _ := record.Property(m.Properties, "DELAY")
		if level, err := jvalue.ParseInt(value); err != nil || level != m.QueueID+1 || m.QueueID < 0 || m.QueueID > 1 {
			t.Fatalf("queue %d, DELAY %q, %v", m.QueueID, value, err)
		}
		waits := record.View{Properties: m.Properties}
		if topic, queue, err := waits.Home(); err != nil || string(topic) != name || queue != id {
			t.Fatalf("comes back to %q %d, %v, want %q %d", topic, queue, err, name, id)
		}
		for key := range record.Properties(m.Properties) {
			if slices.Contains([]string{"TIMER_DELIVER_MS", "TIMER_DELAY_SEC", "TIMER_DELAY_MS"}, string(key)) {
				t.Fatalf("property %s is still there", key)
			}
		}
	})
}
