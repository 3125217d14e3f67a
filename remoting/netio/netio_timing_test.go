package netio

import (
	"bufio"
	"fmt"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"
)

// BenchmarkEcho is a load client and an echo in one process: conns connections with depth frames of
// 1 KiB under way each. Its cpu-us/op is that of both ends.
func BenchmarkEcho(b *testing.B) {
	for _, shape := range []struct{ conns, depth int }{{1, 1}, {1, 64}, {8, 32}, {64, 1}} {
		b.Run(fmt.Sprintf("%dx%d", shape.conns, shape.depth), func(b *testing.B) {
			e := start(b, Config{Handler: &testHandler{frame: echo}})
			load(b, e, shape.conns, shape.depth, 1024)
		})
	}
}

// load sends b.N frames over conns connections, depth at a time on each, and reads the answers.
func load(b *testing.B, e *Engine, conns, depth, size int) {
	b.Helper()
	f := frameOf(make([]byte, size))
	burst := make([]byte, 0, depth*len(f))
	for range depth {
		burst = append(burst, f...)
	}
	peers := make([]net.Conn, conns)
	for i := range peers {
		peers[i] = dial(b, e)
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
		wg.Go(func() { drive(b, c, burst, len(f), depth, n) })
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(cpuTime()-cpu)/float64(b.N)/1e3, "cpu-us/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
	b.ReportMetric(float64(e.Metrics().Wakes.Load())/float64(b.N), "wakes/op")
}

// drive keeps depth frames under way: as many are sent as were answered by one read.
func drive(b *testing.B, c net.Conn, burst []byte, frame, depth, n int) {
	r := bufio.NewReaderSize(c, 256<<10)
	sent, answered := 0, 0
	for answered < n {
		if k := min(n-sent, depth-(sent-answered)); k > 0 {
			if _, err := c.Write(burst[:k*frame]); err != nil {
				b.Error(err)
				return
			}
			sent += k
		}
		if _, err := r.Peek(frame); err != nil {
			b.Error(err)
			return
		}
		k := min(r.Buffered()/frame, sent-answered)
		if _, err := r.Discard(k * frame); err != nil {
			b.Error(err)
			return
		}
		answered += k
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
