package send_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// tally keeps what it is told. It is a send.Tally.
type tally struct {
	mu    sync.Mutex
	told  []string
	took  time.Duration // of the last
	quiet bool          // nothing is kept
}

func (y *tally) Put(topic []byte, queue int32, messages, bytes int, took time.Duration) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.took = took
	if !y.quiet {
		y.told = append(y.told, fmt.Sprintf("%s %d %d %d", topic, queue, messages, bytes))
	}
}

// Sent tells the sort behind the bytes.
func (y *tally) Sent(topic []byte, queue int32, sort record.Sort, messages, bytes int, took time.Duration) {
	y.Put(topic, queue, messages, bytes, took)
	if n := len(y.told); n > 0 && sort != record.Normal {
		y.told[n-1] += " " + sort.String()
	}
}

func (y *tally) Buried(group, topic []byte) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.told = append(y.told, fmt.Sprintf("%s buries %s", group, topic))
}

func (y *tally) Returned(group, topic []byte) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.told = append(y.told, fmt.Sprintf("%s back to %s", topic, group))
}

// Each send that is stored is counted once, with its messages and the bytes they take in the log.
func TestTally(t *testing.T) {
	y := new(tally)
	o := options()
	o.Tally = y
	b := start(t, vfs.NewMem(), smallStore(), o)
	first := message{topic: "TopicA", body: []byte("the first may wait on the pool for room in the log")}
	peer.New().Ask(t, b.router, first.frame(t, wire.JSON))
	for _, tt := range []struct {
		name string
		m    message
		want string // without the bytes and the sort
		sort string
	}{
		{"one", message{topic: "TopicA", queue: 1, body: []byte("x")}, "TopicA 1 1", ""},
		{"batch", message{code: protocol.SendBatchMessage, topic: "TopicA", body: batchBody(4, []byte("x"))}, "TopicA 0 4", ""},
		{"oneway", message{topic: "TopicA", body: []byte("x"), flag: wire.FlagOneway}, "TopicA 0 1", ""},
		{"in order", message{topic: "TopicA", body: []byte("x"), props: "__SHARDINGKEY\x01k\x02DELAY\x010\x02"}, "TopicA 0 1", " fifo"},
		{"at a level", message{topic: "TopicA", body: []byte("x"), props: "DELAY\x010\x02"}, "TopicA 0 1", " delay"},
		{"at a time", message{topic: "TopicA", body: []byte("x"), props: "__STARTDELIVERTIME\x010\x02"}, "TopicA 0 1", " delay"},
		{"not half", message{topic: "TopicA", body: []byte("x"), props: "TRAN_MSG\x01false\x02"}, "TopicA 0 1", ""},
		{"a topic made by use", message{topic: "New", body: []byte("x")}, "New 0 1", ""},
		{"empty", message{topic: "TopicA"}, "", ""},
		{"no such queue", message{topic: "TopicA", queue: 9, body: []byte("x")}, "", ""},
		{"no such topic", message{topic: "NoTopic", body: []byte("x")}, "", ""},
	} {
		y.told = nil
		before := b.Metrics.Bytes.Load()
		p := peer.New()
		f := tt.m.frame(t, wire.JSON)
		if tt.m.flag&wire.FlagOneway != 0 {
			if err := b.router.Frame(p, f); err != nil {
				t.Fatal(err)
			}
		} else {
			p.Ask(t, b.router, f)
		}
		var want []string
		if tt.want != "" {
			want = []string{fmt.Sprintf("%s %d%s", tt.want, b.Metrics.Bytes.Load()-before, tt.sort)}
		}
		if !slices.Equal(y.told, want) {
			t.Errorf("%s: told %q, want %q", tt.name, y.told, want)
		}
		if onPool := tt.m.topic == "New"; want != nil && (y.took > 0) != onPool {
			t.Errorf("%s: took %v; on a pool: %t", tt.name, y.took, onPool)
		}
	}
}
