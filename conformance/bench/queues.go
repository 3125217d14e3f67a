//go:build conformance

package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/gannetmq/gannet/conformance/bench/result"
	"github.com/gannetmq/gannet/conformance/recorder"
)

const (
	fewQueues  = 10
	manyQueues = 10_000

	collected = 150 * time.Second // until queues without traffic are synced and Go has collected what making them left: every two minutes at least
)

// manyQueues looks at what idle queues take, then compares sends over ten queues and over ten thousand, in two processes that
// stand side by side.
func (b *bench) manyQueues(ctx context.Context) ([]result.Absolute, error) {
	var side [2]*gannet
	for i := range side {
		g, err := b.startGannet(ctx, nil)
		if err != nil {
			return nil, err
		}
		defer g.remove()
		side[i] = g
	}
	each, err := b.queueMemory(ctx, side[1])
	if err != nil {
		return nil, err
	}
	more, err := b.overQueues(ctx, side)
	if err != nil {
		return nil, err
	}
	disk, err := diskUse(filepath.Join(side[1].process.Dir, "store", "consumequeue"))
	return []result.Absolute{
		one("RssAnon more for each of 10,000 idle queues, one process before and after they were made", "KB", 2, each),
		more,
		one("disk for 10,000 short queues", "MB", 1000, disk),
	}, err
}

// queueMemory is by how much the memory of a process's own grows for each of ten thousand queues, in KB. Before, it has taken as
// many messages into ten; each time the queues have cooled and garbage is gone. Nothing else happens in the process: after much
// traffic, how much the collector happens to hold differs by more than the queues take.
func (b *bench) queueMemory(ctx context.Context, g *gannet) (float64, error) {
	var anon [2]float64
	for i, l := range []flood{
		{topic: "Few", queues: fewQueues},
		{topic: queuesTopic, queues: manyQueues},
	} {
		l.count, l.properties = manyQueues, func(int) string { return "" }
		if err := createTopic(g.broker, l.topic, int32(l.queues)); err != nil {
			return 0, err
		}
		if err := l.send(ctx, g.broker); err != nil {
			return 0, err
		}
		if err := pause(ctx, collected); err != nil {
			return 0, err
		}
		var err error
		if _, anon[i], err = memory(g.pid); err != nil {
			return 0, err
		}
	}
	b.say("queues: RssAnon in MB, with 10 %.2f, with 10,000 more %.2f", anon[0], anon[1])
	return 1000 * (anon[1] - anon[0]) / manyQueues, nil
}

func createTopic(addr, topic string, queues int32) error {
	c, err := recorder.Dial(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.CreateTopic(topic, queues)
}

// queuesTopic has ten queues in one process and ten thousand in the other.
const queuesTopic = "Queues"

// overQueues is what sends over many queues take more of the CPU than over few.
func (b *bench) overQueues(ctx context.Context, side [2]*gannet) (result.Absolute, error) {
	var none result.Absolute
	var loads [2]load
	for i, queues := range []int{fewQueues, manyQueues} {
		loads[i] = sending(8, 32)
		loads[i].queues = queues
		if err := b.makeQueues(ctx, side[i], loads[i]); err != nil {
			return none, err
		}
	}
	var cpu [2][]float64
	failed := int64(0)
	for n := range 2 * again {
		i := (n + 1) / 2 % 2 // few, many, many, few, few, many
		if err := warmMemory(warmWriting); err != nil {
			return none, err
		}
		r, err := b.raw(ctx, side[i].target, queuesTopic, loads[i], b.settle, b.measured)
		if err != nil {
			return none, err
		}
		cpu[i] = append(cpu[i], r.CPUPerMillion)
		failed += r.Failed
	}
	b.say("queues: CPU-s per million, over 10 %.2f, over 10,000 %.2f", cpu[0], cpu[1])
	more := 100 * (result.Summarize(cpu[1]).Median/result.Summarize(cpu[0]).Median - 1)
	return result.WithFailures(failed, one("send CPU over 10,000 queues, more than over 10", "%", 20, more))[0], nil
}

// makeQueues sends until each queue has its file: making them is a cost of new queues, not of many.
func (b *bench) makeQueues(ctx context.Context, g *gannet, l load) error {
	for {
		if _, err := b.raw(ctx, g.target, queuesTopic, l, 0, b.measured); err != nil {
			return err
		}
		if err := pause(ctx, settleTime); err != nil {
			return err
		}
		files, err := filepath.Glob(filepath.Join(g.process.Dir, "store", "consumequeue", queuesTopic, "*", "*"))
		if err != nil || len(files) >= l.queues {
			return err
		}
	}
}
