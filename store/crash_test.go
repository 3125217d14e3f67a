package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// The crash suite puts random messages into a store on a disk in memory, deletes topics and old files,
// closes and opens, and cuts the power at random points: before any operation of the disk, and inside
// those that write more than a sector. Each disk that is left is opened, and must hold what it has to.
//
//	crash_run_test.go     what happens before the power is cut
//	crash_cut_test.go     where it is cut, and what is then known of the disk
//	crash_verify_test.go  what must be true of the disk that is left
//
// Two variables of the environment: GANNET_CRASH_SEED is the first seed (the test prints it), and
// GANNET_CRASH_POINTS how many disks are judged. Goroutines of the store run beside the test, so that a
// seed brings the same messages again, but not quite the same cuts.
const (
	seedVariable   = "GANNET_CRASH_SEED"
	pointsVariable = "GANNET_CRASH_POINTS"
)

// crashPoints is how many disks the suite judges, besides those that are cut again in recovery, about half as
// many. On two processors that others use too it takes about a minute.
const crashPoints = 10_000 / crashRelief

// crashWorkers run at once: more than there are processors, because stores wait now and then.
const crashWorkers = 6

// errWrongDisk: a disk does not hold what it must.
var errWrongDisk = errors.New("after a power cut")

// crashTally is what a suite has seen, so that it can tell that it tested something.
type crashTally struct {
	disks, again             atomic.Int64 // judged; besides, cut during the recovery of another
	puts, rolls, restarts    atomic.Int64
	topics, offsets, removed atomic.Int64 // deleted topics, stored offsets, deleted files of the log
	units                    atomic.Int64 // entries with a bit map
	torn                     atomic.Int64 // disks with a record that is torn where no CRC covers it
}

func (n *crashTally) String() string {
	return fmt.Sprintf("%d disks judged, %d more cut again in recovery; %d messages, %d rolls, %d restarts, %d deleted topics, "+
		"%d stored offsets, %d deleted files of the log, %d records torn beside the CRC", n.disks.Load(), n.again.Load(), n.puts.Load(), n.rolls.Load(),
		n.restarts.Load(), n.topics.Load(), n.offsets.Load(), n.removed.Load(), n.torn.Load())
}

// idle reports whether something that must have happened has not.
func (n *crashTally) idle(deletes bool) bool {
	for _, count := range []*atomic.Int64{&n.disks, &n.again, &n.puts, &n.rolls, &n.restarts, &n.topics, &n.offsets} {
		if count.Load() == 0 {
			return true
		}
	}
	return deletes && n.removed.Load() == 0
}

// variant is one way to run a store.
type variant struct {
	name    string
	share   int64 // of the points, in percent
	options Options
	disk    func(vfs.FS) vfs.FS // what the store sees of the disk; nil: as it is
	deletes bool                // old files, all the time
}

func variants() []variant {
	drives := crashOptions(AsyncFlush)
	drives.CallerDrives = true
	sealed := crashOptions(AsyncFlush)
	sealed.AppendPropCRC = true
	indexed := deleting(SyncFlush)
	indexed.NoIndex, indexed.IndexSlots, indexed.IndexEntries = false, 50, 40
	// Files of the log in two directories in turn; bit maps beside the queues, in files of a few units.
	spread, extended := deleting(SyncFlush), deleting(AsyncFlush)
	spread.LogDirs = []string{"log/one", "two"}
	extended.Extension = &consumequeue.Extension{FileSize: 512, Bits: crashBits}
	return []variant{
		{"async", 15, crashOptions(AsyncFlush), nil, false},
		{"sync", 15, crashOptions(SyncFlush), nil, false},
		{"logDirs", 5, spread, fullDisk, true},
		{"extension", 5, extended, fullDisk, true},
		{"indexed", 10, indexed, fullDisk, true},
		{"callerDrives", 5, drives, nil, false},
		{"propCRC", 5, sealed, nil, false},
		{"asyncDeleting", 20, deleting(AsyncFlush), fullDisk, true},
		{"syncDeleting", 20, deleting(SyncFlush), fullDisk, true},
	}
}

// crashBits is the bit map of a message: its queue offset's last byte.
func crashBits(dst []byte, v *record.View) []byte { return append(dst, byte(v.QueueOffset)) }

func crashOptions(flush FlushMode) Options {
	return Options{
		LogFileSize: 16 << 10, QueueFileSize: 400, Flush: flush, Window: 64 << 10, NoIndex: true,
		FlushInterval: 2 * time.Millisecond, FlushThorough: 10 * time.Millisecond,
		QueueFlushInterval: time.Millisecond, upkeepEvery: time.Millisecond, queueSync: 1,
		Memory: 8 << 30,
	}
}

// deleting has old files deleted all the time while messages come.
func deleting(flush FlushMode) Options {
	o := crashOptions(flush)
	o.cleanFirst, o.CleanInterval, o.LogDeletePause, o.QueueDeletePause = time.Millisecond, time.Millisecond, -1, -1
	return o
}

// fullDisk is one on which the oldest files must go at once, though messages are still taken.
func fullDisk(base vfs.FS) vfs.FS { return nearlyFull{base} }

type nearlyFull struct{ vfs.FS }

func (nearlyFull) Usage(string) (vfs.Usage, error) { return vfs.Usage{Total: 100, Free: 12}, nil }

func TestCrash(t *testing.T) {
	seed, points := fromEnvironment(t, seedVariable, uint64(time.Now().UnixNano())), fromEnvironment(t, pointsVariable, crashPoints)
	t.Logf("%s=%d %s=%d", seedVariable, seed, pointsVariable, points)
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // a third of the time is collecting small disks otherwise
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			var n crashTally
			began := time.Now()
			if err := v.crashes(seed, int64(points)*v.share/100, &n); err != nil {
				t.Errorf("%s=%d: %v", seedVariable, seed, err)
			}
			t.Logf("%v in %v", &n, time.Since(began).Round(time.Millisecond))
			if n.idle(v.deletes) || v.options.Extension != nil && n.units.Load() == 0 {
				t.Errorf("something never happened: %v", &n)
			}
		})
	}
}

func fromEnvironment(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// crashes judges so many disks and returns the first thing that is wrong.
func (v *variant) crashes(first uint64, points int64, n *crashTally) error {
	ctx, wrong := context.WithCancelCause(context.Background())
	defer wrong(nil)
	var next atomic.Uint64
	var workers sync.WaitGroup
	for range crashWorkers {
		workers.Go(func() {
			for ctx.Err() == nil && n.disks.Load() < points {
				if err := v.crash(first+next.Add(1)-1, n); err != nil {
					wrong(err)
				}
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

// crash judges the disks of one run.
func (v *variant) crash(seed uint64, n *crashTally) error {
	c := newCrashRun(seed, v.options, n)
	c.look = v.disk
	c.watch(0.1)
	if err := c.run(150); err != nil {
		return fmt.Errorf("run %d: %w", seed, err)
	}
	for i := range c.disks {
		d := &c.disks[i]
		if err := c.verify(d); err != nil {
			return fmt.Errorf("%w: run %d, disk %d (%s): %w", errWrongDisk, seed, i, d.policy, err)
		}
	}
	return nil
}
