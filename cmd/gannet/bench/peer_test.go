package bench

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
)

// peer is as much of a broker as the generator needs, with faults. Sends are numbered from 0.
type peer struct {
	addr    string
	silent  func(send int) bool        // it has no answer
	lost    func(send int) bool        // it is accepted and comes to nothing
	double  func(send int) bool        // it is stored twice
	repeats func(offset int) bool      // whoever pulls gets it twice
	passes  func(sql, key string) bool // whether a filter lets a message through

	mu     sync.Mutex
	grown  *sync.Cond
	closed bool
	sends  []*message
	queues map[string][][]byte
}

type message struct {
	queue      string
	properties string
	body       []byte
}

func never(int) bool { return false }

// serve starts the peer.
func (p *peer) serve(t *testing.T) *peer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr, p.queues, p.grown = listener.Addr().String(), map[string][][]byte{}, sync.NewCond(&p.mu)
	for _, fault := range []*func(int) bool{&p.silent, &p.lost, &p.double, &p.repeats} {
		if *fault == nil {
			*fault = never
		}
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.talk(t, conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		p.mu.Lock()
		p.closed = true
		p.grown.Broadcast()
		p.mu.Unlock()
		all.Wait()
	})
	return p
}

// talk answers one connection until the generator hangs up.
func (p *peer) talk(t *testing.T, conn net.Conn) {
	defer conn.Close()
	var in []byte
	var cmd wire.Command
	for {
		var err error
		if in, err = readFrame(conn, in); err != nil {
			return
		}
		if err := wire.Decode(in, &cmd); err != nil {
			t.Error(err)
			return
		}
		code, fields, body := p.handle(&cmd)
		if fields == nil {
			continue
		}
		var e wire.Encoder
		e.Begin(nil, wire.Head{Code: code, Language: wire.Java, Flag: 1, Opaque: cmd.Opaque, Serialization: wire.JSON})
		for _, f := range fields {
			e.String(f.name, f.value)
		}
		out, err := e.Finish(len(body))
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := conn.Write(append(out, body...)); err != nil {
			return
		}
	}
}

func text(cmd *wire.Command, name string) string {
	value, _ := cmd.Lookup(name)
	return string(value)
}

// handle answers one request; without fields there is no answer.
func (p *peer) handle(cmd *wire.Command) (code int32, fields []field, body []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch cmd.Code {
	case codeTopicConfig:
		return codeNoTopic, []field{}, nil
	case codeSendV2:
		return p.send(cmd)
	case codeEnd:
		n, _ := strconv.Atoi(text(cmd, "commitLogOffset"))
		p.store(n)
		return 0, nil, nil
	case codeMaxOffset:
		return 0, []field{{"offset", strconv.Itoa(len(p.queues[text(cmd, "queueId")]))}}, nil
	case codePull:
		return p.pull(cmd)
	}
	return 0, []field{}, nil
}

func (p *peer) send(cmd *wire.Command) (code int32, fields []field, body []byte) {
	n := len(p.sends)
	p.sends = append(p.sends, &message{queue: text(cmd, "e"), properties: text(cmd, "i"), body: append([]byte{}, cmd.Body...)})
	if !strings.Contains(text(cmd, "i"), "TRAN_MSG") {
		p.store(n)
	}
	if p.silent(n) {
		return 0, nil, nil
	}
	id := record.AppendOffsetID(nil, netip.MustParseAddrPort("127.0.0.1:1"), int64(n))
	return 0, []field{{"msgId", string(id)}, {"queueId", text(cmd, "e")}, {"queueOffset", "0"}, {"transactionId", "K"}}, nil
}

// store puts a message that was sent into its queue.
func (p *peer) store(n int) {
	copies := 1
	switch {
	case p.lost(n):
		copies = 0
	case p.double(n):
		copies = 2
	}
	for range copies {
		m := p.sends[n]
		host := netip.MustParseAddrPort("127.0.0.1:1")
		var e record.Encoded
		stored := record.Message{Topic: []byte("T"), BornHost: host, StoreHost: host, Properties: []byte(m.properties), Body: m.body}
		if err := e.Set(&stored, record.EncodeOptions{}); err != nil {
			panic(err) // the generator's own message
		}
		e.Patch(0, int64(len(p.queues[m.queue])), 0, 0)
		p.queues[m.queue] = append(p.queues[m.queue], append([]byte{}, e.Record(0)...))
	}
	p.grown.Broadcast()
}

func (p *peer) pull(cmd *wire.Command) (code int32, fields []field, body []byte) {
	queue, at := text(cmd, "queueId"), 0
	at, _ = strconv.Atoi(text(cmd, "queueOffset"))
	for text(cmd, "suspendTimeoutMillis") != "0" && at >= len(p.queues[queue]) && !p.closed {
		p.grown.Wait()
	}
	sql := text(cmd, "subscription")
	for count := 0; at < len(p.queues[queue]) && count < 32; at++ {
		var v record.View
		stored := p.queues[queue][at]
		if _, err := record.Parse(stored, &v, record.Headers); err != nil {
			panic(err) // it was encoded by store
		}
		key, _ := v.Property(record.PropUniqKey)
		if sql == "*" || p.passes(sql, string(key)) {
			body, count = append(body, stored...), count+1
			if p.repeats(at) {
				body = append(body, stored...)
			}
		}
	}
	code = codeFound
	if body == nil {
		code = codeRetry
	}
	return code, []field{{"nextBeginOffset", strconv.Itoa(at)}}, body
}

// options of a short run against the peer, with one queue. A closed loop sends its window in any case. What
// never comes is waited for as long as a busy machine may need for what comes; tests of that shorten it, and then count at least.
func (p *peer) options() Options {
	return Options{
		Broker: p.addr, Topic: "T", Queues: 1, Connections: 1, Window: 32, Size: 64, Batch: 1, Consumers: 1,
		Duration: time.Second, Delivery: 30 * time.Second, patience: 30 * time.Second,
	}
}
