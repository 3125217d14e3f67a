package register

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// told is a name server that remembers what it was told, and may not know code 217.
type told struct {
	mu    sync.Mutex
	calls []string
	old   bool
}

func (n *told) Call(_ context.Context, _ string, m *remoting.Message) (*wire.Command, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch m.Code {
	case protocol.RegisterTopicInNamesrv:
		if n.calls = append(n.calls, string(m.Body)); n.old {
			return &wire.Command{Code: 3}, nil
		}
	case protocol.RegisterBroker:
		n.calls = append(n.calls, "all")
	}
	return &wire.Command{}, nil
}

func (n *told) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	calls := n.calls
	n.calls = nil
	return calls
}

// With enableSingleTopicRegister a change of topics is told alone, where that will do.
func TestSingleTopics(t *testing.T) {
	// The body of Java's frame 217_REGISTER_TOPIC_IN_NAMESRV/json-javaraw-5.3.3-01.
	const one = `{"queueDatas":[{"brokerName":"fake","perm":6,"readQueueNums":2,"topicSysFlag":0,"writeQueueNums":2}]}`
	synctest.Test(t, func(t *testing.T) {
		n := new(told)
		table := map[string]protocol.TopicConfig{"T": {TopicName: "T", Perm: 6, ReadQueueNums: 2, WriteQueueNums: 2}}
		for i := range 2 * maxSingle {
			table[fmt.Sprint(i)] = protocol.TopicConfig{TopicName: fmt.Sprint(i)}
		}
		r := New(n, Options{
			Name: "fake", NameServers: []string{"a:1"}, Every: time.Minute, Force: true, Single: true, Log: slog.New(slog.DiscardHandler),
			Topics: func() protocol.TopicTable { return protocol.TopicTable{TopicConfigTable: table} },
		})
		expect := func(what string, want ...string) {
			t.Helper()
			if got := n.take(); !slices.Equal(got, want) {
				t.Errorf("%s: told %.200q, want %.200q", what, got, want)
			}
		}
		many := make([]string, 0, maxSingle+1)
		for i := range maxSingle + 1 {
			many = append(many, fmt.Sprint(i))
		}
		r.Start()
		synctest.Wait()
		expect("the start", "all")
		r.Changed("T")
		expect("a topic", one)
		r.Changed("T", "gone")
		expect("one that is deleted", one, "all")
		r.Changed()
		expect("anything", "all")
		r.Changed(many...)
		expect("many", "all")
		<-time.After(time.Minute)
		synctest.Wait()
		expect("its time", "all")
		n.old = true
		r.Changed("T")
		expect("an old name server", one, "all")
		r.Stop(t.Context())
	})
}
