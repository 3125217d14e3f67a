//go:build conformance

package crash

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
)

const (
	producers = 4
	queues    = 4
	kills     = 20
	topic     = "CrashTopic"
)

// Four producers send while the process is killed at random moments, twenty times. Everything
// acknowledged must be there, unaltered and where the broker said. A killed process keeps the page
// cache, so this holds for both flush modes; power loss is the crash suite of package store.
func TestKill(t *testing.T) {
	for _, mode := range []string{"ASYNC_FLUSH", "SYNC_FLUSH"} {
		t.Run(mode, func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			killAndJudge(t, mode, rand.New(rand.NewPCG(seed, 0)))
		})
	}
}

func killAndJudge(t *testing.T, mode string, rng *rand.Rand) {
	options := process.Options{
		Dir: t.TempDir(),
		// Small files, so that kills also hit the moment when a file is full.
		Set: map[string]string{"flushDiskType": mode, "mappedFileSizeCommitLog": "1048576", "mappedFileSizeConsumeQueue": "10000"},
	}
	g, err := process.Start(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	var stop atomic.Bool
	rec := recorder.New()
	createTopic(t, g.Broker)
	var producing sync.WaitGroup
	broker := g.Broker // the same after each restart
	for p := range producers {
		producing.Go(func() { produce(p, broker, rec, &stop) })
	}
	for range kills {
		// The moment of a kill is the one thing here that must not be a condition.
		<-time.After(time.Duration(20+rng.IntN(300)) * time.Millisecond)
		g.Kill()
		next, err := g.Restart(context.Background())
		if err != nil {
			stop.Store(true)
			producing.Wait()
			t.Fatalf("restart after kill -9: %v", err)
		}
		g = next
	}
	stop.Store(true)
	producing.Wait()
	sum, problems := rec.Verify(readAll(t, g.Broker))
	t.Logf("%s: %v", mode, sum)
	for _, p := range problems {
		t.Error(p)
	}
	if sum.Acknowledged < kills {
		t.Errorf("only %d messages were acknowledged: the test tested nothing", sum.Acknowledged)
	}
	if err := g.Stop(); err != nil {
		t.Errorf("clean stop: %v", err)
	}
	judgeByJava(t, g.Dir+"/store", sum.Stored)
}

// judgeByJava has a Java broker's own code open the directory.
func judgeByJava(t *testing.T, dir string, messages int) {
	t.Helper()
	exit, summary := javaenv.StoreDump(t, dir, "--expect-clean", "--expect-messages", fmt.Sprint(messages),
		"--set", "mappedFileSizeCommitLog=1048576", "--set", "mappedFileSizeConsumeQueue=10000")
	if exit != 0 {
		t.Errorf("Java does not accept the directory: exit %d\n%v", exit, summary)
	}
}

func createTopic(t *testing.T, addr string) {
	t.Helper()
	c, err := recorder.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.CreateTopic(topic, queues); err != nil {
		t.Fatal(err)
	}
}

// produce sends numbered messages, one after the other, over as many connections as it takes. A
// message whose fate is unknown is not sent again: whether it is there is for the recorder.
func produce(producer int, addr string, rec *recorder.Recorder, stop *atomic.Bool) {
	var c *recorder.Client
	for seq := 0; !stop.Load(); seq++ {
		for c == nil && !stop.Load() {
			c, _ = recorder.Dial(addr) // refused while the process is down
		}
		if c == nil {
			return
		}
		q := recorder.Queue{Topic: topic, ID: int32(seq % queues)}
		rec.Invoke(producer, seq, q)
		offset, err := c.Send(q, recorder.Body(producer, seq, 100+seq%2000))
		var refused *recorder.Refused
		switch {
		case err == nil:
			rec.Acknowledge(producer, seq, q, offset)
		case errors.As(err, &refused):
			rec.Fail(producer, seq)
		default:
			rec.Lose(producer, seq)
			_ = c.Close()
			c = nil
		}
	}
	if c != nil {
		_ = c.Close()
	}
}

func readAll(t *testing.T, addr string) map[recorder.Queue][]recorder.Stored {
	t.Helper()
	c, err := recorder.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	all := make(map[recorder.Queue][]recorder.Stored)
	for id := range int32(queues) {
		q := recorder.Queue{Topic: topic, ID: id}
		if all[q], err = c.ReadAll(q); err != nil {
			t.Fatalf("read %v: %v", q, err)
		}
	}
	return all
}

// A second process on the same directory is refused, names the first, and harms nothing.
func TestSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	g := process.Run(t, process.Options{Dir: dir})
	createTopic(t, g.Broker)
	_, err := process.Start(context.Background(), process.Options{Dir: dir})
	if err == nil {
		t.Fatal("a second process opened the directory")
	}
	if want := fmt.Sprint(g.Pid); !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want the pid %s of the owner in it", err, want)
	}
	c, err := recorder.Dial(g.Broker)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Send(recorder.Queue{Topic: topic}, []byte("still here")); err != nil {
		t.Errorf("the first process no longer takes messages: %v", err)
	}
}
