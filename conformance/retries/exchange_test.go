//go:build conformance

package retries

import (
	"maps"
	"strconv"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/store/record"
)

// each is how many messages wait when a broker ends, half of them for a second and half for longer than the
// other broker takes to start, mostly.
const each = 40

var exchanged = []time.Duration{time.Second, 12 * time.Second}

// A Java broker delivers what waits in the directory that we leave when we are killed, and we deliver what waits in the directory
// that it leaves when it is.
func TestWaitingInTheOthersDirectory(t *testing.T) {
	conf := map[string]string{"messageDelayLevel": "1s 12s", "mappedFileSizeCommitLog": "16777216", "mappedFileSizeConsumeQueue": "200000"}
	dir, rec := t.TempDir(), recorder.New()
	rec.Window = 11 * time.Second // flushDelayOffsetInterval of both, and a second
	ours := process.Run(t, process.Options{Dir: dir, Set: conf})
	recorder.MustCreateTopic(t, ours.Broker, topic, 1)
	send(t, rec, 0, ours.Broker)
	ours.Kill()
	rec.Kill()

	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	java := javaenv.StartBroker(t, javaenv.Options{Dir: dir, Namesrv: ns.Addr, Conf: maps.Clone(conf)})
	await(t, rec, java.Addr, each)
	send(t, rec, 1, java.Addr)
	javaenv.Kill(t, java)
	rec.Kill()

	again := process.Run(t, process.Options{Dir: dir, Set: conf})
	t.Logf("%v", await(t, rec, again.Broker, 2*each))
	if err := again.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func send(t *testing.T, rec *recorder.Recorder, producer int, addr string) {
	t.Helper()
	c, err := recorder.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for seq := range each {
		level := seq % len(exchanged)
		rec.Invoke(producer, seq, target)
		rec.Delay(producer, seq, time.Now().Add(exchanged[level]).UnixMilli())
		offset, err := c.SendWith(target, record.AppendProperty(nil, record.PropDelayLevel, strconv.Itoa(level+1)), recorder.Body(producer, seq, 200))
		if err != nil {
			t.Fatal(err)
		}
		rec.Acknowledge(producer, seq, target, offset)
	}
}

// await returns when so many messages have come, whatever comes twice, and judges what there is.
func await(t *testing.T, rec *recorder.Recorder, addr string, count int) recorder.Summary {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		all := recorder.MustReadAll(t, addr, topic, 1)
		sum, problems := rec.Verify(all)
		if sum.Stored-sum.Duplicates >= count {
			for _, p := range problems {
				t.Error(p)
			}
			return sum
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-deadline:
			t.Fatalf("%d of %d messages within a minute: %q", sum.Stored-sum.Duplicates, count, problems)
		}
	}
}
