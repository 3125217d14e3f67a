//go:build conformance

package javasuite_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
)

// impatient makes members renew their locks in good time, and look for queues they may have now.
var impatient = map[string]string{
	"rocketmq.client.rebalance.lockInterval": "500", "rocketmq.client.rebalance.lockMaxLiveTime": "2500", "rocketmq.client.rebalance.waitInterval": "1000",
}

// forever is longer than a test lasts, in milliseconds.
const forever = "600000"

// patient makes a member divide the queues anew when it is told to, and not before. 4.x unlocks what it gives up after
// unlockDelayTimeMills, and begins with what it is given when it renews its locks; 5.x unlocks at once, but amid a message if it renewed
// its lock longer ago than that.
var patient = map[string]string{
	"rocketmq.client.rebalance.lockMaxLiveTime": forever, "rocketmq.client.rebalance.waitInterval": forever,
	"rocketmq.client.unlockDelayTimeMills": "4000", "rocketmq.client.rebalance.lockInterval": "1000",
}

// asking makes a member of 5.x ask each second for the queues that others have locked. It does not renew its locks, which would bring
// one back while it leaves.
var asking = map[string]string{
	"rocketmq.client.rebalance.lockMaxLiveTime": forever, "rocketmq.client.rebalance.lockInterval": forever, "rocketmq.client.rebalance.waitInterval": "1000",
}

// load sends to each queue of the group's topic what its members take.
type load struct {
	sent atomic.Int64 // to each queue
	stop func()
}

// send begins a load that always keeps something waiting, whatever the members' pace.
func (g *group) send(t *testing.T, broker string) *load {
	t.Helper()
	recorder.MustCreateTopic(t, broker, orderTopic, g.queues)
	c := recorder.MustDial(t, broker)
	l := new(load)
	stop, stopped := make(chan struct{}), make(chan struct{})
	l.stop = func() {
		close(stop)
		<-stopped
	}
	go func() {
		defer close(stopped)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for ; ; <-tick.C {
			select {
			case <-stop:
				return
			case <-t.Context().Done():
				return
			default:
				for slices.Max(g.highest()) > l.sent.Load()-200 && t.Context().Err() == nil {
					l.round(t, c, g.queues)
				}
			}
		}
	}()
	return l
}

func (l *load) round(t *testing.T, c *recorder.Client, queues int32) {
	n := l.sent.Load()
	for q := range queues {
		at, err := c.Send(recorder.Queue{Topic: orderTopic, ID: q}, fmt.Append(nil, n))
		if (err != nil || at != n) && t.Context().Err() == nil {
			t.Errorf("send %d to queue %d: offset %d, %v", n, q, at, err)
		}
	}
	l.sent.Add(1)
}

// finish ends the load, and the test when the group has taken all.
func (g *group) finish(t *testing.T, l *load) {
	t.Helper()
	l.stop()
	until(t, "all is taken", func() bool {
		return !slices.ContainsFunc(g.highest(), func(at int64) bool { return at != l.sent.Load()-1 })
	})
}

// Members of a group that consumes in order join, leave and are killed while sends go on and much waits: every queue is consumed in
// order, by one at a time, and what is repeated is what a member took that could not commit it any more: little before its end, or the
// one message at which it was when the queue went to another. A topic of one queue is in order as a whole.
func TestOrderWhileMembersComeAndGo(t *testing.T) {
	for _, queues := range []int32{4, 1} {
		for _, client := range []javasuite.Client{{Module: javaenv.Client533, Headers: javasuite.JSON}, {Module: javaenv.Client471, Headers: javasuite.RocketMQ}} {
			t.Run(fmt.Sprintf("%s of %d", client.Name(), queues), func(t *testing.T) {
				t.Parallel() // it mostly waits
				comeAndGo(t, client, queues)
			})
		}
	}
}

func comeAndGo(t *testing.T, client javasuite.Client, queues int32) {
	broker := process.Run(t, process.Options{Set: map[string]string{"rebalanceLockMaxLiveTime": "4000"}})
	g := newGroup(queues)
	l := g.send(t, broker.Broker)
	first := g.join(t, "c", client, broker.Namesrv, impatient)
	until(t, "c works", func() bool { return g.count("c") > 50 })
	killed := g.join(t, "b", client, broker.Namesrv, impatient)
	until(t, "b has its share", func() bool { return g.of("b") == g.share() })
	for q, at := range g.highest() {
		if at >= l.sent.Load()-10 {
			t.Errorf("nothing waits in queue %d when a member is killed", q)
		}
	}
	g.end(killed, false)
	until(t, "c has all", func() bool { return g.of("c") == int(queues) })
	left := g.join(t, "a", client, broker.Namesrv, impatient)
	until(t, "a has its share", func() bool { return g.of("a") == g.share() })
	g.end(left, true)
	until(t, "c has all again", func() bool { return g.of("c") == int(queues) })
	g.finish(t, l)
	g.end(first, true)
	g.judge(t, l.sent.Load())
}

// A member that would divide the queues anew in ten minutes only gives some up at once when another joins, and takes them back at once
// when that leaves: it is told of both (40), the other is told to the broker though its connections stay (35), and both unlock what
// they no longer have (42).
func TestMembersAreTold(t *testing.T) {
	for _, client := range toldClients {
		t.Run(client.Name(), func(t *testing.T) {
			t.Parallel()
			g := process.Run(t, process.Options{Set: map[string]string{"rebalanceLockMaxLiveTime": forever}})
			membersAreTold(t, client, g.Namesrv, g.Broker)
		})
	}
}

var toldClients = []javasuite.Client{{Module: javaenv.Client533, Headers: javasuite.JSON}, {Module: javaenv.Client494, Headers: javasuite.RocketMQ}}

func membersAreTold(t *testing.T, client javasuite.Client, namesrv, broker string) {
	t.Helper()
	g := newGroup(4)
	l := g.send(t, broker)
	told := g.join(t, "b", client, namesrv, patient)
	until(t, "b works on all", func() bool { return g.of("b") == int(g.queues) })
	other := g.join(t, "a", toldClients[0], namesrv, asking)
	until(t, "a has its share", func() bool { return g.of("a") == g.share() })
	g.leave(t, other)
	until(t, "b has all again", func() bool { return g.of("b") == int(g.queues) })
	g.finish(t, l)
	g.end(told, true)
	g.end(other, true)
	g.judge(t, l.sent.Load())
}
