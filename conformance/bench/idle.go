//go:build conformance

package main

import (
	"context"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/gannetmq/gannet/conformance/bench/result"
)

const (
	idleConnections = 10_000
	idleTopics      = 1_000
	idleConsumers   = 1_000
	wakeUps         = 100              // a second; of ten messages there is no p99
	coolingQueues   = 75 * time.Second // until queues without traffic are synced and have let go of memory
	settleTime      = 2 * time.Second
	idleTime        = 10 * time.Second
	pullTime        = 15 * time.Second // that a pull waits; then its consumer asks again
)

// idleConnections is what connections cost that say nothing.
func (b *bench) idleConnections(ctx context.Context) ([]result.Absolute, error) {
	g, err := b.startGannet(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer g.remove()
	if err := raiseFiles(idleConnections + 1000); err != nil {
		return nil, err
	}
	if err := pause(ctx, settleTime); err != nil {
		return nil, err
	}
	before, _, err := memory(g.pid)
	if err != nil {
		return nil, err
	}
	conns := make([]net.Conn, 0, idleConnections)
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	for range idleConnections {
		c, err := net.DialTimeout("tcp", g.broker, 5*time.Second)
		if err != nil {
			return nil, fmt.Errorf("connection %d: %w", len(conns)+1, err)
		}
		conns = append(conns, c)
	}
	if err := pause(ctx, settleTime); err != nil {
		return nil, err
	}
	after, _, err := memory(g.pid)
	if err != nil {
		return nil, err
	}
	used, err := share(ctx, g.pid, idleTime)
	return []result.Absolute{
		one("VmRSS more with 10,000 idle connections", "MB", 30, after-before),
		one("CPU of 10,000 idle connections", "% of a core", 0, used),
	}, err
}

func raiseFiles(n uint64) error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return err
	}
	if l.Max < n {
		return fmt.Errorf("%d file descriptors are needed, the limit is %d: raise ulimit -n", n, l.Max)
	}
	l.Cur = max(l.Cur, n)
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l)
}

// idleTopics is what topics cost in which nothing happens.
func (b *bench) idleTopics(ctx context.Context) ([]result.Absolute, error) {
	g, err := b.startGannet(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer g.remove()
	for i := range idleTopics {
		if _, ok := sendOnce(g.broker, fmt.Sprintf("Idle-%d", i)); !ok {
			return nil, fmt.Errorf("topic %d was not made", i)
		}
	}
	if err := pause(ctx, coolingQueues); err != nil {
		return nil, err
	}
	used, err := share(ctx, g.pid, idleTime)
	return []result.Absolute{one("CPU with 1,000 idle topics", "% of a core", 0.3, used)}, err
}

// idlePulls is what consumers cost that wait at the broker while others get a message a second, and how soon one of them has its
// message when more come.
func (b *bench) idlePulls(ctx context.Context) ([]result.Absolute, error) {
	g, err := b.startGannet(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer g.remove()
	var used [2]float64
	failed := int64(0)
	l := load{kind: "e2e", connections: 1, window: 1, rate: 1}
	for i, topic := range []string{"One", "Idle"} {
		l.consumers = []int{1, idleConsumers}[i]
		r, err := b.raw(ctx, g.target, topic, l, settleTime, 2*pullTime)
		if err != nil {
			return nil, err
		}
		used[i] = 100 * r.ServerShare
		failed += r.Failed
	}
	l.rate, l.window = wakeUps, 8
	var p99 []float64
	for range again {
		woken, err := b.raw(ctx, g.target, "Idle", l, settleTime, idleTime)
		if err != nil {
			return nil, err
		}
		p99 = append(p99, woken.P99/1000)
		failed += woken.Failed
	}
	b.say("idle-pulls: %% of a core, with one %.2f, with all %.2f; p99 in ms of 100 a second %.2f", used[0], used[1], p99)
	return result.WithFailures(failed,
		one("CPU that 1,000 waiting pulls add", "% of a core", 0.3, used[1]-used[0]),
		one("p99 of a message's way to one of them, 100 a second", "ms", 2, result.Summarize(p99).Median),
	), nil
}
