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
)

// probe measures gannet alone, against bars that are not ratios: what it costs to be large, or idle.
type probe struct {
	name string // what -only matches
	run  func(*bench, context.Context) ([]result.Absolute, error)
}

// probes in their order.
var probes = []probe{
	{"start", (*bench).starts},
	{"idle-connections", (*bench).idleConnections},
	{"idle-topics", (*bench).idleTopics},
	{"idle-pulls", (*bench).idlePulls},
	{"memory-delayed", (*bench).delayedMemory},
	{"memory-timed", (*bench).timedMemory},
	{"memory-halves", (*bench).halfMemory},
	{"memory-groups", (*bench).groupMemory},
	{"queues", (*bench).manyQueues},
	{"cold", (*bench).coldStart},
	{"reopen", (*bench).restart},
	{"catch-up", (*bench).catchUp},
}

// probeAll runs what was asked for.
func (b *bench) probeAll(ctx context.Context) (all []result.Absolute, err error) {
	for _, p := range probes {
		if !b.only.MatchString(p.name) {
			continue
		}
		syscall.Sync()
		found, err := p.run(b, ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		for _, a := range found {
			b.say("%-16s %s: %.4g %s", p.name, a.Title, a.Gannet.Median, a.Unit)
		}
		all = append(all, found...)
	}
	return all, nil
}

// again is how often a probe measures what a neighbour on the machine disturbs most; the median counts.
const again = 3

// one is a figure that was taken once.
func one(title, unit string, atMost, value float64) result.Absolute {
	return result.Absolute{Title: title, Unit: unit, AtMost: atMost, Gannet: result.Summarize([]float64{value})}
}

// memory is VmRSS and RssAnon of a process, in megabytes of 10^6 bytes.
func memory(pid int) (rss, anon float64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return statusMB(string(text), "VmRSS:"), statusMB(string(text), "RssAnon:"), err
}

// anonymous is the most memory of its own that gannet had in any round.
func anonymous(rounds []result.Comparison) []result.Absolute {
	most := 0.0
	for _, c := range rounds {
		for _, r := range c.Gannet {
			most = max(most, float64(r.RSSAnon)/1e6)
		}
	}
	if most == 0 {
		return nil
	}
	return []result.Absolute{one("RssAnon under load, the most of any shape above", "MB", 150, most)}
}

// share is the CPU that a process uses from now on for so long, in percent of a core.
func share(ctx context.Context, pid int, over time.Duration) (float64, error) {
	m, err := observe(pid)
	if err != nil {
		return 0, err
	}
	if err := pause(ctx, over); err != nil {
		return 0, err
	}
	seen, err := m.end()
	return 100 * seen.server.Seconds() / seen.elapsed.Seconds(), err
}

// pause lets what is measured settle, or go on.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// diskUse is what the files below dir take, in megabytes of 10^6 bytes.
func diskUse(dir string) (float64, error) {
	blocks := int64(0)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if s, ok := info.Sys().(*syscall.Stat_t); ok {
			blocks += s.Blocks
		}
		return nil
	})
	return float64(blocks) * 512 / 1e6, err
}
