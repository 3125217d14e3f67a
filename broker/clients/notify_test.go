package clients

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// told runs f in a bubble with a started table and verifies that what f expects was pushed.
func told(t *testing.T, o Options, f func(t *testing.T, table *Table, expect func(after time.Duration, want ...string))) {
	synctest.Test(t, func(t *testing.T) {
		tables := new(fakeTables)
		table := New(tables, tables, o)
		push := new(pushes)
		table.Start(push)
		defer table.Close()
		defer check(t, table)
		f(t, table, func(after time.Duration, want ...string) {
			t.Helper()
			<-time.After(after) // fake: the bubble's clock
			synctest.Wait()
			slices.Sort(want)
			if got := push.take(); !slices.Equal(got, want) {
				t.Errorf("pushed %v, want %v", got, want)
			}
		})
	})
}

func to(group string, peers ...*peer.Peer) []string {
	var all []string
	for _, p := range peers {
		all = append(all, fmt.Sprintf("40 %s>%d", group, p.ID()))
	}
	return all
}

func TestMembersAreTold(t *testing.T) {
	told(t, Options{}, func(t *testing.T, table *Table, expect func(time.Duration, ...string)) {
		a, b := peer.New(), peer.New()
		beatOnce(t, table, a, consumerOf("a", "G", "T=1"))
		expect(time.Second, to("G", a)...)
		beatOnce(t, table, a, consumerOf("a", "G", "T=1"))
		expect(time.Second)
		beatOnce(t, table, b, consumerOf("b", "G", "T=1"))
		expect(time.Second, to("G", a, b)...)
		beatOnce(t, table, b, consumerOf("b", "G", "T=2")) // newer, but no other topics
		expect(time.Second)
		beatOnce(t, table, b, consumerOf("b", "G", "T=2", "U=2"))
		expect(time.Second, to("G", a, b)...)
		table.Closed(a)
		expect(time.Second, to("G", b)...)
		table.unregister(table.conn(b), "G", true)
		expect(time.Second)
	})
}

func TestNobodyIsTold(t *testing.T) {
	quiet := func(t *testing.T, table *Table, expect func(time.Duration, ...string)) {
		beatOnce(t, table, peer.New(), consumerOf("a", "quiet", "T=1"))
		d := consumerOf("b", "B", "T=1")
		d.ConsumerDataSet[0].MessageModel = protocol.Broadcasting
		beatOnce(t, table, peer.New(), d)
		beatOnce(t, table, peer.New(), &protocol.HeartbeatData{ClientID: "c", ProducerDataSet: []protocol.ProducerData{{GroupName: "P"}}})
		expect(time.Minute)
	}
	told(t, Options{}, quiet)
	told(t, Options{NoNotify: true}, func(t *testing.T, table *Table, expect func(time.Duration, ...string)) {
		beatOnce(t, table, peer.New(), consumerOf("a", "G", "T=1"))
		expect(time.Minute)
	})
}

// A hundred members that come at once do not make 100·100 requests: the first is told at once, the
// rest together.
func TestChangesAreToldTogether(t *testing.T) {
	told(t, Options{}, func(t *testing.T, table *Table, expect func(time.Duration, ...string)) {
		first := peer.New()
		beatOnce(t, table, first, consumerOf("0", "G", "T=1"))
		expect(0, to("G", first)...)
		all := []*peer.Peer{first}
		for i := range 99 {
			p := peer.New()
			beatOnce(t, table, p, consumerOf(fmt.Sprint(i+1), "G", "T=1"))
			all = append(all, p)
		}
		expect(99 * time.Millisecond)
		expect(time.Millisecond, to("G", all...)...)
		for _, p := range all[10:] {
			table.Closed(p)
		}
		expect(100*time.Millisecond, to("G", all[:10]...)...)
	})
}

func TestScannerRuns(t *testing.T) {
	told(t, Options{}, func(t *testing.T, table *Table, expect func(time.Duration, ...string)) {
		a, b := peer.New(), peer.New()
		beatOnce(t, table, a, consumerOf("a", "G", "T=1"))
		expect(time.Second, to("G", a)...)
		beatOnce(t, table, b, consumerOf("b", "G", "T=1"))
		expect(time.Second, to("G", a, b)...)
		for range 5 {
			beatOnce(t, table, b, consumerOf("b", "G", "T=1"))
			<-time.After(29 * time.Second)
		}
		expect(time.Second, to("G", b)...)
		if a.Closed() == "" || b.Closed() != "" {
			t.Errorf("closed: a %q, b %q, want only a", a.Closed(), b.Closed())
		}
	})
}
