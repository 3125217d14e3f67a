//go:build conformance

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmq/gannet/conformance/bench/result"
	"github.com/gannetmq/gannet/conformance/javaenv"
)

// generate runs a shape's load and adds what the machine says about it.
func (b *bench) generate(ctx context.Context, at target, s shape, settle, measured time.Duration) (result.Round, error) {
	topic := "Bench_" + s.name
	if err := b.prepare(ctx, at, topic, s.load); err != nil {
		return result.Round{}, err
	}
	m, err := observe(at.pid)
	if err != nil {
		return result.Round{}, err
	}
	var r result.Round
	switch s.load.kind {
	case "client":
		r, err = b.produce(ctx, at, topic, s.load)
	case "consume":
		r, err = b.consume(ctx, at, topic, s.load)
	default:
		r, err = b.raw(ctx, at, topic, s.load, settle, measured)
	}
	if err != nil {
		return r, err
	}
	seen, err := m.end()
	if err != nil {
		return r, err
	}
	r.ForeignShare, r.StealShare = seen.foreignShare(), seen.stealShare()
	if s.load.official() {
		seen.official(&r)
	}
	return r, nil
}

// prepare stores what is to be read.
func (b *bench) prepare(ctx context.Context, at target, topic string, l load) error {
	switch l.kind {
	case "pull":
		return b.fill(ctx, at, topic, l.queues)
	case "consume":
		// Synchronous: a window of asynchronous sends makes a busy Java broker refuse some, which then nobody can receive.
		backlog := load{kind: "client", mode: "sync", threads: 32, queues: l.queues, count: l.count}
		made, err := b.produce(ctx, at, topic, backlog)
		if err == nil && made.Failed > 0 {
			err = fmt.Errorf("%d of the backlog were refused: %s", made.Failed, made.FirstError)
		}
		return err
	}
	return nil
}

const (
	warmWriting = 6 << 30 // bytes for a round that writes as fast as it can; much goes back to the host before it is used
	warmModest  = 1 << 30 // for one with a pause, or with a slower client
)

// memoryFor is how much a round of this load will write, roughly.
func memoryFor(l load) int {
	switch {
	case l.rate > 0:
		return 0
	case l.kind == "pull", l.official():
		return warmModest
	}
	return warmWriting
}

// fill puts more into each queue than a pull of the warm tail reads.
func (b *bench) fill(ctx context.Context, at target, topic string, queues int) error {
	l := load{kind: "send", connections: queues, window: 64, batch: 1, queues: queues}
	_, err := b.raw(ctx, at, topic, l, 0, 3*time.Second)
	return err
}

// report is what `gannet bench --json` prints.
type report struct {
	Messages      int64   `json:"messages"`
	Failed        int64   `json:"failed"`
	FirstError    string  `json:"firstError"`
	PerSecond     float64 `json:"perSecond"`
	P50           float64 `json:"p50"`
	P99           float64 `json:"p99"`
	P999          float64 `json:"p999"`
	Max           float64 `json:"max"`
	OwnShare      float64 `json:"ownCpuShare"`
	CPUPerMillion float64 `json:"cpuSecondsPerMillion"`
	CPUShare      float64 `json:"cpuShare"`
	RSS           int64   `json:"rss"`
	RSSAnon       int64   `json:"rssAnon"`
}

// deliveryStall is how long none of the messages that are missing in a topic may come after a round: longer than a Java broker lets
// anything wait that it did not wake.
const deliveryStall = 10 * time.Second

// arguments are the load as `gannet` is told it.
func (l load) arguments(at target, topic string, settle, measured time.Duration) []string {
	args := []string{
		"bench", l.kind, "--json", "--broker", at.broker, "--topic", topic, "--pid", strconv.Itoa(at.pid),
		"--warmup", settle.String(), "--duration", measured.String(),
	}
	for flag, v := range map[string]int{
		"--queues": l.queues, "--connections": l.connections, "--window": l.window,
		"--batch": l.batch, "--rate": l.rate, "--consumers": l.consumers, "--delay": l.delay,
	} {
		if v > 0 {
			args = append(args, flag, strconv.Itoa(v))
		}
	}
	if l.oldest {
		args = append(args, "--oldest")
	}
	if l.transaction {
		args = append(args, "--transaction")
	}
	if l.keyEnd != "" {
		args = append(args, "--key-end", l.keyEnd)
	}
	if l.transaction || l.delay > 0 {
		args = append(args, "--delivery", deliveryStall.String())
	}
	return args
}

