//go:build conformance

package hostile

import (
	"encoding/binary"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// A client that asks for gigabytes and reads none of it is refused once 8 MiB wait for it, and closed
// once 64 MiB do. Everything that a request can make the server keep is in the budget: the 64 MiB, and as
// much again for the garbage that they leave.
func TestSlowReaderOfPulls(t *testing.T) {
	attack(t, limits{memory: 160 * mib}, func(v *victim) {
		fill(dial(t, v.Broker), "Bulk", 16, 16_000)
		p := dial(t, v.Broker)
		_ = p.Conn.(*net.TCPConn).SetReadBuffer(64 << 10)
		requests := pipelined(2000, func(i int32) []byte { return request(protocol.PullMessage, i, 0, pullFrom("Bulk"), nil) })
		sent := 0
		for ; sent < 1_000_000; sent += 2000 {
			_ = p.SetWriteDeadline(time.Now().Add(patience))
			if _, err := p.Write(requests); err != nil {
				break
			}
		}
		if sent < 4200 {
			t.Errorf("closed after %d requests: that many answers are no gigabyte", sent)
		}
		if sent == 1_000_000 {
			t.Errorf("still open after %d requests, none of whose answers was read", sent)
		}
		// One read may bring so many requests that no other comes between the two limits.
		if v.metric("gannet_requests_refused_total")+v.metric(closedFor("backlog")) == 0 {
			t.Error("no request was refused above 8 MiB, nor the connection closed for its backlog")
		}
		t.Logf("closed after %d requests for 256 kB each", sent)
	})
}

// fill stores n messages of a size.
func fill(p *peer, topic string, n, size int) {
	for range n {
		p.want("fill", protocol.SendMessageV2, sendTo(topic), make([]byte, size), 0)
	}
	eventually(p.t, topic+" is readable", func() bool {
		return p.number(p.ask(protocol.GetMaxOffset, queueOf(topic, "0"), nil), "offset") == int64(n)
	})
}

func pipelined(n int32, make func(i int32) []byte) (all []byte) {
	for i := range n {
		all = append(all, make(i)...)
	}
	return all
}

// Four thousand pulls of one connection wait for a message that is 256 kB long, a gigabyte of answers at
// once, and nobody reads them.
func TestSlowReaderOfLongPolls(t *testing.T) {
	const polls = 4000
	attack(t, limits{memory: 160 * mib}, func(v *victim) {
		producer := dial(t, v.Broker)
		producer.want("create", protocol.UpdateAndCreateTopic, createTopic("Woken"), nil, 0)
		p := dial(t, v.Broker)
		_ = p.Conn.(*net.TCPConn).SetReadBuffer(64 << 10)
		wait := pullFrom("Woken").with("sysFlag", "6").with("suspendTimeoutMillis", "60000")
		p.send(pipelined(polls, func(i int32) []byte { return request(protocol.PullMessage, i, 0, wait, nil) }))
		eventually(t, "all polls wait", func() bool { return v.metric("gannet_pulls_held") == polls })
		producer.want("wake", protocol.SendMessageV2, sendTo("Woken"), make([]byte, 256<<10), 0)
		eventually(t, "no poll waits", func() bool { return v.metric("gannet_pulls_held") == 0 })
		eventually(t, "the slow reader is gone", func() bool { return v.metric("gannet_connections") == 2 })
	})
}

// Four thousand pulls of one connection wait, each with a subscription as long as it may be, with an escape:
// neither the escapes nor the tags are kept for as long as they like.
func TestLongPollsWithLongSubscriptions(t *testing.T) {
	const polls = 4000
	attack(t, limits{memory: 128 * mib}, func(v *victim) {
		dial(t, v.Broker).want("create", protocol.UpdateAndCreateTopic, createTopic("Never"), nil, 0)
		p := dial(t, v.Broker)
		tags := strings.Repeat("t||", 20_000) + "\n"
		wait := pullFrom("Never").with("sysFlag", "6").with("suspendTimeoutMillis", "600000").with("subscription", tags)
		p.want("make the group", protocol.PullMessage, wait.with("sysFlag", "4"), nil, 19)
		_ = p.SetDeadline(time.Now().Add(10 * patience))
		for i := range int32(polls) {
			if _, err := p.Write(request(protocol.PullMessage, i, 0, wait, nil)); err != nil {
				t.Fatalf("poll %d: %v", i, err)
			}
		}
		p.want("behind the polls", protocol.GetMaxOffset, queueOf("Never", "0"), nil, 0)
		t.Logf("%v polls wait", v.metric("gannet_pulls_held"))
	})
}

// The pulls of a connection that has ended do not go on waiting for messages: whoever comes and goes
// would leave thousands of them each time.
func TestLongPollsOfTheDeparted(t *testing.T) {
	attack(t, limits{}, func(v *victim) {
		wait := pullFrom(quietTopic).with("topic", "Never").with("sysFlag", "6").with("suspendTimeoutMillis", maxInt64)
		first := dial(t, v.Broker)
		first.want("create", protocol.UpdateAndCreateTopic, createTopic("Never"), nil, 0)
		first.want("make the group", protocol.PullMessage, pullFrom("Never"), nil, 19)
		for range 50 {
			p := dial(t, v.Broker)
			p.send(pipelined(200, func(i int32) []byte { return request(protocol.PullMessage, i, 0, wait, nil) }))
			p.want("behind the polls", protocol.GetMaxOffset, queueOf("Never", "0"), nil, 0)
			_ = p.Close()
		}
		eventually(t, "no poll waits for a client that has gone", func() bool { return v.metric("gannet_pulls_held") <= 1 }) // the neighbour's
	})
}

// The same for polls that were still on their way to a worker when their connection ended: those of
// groups that have to be made first.
func TestLongPollsOfTheQuick(t *testing.T) {
	attack(t, limits{}, func(v *victim) {
		dial(t, v.Broker).want("create", protocol.UpdateAndCreateTopic, createTopic("Never"), nil, 0)
		for i := range 40 {
			wait := pullFrom("Never").with("consumerGroup", fmt.Sprint("quick", i)).with("sysFlag", "6").with("suspendTimeoutMillis", maxInt64)
			p := dial(t, v.Broker)
			p.send(pipelined(500, func(i int32) []byte { return request(protocol.PullMessage, i, 0, wait, nil) }))
			_ = p.Close()
		}
		eventually(t, "all have gone", func() bool { return v.metric("gannet_connections") <= 2 })
		eventually(t, "no poll waits for a client that has gone", func() bool { return v.metric("gannet_pulls_held") <= 1 }) // the neighbour's
	})
}

// slowWriters drip one byte each 100 ms on so many connections until the server or stop ends them.
type slowWriters struct {
	t      *testing.T
	wg     sync.WaitGroup
	mu     sync.Mutex
	closed []time.Duration // how long each lived
}

func (s *slowWriters) start(addr string, n int, opening, drip []byte, stop <-chan struct{}) {
	for range n {
		p := dial(s.t, addr)
		p.send(opening)
		s.wg.Go(func() { s.drip(p, drip, stop) })
	}
}

func (s *slowWriters) drip(p *peer, bytes []byte, stop <-chan struct{}) {
	began := time.Now()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		_ = p.SetWriteDeadline(time.Now().Add(patience))
		if _, err := p.Write(bytes[i%len(bytes):][:1]); err != nil {
			s.mu.Lock()
			s.closed = append(s.closed, time.Since(began))
			s.mu.Unlock()
			return
		}
	}
}

