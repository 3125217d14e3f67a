//go:build conformance

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/gannetmq/gannet/conformance/bench/result"
	"github.com/gannetmq/gannet/conformance/process"
)

const (
	halfOfJava = 47_500 // messages a second, where Java is not measured in the same run: half of the most it ever took at 8 × 32 on two cores
	timeOut    = 3000   // ms after which a client gives a send up
)

// coldStart is an open loop right after the start, at half of the best rate that a warm Java broker had in this run.
func (b *bench) coldStart(ctx context.Context) ([]result.Absolute, error) {
	g, err := b.startGannet(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer g.remove()
	l := sending(8, 1024)
	l.rate = halfOfJava
	if b.javaBest > 0 {
		l.rate = int(b.javaBest / 2)
	}
	r, err := b.raw(ctx, g.target, "Cold", l, time.Millisecond, idleTime)
	return []result.Absolute{
		one(fmt.Sprintf("%d sends a second from the start on: refused or without an answer", l.rate), "messages", 0.5, float64(r.Failed)),
		one("of them not begun or not answered when the time was over", "%", 0, max(0, 100*(1-r.PerSecond/float64(l.rate)))),
		one("the slowest answer, from when the request was due", "ms", timeOut, r.Max/1000),
		one("p99 then", "ms", 0, r.P99/1000),
	}, err
}

// backlog is how much is stored when a restart or a reader of old messages is measured.
const backlog = 10 << 30

// fillBacklog sends batches until the log is as long as backlog.
func (b *bench) fillBacklog(ctx context.Context, at target, dir string) error {
	l := load{kind: "send", connections: 1, window: 16, batch: 16, queues: 8}
	for {
		if _, err := b.raw(ctx, at, "Backlog", l, 0, 10*time.Second); err != nil {
			return err
		}
		files, err := filepath.Glob(filepath.Join(dir, "store", "commitlog", "*"))
		if err != nil || len(files) == 0 {
			return fmt.Errorf("no log in %s: %w", dir, err)
		}
		last, err := strconv.ParseInt(filepath.Base(files[len(files)-1]), 10, 64)
		if err != nil {
			return err
		}
		if last >= backlog {
			return nil
		}
	}
}

// restart measures starts on ten gigabytes, after an orderly stop and after kill -9.
func (b *bench) restart(ctx context.Context) ([]result.Absolute, error) {
	g, err := b.startGannet(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer g.remove()
	if err := b.fillBacklog(ctx, g.target, g.process.Dir); err != nil {
		return nil, err
	}
	if err := g.process.Stop(); err != nil {
		return nil, err
	}
	clean, next, err := b.startAgain(ctx, g.process)
	if err != nil {
		return nil, err
	}
	g.process = next
	if err := b.killUnderLoad(ctx, next); err != nil {
		return nil, err
	}
	killed, next, err := b.startAgain(ctx, next)
	if err != nil {
		return nil, err
	}
	g.process = next
	return []result.Absolute{
		one("start to first accepted send, 10 GB, after SIGTERM", "ms", 1000, clean),
		one("the same after kill -9 under load", "ms", 5000, killed),
	}, nil
}

// killUnderLoad kills a process while it is sent to.
func (b *bench) killUnderLoad(ctx context.Context, p *process.Gannet) error {
	at := target{name: nameGannet, broker: p.Broker, pid: p.Pid}
	var sends sync.WaitGroup
	defer sends.Wait()
	sends.Go(func() { _, _ = b.raw(ctx, at, "Backlog", sending(8, 32), 0, time.Minute) }) // it ends when the connections do
	if err := pause(ctx, b.measured); err != nil {
		return err
	}
	p.Kill()
	return nil
}

// startAgain starts a process in the place of one that has ended and tells how long it took to take a message, in ms.
func (b *bench) startAgain(ctx context.Context, ended *process.Gannet) (float64, *process.Gannet, error) {
	syscall.Sync()
	_, port, err := net.SplitHostPort(ended.Broker)
	if err != nil {
		return 0, nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return 0, nil, err
	}
	first := firstSend(ctx, n)
	began := time.Now()
	p, err := ended.Restart(ctx)
	if err != nil {
		return 0, nil, err
	}
	select {
	case at := <-first:
		return float64(at.Sub(began).Microseconds()) / 1000, p, nil
	case <-time.After(time.Minute):
		return 0, p, fmt.Errorf("no send was accepted within a minute of the start")
	case <-ctx.Done():
		return 0, p, ctx.Err()
	}
}

// catchUp measures the p99 of sends at a steady rate alone, and while old messages are read that are
// not in memory, in turns that begin alike: memory that has just been freed, as by warmMemory, goes back to the host meanwhile,
// which stops the machine more than any reader does.
func (b *bench) catchUp(ctx context.Context) ([]result.Absolute, error) {
	g, err := b.startGannet(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer g.remove()
	if err := b.fillBacklog(ctx, g.target, g.process.Dir); err != nil {
		return nil, err
	}
	var alone, beside, read []float64
	failed := int64(0)
	for n := range 1 + 2*again {
		sends, err := b.steadySends(ctx, g)
		if err != nil {
			return nil, err
		}
		sendsBeside, reader, err := b.besideReader(ctx, g)
		if err != nil {
			return nil, err
		}
		failed += sends.Failed + sendsBeside.Failed + reader.Failed
		if n > 0 { // the disk was busy with the backlog
			alone, beside, read = append(alone, sends.P99), append(beside, sendsBeside.P99), append(read, reader.PerSecond)
		}
	}
	b.say("catch-up: p99 of sends in µs, alone %.0f, beside a reader %.0f", alone, beside)
	return result.WithFailures(failed,
		one("p99 of 2,000 sends a second beside a reader of 10 GB that are not in memory, against without", "×", 2,
			result.Summarize(beside).Median/result.Summarize(alone).Median),
		one("what that reader gets", "messages/s", 0, result.Summarize(read).Median),
	), nil
}

// steady are sends at a rate at which nothing piles up.
var steady = load{kind: "send", connections: 8, window: 64, batch: 1, rate: 2000, queues: 8}

// steadySends measures them while nothing that was stored before is in memory.
func (b *bench) steadySends(ctx context.Context, g *gannet) (result.Round, error) {
	if err := forget(filepath.Join(g.process.Dir, "store", "commitlog")); err != nil {
		return result.Round{}, err
	}
	return b.raw(ctx, g.target, "Tail", steady, b.settle, idleTime)
}

// besideReader measures them while all that was stored first is read.
func (b *bench) besideReader(ctx context.Context, g *gannet) (sends, read result.Round, err error) {
	var reader sync.WaitGroup
	reading, stop := context.WithCancel(ctx)
	defer func() { stop(); reader.Wait() }()
	var readErr error
	reader.Go(func() {
		r := load{kind: "pull", connections: 2, queues: 8, oldest: true}
		read, readErr = b.raw(reading, target{broker: g.broker, pid: g.pid}, "Backlog", r, 0, b.settle+idleTime)
	})
	if sends, err = b.steadySends(ctx, g); err != nil {
		return sends, read, err
	}
	reader.Wait()
	return sends, read, readErr
}

// forget makes the kernel drop the files of dir from its memory.
func forget(dir string) error {
	syscall.Sync()
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := dropCache(filepath.Join(dir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}
