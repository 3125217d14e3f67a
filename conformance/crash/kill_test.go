//go:build conformance

package crash

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
)

const (
	queues = 4
	topic  = "CrashTopic"
)

var torment = process.Kills{Times: 20, Least: 20 * time.Millisecond, Most: 320 * time.Millisecond, Workers: 4}

// Four producers send while the process is killed at random moments, twenty times. Everything
// acknowledged must be there, unaltered and where the broker said. A killed process keeps the page
// cache, so this holds for both flush modes; power loss is the crash suite of package store.
func TestKill(t *testing.T) {
	for _, mode := range []string{"ASYNC_FLUSH", "SYNC_FLUSH"} {
		t.Run(mode, func(t *testing.T) {
			killAndJudge(t, mode)
		})
	}
}

func killAndJudge(t *testing.T, mode string) {
	rec := recorder.New()
	g := torment.Amid(t, process.Options{
		Dir: t.TempDir(),
		// Small files, so that kills also hit the moment when a file is full.
		Set: map[string]string{"flushDiskType": mode, "mappedFileSizeCommitLog": "1048576", "mappedFileSizeConsumeQueue": "10000"},
	}, func(g *process.Gannet) process.Work {
		recorder.MustCreateTopic(t, g.Broker, topic, queues)
		return recorder.Load{Recorder: rec, Addr: g.Broker, Next: func(seq int) recorder.Outgoing {
			return recorder.Outgoing{Queue: recorder.Queue{Topic: topic, ID: int32(seq % queues)}, Size: 100 + seq%2000}
		}}.Produce
	})
	sum := rec.Judge(t, g.Broker, topic, queues, 0, torment.Times)
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

// A second process on the same directory is refused, names the first, and harms nothing.
func TestSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	g := process.Run(t, process.Options{Dir: dir})
	recorder.MustCreateTopic(t, g.Broker, topic, queues)
	_, err := process.Start(context.Background(), process.Options{Dir: dir})
	if err == nil {
		t.Fatal("a second process opened the directory")
	}
	if want := fmt.Sprint(g.Pid); !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want the pid %s of the owner in it", err, want)
	}
	if _, err := recorder.MustDial(t, g.Broker).Send(recorder.Queue{Topic: topic}, []byte("still here")); err != nil {
		t.Errorf("the first process no longer takes messages: %v", err)
	}
}