// Connections that never finish their first frame are closed after 10 s, however they drip; ones that
// have shown a frame may drip on, at no cost; ones that say nothing at all end with the idle time.
func TestSlowWriters(t *testing.T) {
	const slow = 200
	attack(t, limits{memory: 24 * mib, set: map[string]string{"serverChannelMaxIdleTimeSeconds": "3"}}, func(v *victim) {
		stop := make(chan struct{})
		opening := binary.BigEndian.AppendUint32(nil, 1<<20)
		body := []byte(`{"code":10,"extFields":{"topic":"` + repeat("t", 1000))
		loris := slowWriters{t: t}
		loris.start(v.Broker, slow, opening, append(binary.BigEndian.AppendUint32(nil, 1<<19), body...), stop)
		shown := slowWriters{t: t}
		shown.start(v.Broker, 50, append(request(protocol.GetMaxOffset, 1, 0, queueOf(quietTopic, "0"), nil), opening...),
			append(binary.BigEndian.AppendUint32(nil, 1<<19), body...), stop)
		var silent []*peer
		for i := range 50 {
			silent = append(silent, dial(t, v.Broker))
			silent[i].send(opening[:i%5])
		}
		for i, p := range silent {
			p.wantClosed(fmt.Sprintf("half-open, %d bytes", i%5))
		}
		done := make(chan struct{})
		go func() { loris.wg.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(2 * patience):
			t.Errorf("of %d slow writers %v were closed within %v", slow, len(loris.closed), 2*patience)
		}
		close(stop)
		loris.wg.Wait()
		shown.wg.Wait()
		for _, lived := range loris.closed {
			if lived < 5*time.Second {
				t.Fatalf("a slow writer was closed after %v, want it to have its 10 s", lived)
			}
		}
		if len(shown.closed) > 0 {
			t.Errorf("%d writers were closed within a frame, want none: they had shown one", len(shown.closed))
		}
	})
}

