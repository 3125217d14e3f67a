package server

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// BenchmarkServer is a SEND_MESSAGE_V2 of 1 KiB in JSON, answered as a stored message is, without a store
// behind it. Client and server share the process: cpu-us/op is that of both.
func BenchmarkServer(b *testing.B) {
	answer := &protocol.SendResponse{MsgID: []byte("7F00000100002A9F0000000000000000"), QueueID: 1, QueueOffset: 123456}
	respond := func(r *remoting.Request) { r.Reply(answer, nil) }
	pool := remoting.NewPool("sends", 2, 10_000)
	defer stopPool(b, pool)
	for _, run := range []struct {
		name   string
		runner remoting.Runner
	}{{"inline", remoting.Inline}, {"pool", pool}} {
		for _, shape := range []struct{ conns, depth int }{{1, 1}, {1, 64}, {8, 32}, {64, 1}} {
			b.Run(fmt.Sprintf("%s/%dx%d", run.name, shape.conns, shape.depth), func(b *testing.B) {
				s := start(b, Options{Routes: []remoting.Route{on(protocol.SendMessageV2, run.runner, respond)}})
				load(b, s, shape.conns, shape.depth)
			})
		}
	}
}

func stopPool(b *testing.B, p *remoting.Pool) {
	if err := p.Stop(b.Context()); err != nil {
		b.Logf("pool: %v", err)
	}
}

func load(b *testing.B, s *Server, conns, depth int) {
	b.Helper()
	frame, err := wire.AppendCommand(nil, sendCommand())
	if err != nil {
		b.Fatal(err)
	}
	burst := []byte(strings.Repeat(string(frame), depth))
	peers := make([]net.Conn, conns)
	for i := range peers {
		peers[i] = dial(b, s)
		_ = peers[i].SetDeadline(time.Time{})
	}
	b.ReportAllocs()
	b.ResetTimer()
	cpu := cpuTime()
	var wg sync.WaitGroup
	for i, c := range peers {
		n := b.N / conns
		if i == 0 {
			n += b.N % conns
		}
		wg.Go(func() { drive(b, c, burst, len(frame), depth, n) })
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(cpuTime()-cpu)/float64(b.N)/1e3, "cpu-us/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

// sendCommand is what the Java client sends for a message of 1 KiB.
func sendCommand() *wire.Command {
	c := &wire.Command{Code: protocol.SendMessageV2, Version: 479, Opaque: 7, Body: make([]byte, 1024)}
	for _, kv := range strings.Fields("a=ProducerGroup b=BenchTopic c=TBW102 d=4 e=1 f=0 g=1700000000000 h=0 " +
		"i=UNIQ_KEY\x017F0000012A9F00000000000000000001\x02WAIT\x01true\x02 j=0 k=false m=false n=broker-a") {
		k, v, _ := strings.Cut(kv, "=")
		c.Ext = append(c.Ext, wire.Pair{Key: []byte(k), Value: []byte(v)})
	}
	return c
}

// drive keeps depth requests under way: as many are sent as were answered by one read.
func drive(b *testing.B, c net.Conn, burst []byte, frame, depth, n int) {
	r := bufio.NewReaderSize(c, 256<<10)
	for sent, answered := 0, 0; answered < n; {
		if k := min(n-sent, depth-(sent-answered)); k > 0 {
			if _, err := c.Write(burst[:k*frame]); err != nil {
				b.Error(err)
				return
			}
			sent += k
		}
		for first := true; answered < sent && (first || r.Buffered() >= 4); first = false {
			head, err := r.Peek(4)
			if err != nil {
				b.Error(err)
				return
			}
			size := 4 + int(binary.BigEndian.Uint32(head))
			if !first && r.Buffered() < size {
				break
			}
			if _, err := r.Discard(size); err != nil {
				b.Error(err)
				return
			}
			answered++
		}
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
