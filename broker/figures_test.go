package broker

import (
	"io/fs"
	"runtime"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/vfs"
)

// What 28 tells of a broker that has done something.
func TestFiguresOfABroker(t *testing.T) {
	b := running(t, nil)
	before := time.Now()
	storeMessage(t, b, "T")
	f := b.figures()
	if f.Put != 1 || f.PutBytes <= 0 || f.LogStart != 0 || f.LogEnd != f.PutBytes || f.Oldest < before.UnixMilli() ||
		f.Started.After(before) || len(f.Logs) != 1 || f.Logs[0].Path != "/data/store/commitlog" {
		t.Errorf("got %+v", f)
	}
}

// disks has a disk of 1000 bytes for each of these directories, so much of which is used; the others share one that is
// empty. A directory that does not exist has none.
type disks struct {
	vfs.FS
	used map[string]int64
}

func (d disks) Usage(dir string) (vfs.Usage, error) {
	if u, err := d.FS.Usage(dir); err != nil {
		return u, err
	}
	switch used, ok := d.used[dir]; {
	case !ok:
		return vfs.Usage{Total: 500, Free: 500}, nil
	case used < 0:
		return vfs.Usage{}, &fs.PathError{Op: "statfs", Path: dir, Err: fs.ErrPermission}
	default:
		return vfs.Usage{Total: 1000, Free: 1000 - used}, nil
	}
}

// Each disk is told of as itself, to those who ask with 28, in the remark of a refused send, and in metrics.
func TestFiguresOfEachDisk(t *testing.T) {
	fsys := disks{vfs.NewMem(), map[string]int64{"a": 800, "b": 411, "consumequeue": 620, "index": 30}}
	b := runningOn(t, fsys, nil, "storePathCommitLog=/data/store/a,/data/store/b")
	info := told[protocol.KVTable](t, caller(t, b)(protocol.GetBrokerRuntimeInfo, nil)).Table
	for key, want := range map[string]string{
		"commitLogDiskRatio": "0.42", "commitLogDiskRatio_/data/store/a": "0.8", "commitLogDiskRatio_/data/store/b": "0.42",
		"consumeQueueDiskRatio": "0.62", "commitLogDirCapacity": "Total : 1000 B, Free : 589 B.",
	} {
		if info[key] != want {
			t.Errorf("%s: got %q, want %q", key, info[key], want)
		}
	}
	log, queues, index := b.diskUsed()
	if log != 0.42 || queues != 0.62 || index != 0.03 {
		t.Errorf("log %v, queues %v, index %v in use", log, queues, index)
	}
	if got, want := b.Gauges().Disk, (vfs.Usage{Total: 1000, Free: 589}); got != want {
		t.Errorf("gauge: got %+v, want %+v", got, want)
	}
}

// A disk that does not tell is not an empty one.
func TestFiguresOfASilentDisk(t *testing.T) {
	b := runningOn(t, disks{vfs.NewMem(), map[string]int64{"commitlog": -1}}, nil)
	if f := b.figures(); f.LogUsed != -1 || f.Logs[0].Used != -1 || f.DiskTotal != 0 || f.QueueUsed != 0 {
		t.Errorf("got %+v", f)
	}
	if log, queues, _ := b.diskUsed(); log != -1 || queues != 0 {
		t.Errorf("log %v, queues %v in use, want -1 and 0", log, queues)
	}
}

// Timed messages count when they are taken up and when they come due.
func TestTotalsOfTimers(t *testing.T) {
	b := running(t, nil, "timerPrecisionMs=100")
	a := consumer(t, b)(protocol.SendMessage, &protocol.SendRequest{
		ProducerGroup: []byte("P"), Topic: []byte("T"), DefaultTopic: []byte("TBW102"), DefaultTopicQueueNums: 1,
		Properties: []byte("TIMER_DELAY_MS\x01300\x02"),
	}, []byte("x"))
	if a.Code != protocol.Success {
		t.Fatalf("%d %s", a.Code, a.Remark)
	}
	for deadline := time.Now().Add(10 * time.Second); b.totals().Due == 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("not delivered: %+v", b.totals())
		}
	}
	if got := b.totals(); got.Timed != 1 || got.Due != 1 {
		t.Errorf("%d taken up, %d due, want 1 and 1", got.Timed, got.Due)
	}
}