// Clients that begin requests of 16 MiB and do not end them fill what all unfinished requests may take. They go, and
// nobody else does.
func TestUnfinishedRequests(t *testing.T) {
	const bound, whole = 64 * mib, 16 * mib
	set := map[string]string{"maxUnfinishedBytes": fmt.Sprint(bound)}
	attack(t, limits{memory: 3 * bound, set: set}, func(v *victim) {
		good := dial(t, v.Broker)
		send := func(when string) {
			t.Helper()
			good.want(when, protocol.SendMessageV2, sendTo("Good"), make([]byte, mib), 0)
		}
		send("a large message before")
		begun := request(protocol.SendMessageV2, 1, 0, sendTo("Good"), make([]byte, whole-4096))
		for i := range 3 * bound / whole {
			p := dial(t, v.Broker)
			p.want("a valid request first", protocol.GetMaxOffset, queueOf(quietTopic, "0"), nil, 0)
			_ = p.SetDeadline(time.Now().Add(patience))
			_, _ = p.Write(begun[:len(begun)-1]) // those that are ended do not take it all
			send(fmt.Sprintf("a large message beside %d unfinished requests", i+1))
		}
		send("a large message after")
	})
}

// A client that ends its own side first still gets the answers to what it asked before.
func TestHalfClosed(t *testing.T) {
	attack(t, limits{}, func(v *victim) {
		for i := range 50 {
			p := dial(t, v.Broker)
			// A frame that lies across the end is never executed.
			whole := request(protocol.SendMessageV2, 2, 0, sendTo("HalfClosed"), []byte("body"))
			p.send(append(request(protocol.GetMaxOffset, 1, 0, queueOf(quietTopic, "0"), nil), whole[:len(whole)-1]...))
			p.opaque = 1
			if a := p.answered("first request"); a.code != 0 {
				t.Errorf("connection %d: code %d, want 0", i, a.code)
			}
			if err := p.Conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			p.wantClosed("half-closed connection " + strconv.Itoa(i))
		}
		p := dial(t, v.Broker)
		p.want("the topic of the sends that were cut", protocol.PullMessage, pullFrom("HalfClosed"), nil, 17)
	})
}

// Answers to nobody, and a hundred thousand errors nobody may be told of.
func TestStrayAnswersAndOneway(t *testing.T) {
	attack(t, limits{}, func(v *victim) {
		for _, addr := range []string{v.Broker, v.Namesrv} {
			p := dial(t, addr)
			p.send(pipelined(100_000, func(i int32) []byte { return request(0, i, wire.FlagResponse, ext{"x": "y"}, nil) }))
			bad := []ext{{}, sendTo(".."), sendTo(quietTopic).with("e", "99"), pullFrom("absent"), {"topic": "absent"}}
			some := []int32{310, 11, 105, 999, 34, 41, 17, 103, 15}
			p.send(pipelined(100_000, func(i int32) []byte {
				return request(some[int(i)%len(some)], i, wire.FlagOneway, bad[int(i)%len(bad)], []byte("{"))
			}))
			p.opaque = 200_000
			// 999 is served by neither: the first answer at all must be this one.
			p.want("request behind the oneway ones", 999, ext{}, nil, 3)
		}
	})
}
