package store_test

import (
	"encoding/binary"
	"log/slog"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/vfs"
)

// What a group has consumed tells of a lost queue when no tally does. After a crash, see TestGoldenDamages.
func TestConsumersWitnessLostQueues(t *testing.T) {
	const topics = `{"topicConfigTable":{"T":{},"Other":{}}}`
	large := strings.Repeat(" ", 65<<20) // as of a broker with hundreds of thousands of queues
	queueLost := func(mem *vfs.Mem) { remove(t, mem, "consumequeue/T/1") }
	endLost := func(mem *vfs.Mem) {
		write(t, mem, "consumequeue/T/1/00000000000000000000", 80, make([]byte, 120))
	}
	nothing := func(*vfs.Mem) {}
	for name, c := range map[string]struct {
		topics, offsets string
		spoil           func(*vfs.Mem)
		witnessed       bool
	}{
		"nothing is lost":              {topics, `{"offsetTable":{"T@G":{0:10,1:10,2:10}}}`, nothing, false},
		"a queue is lost":              {topics, `{"offsetTable":{"T@G":{0:1,1:1}}}`, queueLost, true},
		"its end is lost":              {topics, `{"offsetTable":{"T@G":{1:10}}}`, endLost, true},
		"the table is large":           {topics, `{"offsetTable":{"T@G":{0:1,1:1}}` + large + `}`, queueLost, true},
		"nobody consumed":              {topics, `{"offsetTable":{"T@G":{0:1}}}`, queueLost, false},
		"nobody consumed so far":       {topics, `{"offsetTable":{"T@G":{1:4}}}`, endLost, false},
		"the topic was deleted":        {`{"topicConfigTable":{"Other":{}}}`, `{"offsetTable":{"T@G":{1:1}}}`, queueLost, false},
		"a queue that the log has not": {topics, `{"offsetTable":{"Other@G":{1:1}}}`, nothing, true},
		"the tables are damaged":       {`{`, `{`, queueLost, false},
	} {
		t.Run(name, func(t *testing.T) {
			mem, want := closed(t, 30)
			remove(t, mem, "queues.tally")
			makeDirs(t, mem, "config/x")
			create(t, mem, "config/topics.json", []byte(c.topics))
			create(t, mem, "config/consumerOffset.json", []byte(c.offsets))
			c.spoil(mem)
			var said lines
			o := small()
			o.Log = slog.New(slog.NewTextHandler(&said, nil))
			s := open(t, mem, o)
			if got := strings.Contains(said.String(), "a group has consumed more"); got != c.witnessed {
				t.Errorf("witnessed: got %t, want %t; the log says\n%s", got, c.witnessed, said.String())
			}
			if c.witnessed {
				sameMessages(t, readStore(t, s), want)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// An offset of a queue that never was must not make each start after a crash a long one.
func TestConsumersAreAskedOnce(t *testing.T) {
	mem := imageInMemory(t, "basic-clean")
	remove(t, mem, "config/consumerOffset.json")
	create(t, mem, "config/consumerOffset.json", []byte(`{"offsetTable":{"TopicOne@G":{7:5}}}`))
	create(t, mem, "abort", nil)
	for _, want := range []bool{true, false} {
		var said lines
		o := store.Hurried(goldenOptions())
		o.Log = slog.New(slog.NewTextHandler(&said, nil))
		s := open(t, mem, o)
		eventually(t, "the checkpoint vouches for the queues", func() bool {
			return binary.BigEndian.Uint64(readFile(t, mem, "checkpoint", 4096)[8:]) > 0
		})
		if got := strings.Contains(said.String(), "a group has consumed more"); got != want {
			t.Errorf("asked: got %t, want %t; the log says\n%s", got, want, said.String())
		}
		after := mem.CloneKilled()
		closeStore(t, s)
		mem = after
	}
}
