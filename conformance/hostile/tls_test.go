//go:build conformance

package hostile

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
)

// Handshakes that are rubbish, cut off, stalled or given up cost their connection and little else; the admin listener
// answers all the while, and TLS clients are served.
func TestTLSHandshakes(t *testing.T) {
	hello := clientHello(t)
	attack(t, limits{memory: 96 * mib, set: map[string]string{"firstRequestMillis": "6000"}}, func(v *victim) {
		var stalled []*peer
		for i := range 200 {
			p := dial(t, v.Broker)
			p.send(hello[:1+i%(len(hello)-1)])
			stalled = append(stalled, p)
		}
		for i := range 200 {
			p := dial(t, v.Broker)
			b := bytes.Clone(hello)
			if i%2 == 0 {
				b = append([]byte{0x16, 3, 1, 0xff, 0xff}, make([]byte, 300)...)
			} else {
				b[5+i%60] ^= 0x55
			}
			p.send(b)
			if i%3 == 0 {
				reset(p.Conn)
			}
		}
		for range 300 {
			p := dial(t, v.Broker)
			p.send(hello)
			_, _ = io.ReadFull(p.in, make([]byte, 5)) // the server has answered, and computed
			reset(p.Conn)
		}
		if n := v.metric("gannet_connections"); n < 100 {
			t.Errorf("%v connections under attack, want the stalled ones to be there", n)
		}
		for i, p := range stalled {
			_ = p.SetReadDeadline(time.Now().Add(patience))
			if _, err := io.ReadAll(p.in); isTimeout(err) {
				t.Errorf("stalled handshake %d is still open", i)
			}
		}
		p := dialTLS(t, v.Broker)
		p.want("over TLS", protocol.GetMaxOffset, queueOf(quietTopic, "0"), nil, 0)
		if n := v.metric(closedFor("tls")); n == 0 {
			t.Error("no connection was counted as closed for its handshake")
		}
	})
}

// clientHello is what a TLS client sends first.
func clientHello(t *testing.T) []byte {
	t.Helper()
	here, there := net.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = tls.Client(here, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(ctx) })
	b := make([]byte, 16<<10)
	n, err := there.Read(b)
	cancel()
	_ = here.Close()
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return b[:n]
}

func dialTLS(t *testing.T, addr string) *peer {
	t.Helper()
	p := dial(t, addr)
	c := tls.Client(p.Conn, &tls.Config{InsecureSkipVerify: true})
	p.in.Reset(c)
	p.Conn = c
	return p
}

// What all connections leave unread is bounded too: forty clients, half of them over TLS, ask for 20 MiB each and read
// nothing. They are refused more while all leave half of the bound, those that leave most are closed above it, and
// whoever reads is served.
func TestUnreadAnswersOfAll(t *testing.T) {
	const clients, requests = 40, 80
	set := map[string]string{"maxUnsentBytes": "67108864"}
	attack(t, limits{memory: 224 * mib, set: set}, func(v *victim) {
		fill(dial(t, v.Broker), "Bulk", 16, 16_000)
		flood := pipelined(requests, func(i int32) []byte { return request(protocol.PullMessage, i, 0, pullFrom("Bulk"), nil) })
		peak := 0.0
		for i := range clients {
			raw := dial(t, v.Broker)
			_ = raw.Conn.(*net.TCPConn).SetReadBuffer(64 << 10)
			if i%2 == 0 {
				c := tls.Client(raw.Conn, &tls.Config{InsecureSkipVerify: true})
				raw.Conn = c
			}
			raw.send(flood)
			peak = max(peak, v.metric("gannet_unsent_bytes"))
		}
		eventually(t, "requests are refused, or connections closed", func() bool {
			peak = max(peak, v.metric("gannet_unsent_bytes"))
			return v.metric(closedFor("backlog"))+v.metric(`gannet_requests_over_limit_total\{limit="unread"\}`) > 0
		})
		if most := float64(67108864 + 8*mib); peak > most {
			t.Errorf("%v bytes were unread at the peak, want at most %v", peak, most)
		}
		t.Logf("%.1f MiB unread at the peak, %v closed, %v requests refused", peak/mib, v.metric(closedFor("backlog")),
			v.metric(`gannet_requests_over_limit_total\{limit="unread"\}`))
	})
}