// raw runs the load generator of the binary, in a process of its own as for any user.
func (b *bench) raw(ctx context.Context, at target, topic string, l load, settle, measured time.Duration) (result.Round, error) {
	args := l.arguments(at, topic, settle, measured)
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, b.gannet, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return result.Round{}, fmt.Errorf("gannet %s: %w: %s", strings.Join(args, " "), err, stderr.String())
	}
	var r report
	if err := json.Unmarshal(out, &r); err != nil {
		return result.Round{}, fmt.Errorf("gannet %s: %w: %s", strings.Join(args, " "), err, out)
	}
	if r.Failed > 0 {
		b.say("%s at %s: %d failed: %s", topic, at.name, r.Failed, r.FirstError)
	}
	return r.round(), nil
}

func (r report) round() result.Round {
	return result.Round{
		Messages: r.Messages, PerSecond: r.PerSecond, P50: r.P50, P99: r.P99, P999: r.P999, Max: r.Max, CPUPerMillion: r.CPUPerMillion,
		Failed: r.Failed, FirstError: r.FirstError, ServerShare: r.CPUShare, ClientShare: r.OwnShare,
		RSS: r.RSS, RSSAnon: r.RSSAnon,
	}
}

// clientJVM are the arguments of the official client's JVM: a fixed heap, the JVM's own choice else.
var clientJVM = []string{"-Xms512m", "-Xmx512m"}

// produce runs BenchProducer on the official Java client.
func (b *bench) produce(ctx context.Context, at target, topic string, l load) (result.Round, error) {
	args := []string{
		"--namesrv", at.namesrv, "--topic", topic, "--queues", strconv.Itoa(l.queues), "--size", "1024", "--mode", l.mode,
		"--threads", strconv.Itoa(l.threads), "--count", strconv.Itoa(l.count),
	}
	if l.window > 0 {
		args = append(args, "--window", strconv.Itoa(l.window))
	}
	out, err := b.official(ctx, "BenchProducer", args)
	if err != nil {
		return result.Round{}, err
	}
	var line struct {
		Sent      int64   `json:"sent"`
		Failed    int64   `json:"failed"`
		PerSecond float64 `json:"perSecond"`
		P50       float64 `json:"sendP50Micros"`
		P99       float64 `json:"sendP99Micros"`
		P999      float64 `json:"sendP999Micros"`
	}
	if err := json.Unmarshal(out.Line, &line); err != nil {
		return result.Round{}, fmt.Errorf("BenchProducer: %w: %s", err, out.Line)
	}
	if line.Sent == 0 {
		return result.Round{}, fmt.Errorf("BenchProducer sent nothing: %s", out.Line)
	}
	r := result.Round{PerSecond: line.PerSecond, P50: line.P50, P99: line.P99, P999: line.P999, Failed: line.Failed, Messages: line.Sent}
	if failed := out.Failed(); len(failed) > 0 {
		r.FirstError = failed[0]
	}
	return r, nil
}

// consume runs BenchConsumer on the official Java client until it has what produce sent. A topic is consumed once:
// each broker has its own, and Java's next round begins where the one before ended.
func (b *bench) consume(ctx context.Context, at target, topic string, l load) (result.Round, error) {
	out, err := b.official(ctx, "BenchConsumer", []string{
		"--namesrv", at.namesrv, "--topic", topic, "--group", topic, "--mode", l.mode, "--count", strconv.Itoa(l.count), "--seconds", "60",
	})
	if err != nil {
		return result.Round{}, err
	}
	var line struct {
		Received  int64   `json:"received"`
		PerSecond float64 `json:"perSecond"`
	}
	if err := json.Unmarshal(out.Line, &line); err != nil {
		return result.Round{}, fmt.Errorf("BenchConsumer: %w: %s", err, out.Line)
	}
	if line.Received < int64(l.count) {
		return result.Round{}, fmt.Errorf("BenchConsumer received %d of %d", line.Received, l.count)
	}
	return result.Round{PerSecond: line.PerSecond, Messages: line.Received}, nil
}

func (b *bench) official(ctx context.Context, program string, args []string) (javaenv.Result, error) {
	return b.env.RunClient(ctx, javaenv.Program{
		Dir: filepath.Join(b.dir, "client"), Module: javaenv.Client533, Main: program, JVM: clientJVM, Args: args,
	})
}
