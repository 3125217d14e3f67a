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
	wakeUps         = 100 // a second; of ten messages there is no p99
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

// idlePulls is what consumers cost that wait at the broker while a message a second comes, and how soon one of them has its message
// when more come.
func (b *bench) idlePulls(ctx context.Context) ([]result.Absolute, error) {
	g, err := b.startGannet(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer g.remove()
	if err := pause(ctx, settleTime); err != nil {
		return nil, err
	}
	alone, err := share(ctx, g.pid, idleTime)
	if err != nil {
		return nil, err
	}
	l := load{kind: "e2e", connections: 1, window: 1, rate: 1, consumers: idleConsumers}
	idle, err := b.raw(ctx, g.target, "Idle", l, settleTime, 2*pullTime)
	if err != nil {
		return nil, err
	}
	l.rate, l.window = wakeUps, 8
	woken, err := b.raw(ctx, g.target, "Idle", l, settleTime, idleTime)
	return []result.Absolute{
		one("CPU that 1,000 waiting pulls add, one message a second", "% of a core", 0.3, 100*idle.ServerShare-alone),
		one("p99 of a message's way to one of them, 100 a second", "ms", 2, woken.P99/1000),
	}, err
}