// Thousands of connections are reset in the middle of a frame while others use the buffers that they leave: no message
// holds a byte of another connection.
func TestFramesAreNotMixed(t *testing.T) {
	const workers, rounds = 8, 300
	attack(t, limits{memory: 96 * mib}, func(v *victim) {
		creator := dial(t, v.Broker)
		var wg sync.WaitGroup
		for w := range workers {
			topic := fmt.Sprint("Mixed", w)
			creator.want("create", protocol.UpdateAndCreateTopic, createTopic(topic), nil, 0)
			good := dial(t, v.Broker)
			wg.Go(func() {
				for i := range rounds {
					mark := byte('a' + w)
					body := bytes.Repeat([]byte{mark}, 500+i*37)
					cut := request(protocol.SendMessageV2, 1, 0, sendTo(topic), bytes.Repeat([]byte{'#'}, 40_000))
					if bad, err := net.DialTimeout("tcp", v.Broker, patience); err == nil {
						_, _ = bad.Write(cut[:1000+i%150*200])
						reset(bad)
					}
					whole := request(protocol.SendMessageV2, int32(i), 0, sendTo(topic), body)
					for _, part := range [][]byte{whole[:7], whole[7 : 7+i], whole[7+i:]} {
						good.send(part)
					}
					if a, err := good.receive(); err != nil || a.code != 0 {
						t.Errorf("%s, message %d: code %d, %v", topic, i, a.code, err)
						return
					}
				}
			})
		}
		wg.Wait()
		for w := range workers {
			topic := fmt.Sprint("Mixed", w)
			for i := range rounds {
				m := stored(creator, topic, fmt.Sprint(i))
				if want := bytes.Repeat([]byte{byte('a' + w)}, 500+i*37); !bytes.Equal(m.Body, want) {
					t.Fatalf("%s, message %d: %d bytes, want %d of its own; first %.60q", topic, i, len(m.Body), len(want), m.Body)
				}
			}
		}
	})
}

// Messages that say that they are compressed are kept as they came: the broker never inflates them, alone or in batches.
func TestCompressedMessages(t *testing.T) {
	bomb := deflate(t, make([]byte, 1<<20), 512) // half a gigabyte in half a megabyte
	attack(t, limits{memory: 64 * mib}, func(v *victim) {
		p := dial(t, v.Broker)
		p.want("create", protocol.UpdateAndCreateTopic, createTopic("Bombs"), nil, 0)
		compressed := sendTo("Bombs").with("f", "1")
		for i := range 20 {
			p.want("bomb", protocol.SendMessageV2, compressed.with("f", fmt.Sprint(1|i%4<<8)), bomb, 0)
			if m := stored(p, "Bombs", fmt.Sprint(i)); !bytes.Equal(m.Body, bomb) {
				t.Fatalf("message %d came back with %d bytes, want the %d that were sent", i, len(m.Body), len(bomb))
			}
		}
		p.want("bombs in a batch", protocol.SendBatchMessage, compressed.with("m", "true"),
			append(element(bomb, nil), element(bomb, nil)...), 0, 13)
	})
}

// A hundred thousand long polls wait, as many as may be on each connection, and go with it. One holds 1.3 KiB; the
// budget has three times as much, for what their coming leaves to the garbage collector.
func TestLongPollFlood(t *testing.T) {
	const conns, polls = 25, 4000
	attack(t, limits{memory: 440 * mib, worst: 3 * time.Second}, func(v *victim) {
		first := dial(t, v.Broker)
		first.want("create", protocol.UpdateAndCreateTopic, createTopic("Never"), nil, 0)
		first.want("make the group", protocol.PullMessage, pullFrom("Never"), nil, 19)
		wait := pullFrom("Never").with("sysFlag", "6").with("suspendTimeoutMillis", "60000")
		flood := pipelined(polls, func(i int32) []byte { return request(protocol.PullMessage, i, 0, wait, nil) })
		var all []*peer
		for range conns {
			p := dial(t, v.Broker)
			p.send(flood)
			all = append(all, p)
		}
		eventually(t, "all polls wait", func() bool { return v.metric("gannet_pulls_held") >= conns*polls })
		over := all[0]
		over.send(pipelined(200, func(i int32) []byte { return request(protocol.PullMessage, 10_000+i, 0, wait, nil) }))
		a, err := over.receive()
		if err != nil || a.code == 0 || a.remark == "" {
			t.Errorf("a poll over the limit of its connection: code %d %q, %v; want a refusal that says why", a.code, a.remark, err)
		}
		if n := v.metric("gannet_pulls_crowded_total"); n == 0 {
			t.Error("no poll is counted that found no place")
		}
		v.works(steps)
		for _, p := range all {
			reset(p.Conn)
		}
		eventually(t, "no poll of theirs waits", func() bool { return v.metric("gannet_pulls_held") <= 1 }) // the neighbour's
	})
}
