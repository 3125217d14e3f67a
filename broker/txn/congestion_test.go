package txn

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
)

// deaf reads nothing until a time.
type deaf struct {
	*peer.Peer
	until time.Time
}

func (d deaf) Congested() bool { return time.Now().Before(d.until) }

// flock is producer groups of one member each.
type flock map[string]deaf

func (f flock) AnyProducer(group string) remoting.Peer { return f[group] }

func TestCongestedGroupIsWaitedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := time.Now().Add(time.Hour)
		groups := flock{"slow": {peer.New(), time.Now().Add(3 * time.Second)}, "deaf": {peer.New(), never}, "ready": {Peer: peer.New()}}
		r := round{t: &Transactions{producers: groups}, ctx: t.Context()}
		asked := func(group string) (is bool, waited time.Duration) {
			began := time.Now()
			return r.producer(group) != nil, time.Since(began)
		}
		for _, c := range []struct {
			group string
			asked bool
			most  time.Duration
		}{
			{"ready", true, 0}, {"slow", true, 3 * time.Second}, {"deaf", false, congestionMost}, {"deaf", false, 0}, {"ready", true, 0}, {"slow", true, 0},
		} {
			if is, waited := asked(c.group); is != c.asked || waited > c.most {
				t.Errorf("%s: asked %t after %v, want %t within %v", c.group, is, waited, c.asked, c.most)
			}
		}
		began := time.Now()
		for i := range 1000 {
			group := fmt.Sprint("deaf", i)
			groups[group] = deaf{peer.New(), never}
			if is, _ := asked(group); is {
				t.Errorf("%s was asked", group)
			}
		}
		if waited := time.Since(began); waited > 2*congestionMost {
			t.Errorf("a thousand groups that do not read hold a round up for %v", waited)
		}
		r = round{t: r.t, ctx: t.Context()}
		if _, waited := asked("deaf"); waited < congestionMost {
			t.Errorf("the next round waits %v, want %v", waited, congestionMost)
		}
	})
}
