//go:build conformance

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gannetmq/gannet/conformance/bench/result"
	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
)

// bench holds what all rounds need.
type bench struct {
	options
	env     *javaenv.Env
	gannet  string // the binary, a copy: another build meanwhile must not change what is measured
	dir     string // temporary, holds every data directory
	machine machine
	began   time.Time
	// javaBest is the most single messages a second that Java took in any shape of this run; 0 if it took none.
	javaBest float64
}

func newBench(ctx context.Context, o options) (*bench, error) {
	b := &bench{options: o, began: time.Now()}
	built := filepath.Join(process.Root(), "bin", "gannet")
	if _, err := os.Stat(built); err != nil {
		return nil, fmt.Errorf("run make build first: %w", err)
	}
	var err error
	if b.env, err = javaenv.Open(ctx); err != nil {
		return nil, err
	}
	if b.dir, err = os.MkdirTemp(o.dir, "gannet-bench-"); err != nil {
		return nil, err
	}
	b.gannet = filepath.Join(b.dir, "gannet.bin")
	if err = copyProgram(b.gannet, built); err == nil {
		b.machine, err = describe(ctx, b.gannet)
	}
	if err != nil {
		b.close()
	}
	return b, err
}

func copyProgram(to, from string) error {
	program, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, program, 0o755)
}

func (b *bench) close() {
	if err := os.RemoveAll(b.dir); err != nil {
		b.say("%v", err)
	}
}

// say prints a line of progress.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%7s  %s\n", time.Since(b.began).Round(100*time.Millisecond), fmt.Sprintf(format, args...))
}

// target is a broker that serves.
type target struct {
	name            string
	namesrv, broker string // host:port
	pid             int
}

const (
	nameGannet = "gannet"
	nameJava   = "java"
)

// order of the rounds of a shape: what grows or decays over time falls on both alike.
var order = []string{nameGannet, nameJava, nameJava, nameGannet}

// group measures some shapes against one JVM.
func (b *bench) group(ctx context.Context, g group, shapes []shape) ([]result.Comparison, error) {
	j, err := b.startJava(ctx, "java-"+g.name, g.conf)
	if err != nil {
		return nil, err
	}
	defer j.remove()
	for i, l := range g.warmUp {
		b.say("warming Java up, %d of %d", i+1, len(g.warmUp))
		s := shape{name: fmt.Sprintf("warm-%d", i), load: l}
		if _, err := b.generate(ctx, j.target, s, 0, b.warmShare(len(g.warmUp))); err != nil {
			return nil, err
		}
	}
	if err := j.pause(); err != nil {
		return nil, err
	}
	var done []result.Comparison
	for _, s := range shapes {
		c := result.Comparison{Shape: s.name, Title: s.title, Bars: s.bars}
		for _, name := range order {
			r, err := b.round(ctx, name, j, g.conf, s)
			if err != nil {
				return nil, fmt.Errorf("%s against %s: %w", s.name, name, err)
			}
			if name == nameGannet {
				c.Gannet = append(c.Gannet, r)
			} else {
				c.Java = append(c.Java, r)
			}
		}
		done = append(done, c)
		if l := s.load; l.kind == "send" && l.batch == 1 && l.rate == 0 && !l.transaction {
			b.javaBest = max(b.javaBest, result.PerSecond.Over(c.Java).Max)
		}
	}
	return done, nil
}

// round measures one shape against one broker while the other cannot run: gannet does not exist
// while Java is measured, and the Java processes are stopped (SIGSTOP) while gannet is.
func (b *bench) round(ctx context.Context, name string, j *java, conf map[string]string, s shape) (result.Round, error) {
	syscall.Sync() // what the other broker left to be written must not be written during this round
	if err := warmMemory(memoryFor(s.load)); err != nil {
		return result.Round{}, err
	}
	at := j.target
	if name == nameGannet {
		g, err := b.startGannet(ctx, conf)
		if err != nil {
			return result.Round{}, err
		}
		defer g.remove()
		at = g.target
	} else {
		if err := j.resume(); err != nil {
			return result.Round{}, err
		}
		defer func() { _ = j.pause() }() // it was told to run a moment ago; a dead JVM fails the next round
	}
	r, err := b.generate(ctx, at, s, b.settle, b.measured)
	if err != nil {
		return r, err
	}
	r.Shape, r.Broker = s.name, name
	b.say("%-13s %-6s %9.0f/s  p99 %7.0f µs  %7.2f CPU-s/M  failed %d  (server %.0f %%, client %.0f %%, others %.0f %%)",
		s.name, name, r.PerSecond, r.P99, r.CPUPerMillion, r.Failed, 100*r.ServerShare, 100*r.ClientShare, 100*r.ForeignShare)
	return r, nil
}
