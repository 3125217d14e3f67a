//go:build conformance

// Command bench measures gannet and Apache RocketMQ 5.3.3 side by side: same machine, same file
// system, same load, one after the other in the order A-B-B-A for every shape. `make bench-java`
// starts it; docs/benchmarks.md says how to read what comes out.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

// options of a run.
type options struct {
	short bool
	write bool
	only  *regexp.Regexp
	dir   string // for the data directories

	warm     time.Duration // of a new JVM
	settle   time.Duration // of every round, not measured
	measured time.Duration // of every round
	starts   int
}

func parse() (options, error) {
	var o options
	only := flag.String("only", "", "measure only shapes whose name matches this regular expression")
	flag.BoolVar(&o.short, "short", false, "three seconds a round, little warm-up, no official client: to try things, not for publication")
	flag.BoolVar(&o.write, "write", false, "put the tables into docs/benchmarks.md")
	flag.StringVar(&o.dir, "dir", os.TempDir(), "directory for the data directories of both brokers")
	flag.Parse()
	o.warm, o.settle, o.measured, o.starts = 60*time.Second, time.Second, 3*time.Second, 5
	if o.short {
		o.warm, o.settle, o.measured, o.starts = 8*time.Second, time.Second, 3*time.Second, 2
	}
	var err error
	o.only, err = regexp.Compile(*only)
	return o, err
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := parse()
	if err == nil {
		err = run(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// run measures everything that was asked for and prints it.
func run(ctx context.Context, o options) error {
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	b.say("%s", b.machine)
	began, times := time.Now(), readCPUTimes()
	var doc document
	for _, g := range groups() {
		shapes := g.wanted(o)
		if len(shapes) == 0 {
			continue
		}
		done, err := b.group(ctx, g, shapes)
		if err != nil {
			return err
		}
		doc.comparisons = append(doc.comparisons, done...)
	}
	if doc.absolutes, err = b.probeAll(ctx); err != nil {
		return err
	}
	doc.absolutes = append(doc.absolutes, anonymous(doc.comparisons)...)
	doc.machine, doc.short = b.machine, o.short
	doc.elapsed, doc.steal = time.Since(began), readCPUTimes().minus(times).stealShare()
	return doc.publish(o.write)
}
