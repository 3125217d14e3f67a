//go:build conformance

package timers

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
	"github.com/gannetmq/gannet/conformance/process"
)

// recalls lets messages be taken back; the sizes are those that both brokers use.
var recalls = map[string]string{
	"recallMessageEnable": "true", "mappedFileSizeCommitLog": "16777216", "mappedFileSizeConsumeQueue": "200000", "mappedFileSizeTimerLog": "104000",
	"maxHashSlotNum": "10000", "maxIndexNum": "40000", "brokerName": "broker-a",
}

var newest = javasuite.Client{Module: javaenv.Client533, Headers: javasuite.JSON}

// limit of one run of the program.
const limit = 100 * time.Second

func TestMain(m *testing.M) {
	process.AtOnce(8)
	os.Exit(m.Run())
}

// timed runs Timed.java and returns by how many messages were repeated, and how many ms the latest came late.
func timed(t *testing.T, client javasuite.Client, mode, namesrv, topic string, count int, from, to time.Duration) (repeated, late int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	_, file, _, _ := runtime.Caller(0)
	out, err := javaenv.Setup(t).Run(ctx, javaenv.Program{
		Dir: t.TempDir(), Module: client.Module, Props: client.Props(), Main: filepath.Join(filepath.Dir(file), "Timed.java"),
		Args: []string{mode, namesrv, topic, fmt.Sprint(count), fmt.Sprint(from.Milliseconds()), fmt.Sprint(to.Milliseconds())},
	})
	if err != nil {
		t.Fatal(err)
	}
	if out.Exit != 0 {
		t.Fatalf("Timed %s: exit %d\n%s%s", mode, out.Exit, out.Stdout, out.Stderr)
	}
	t.Logf("%s: %s", mode, strings.TrimSpace(out.Stdout))
	for line := range strings.Lines(out.Stdout) {
		var received int
		if n, _ := fmt.Sscanf(line, "received %d repeated %d late %d", &received, &repeated, &late); n == 3 {
			return repeated, late
		}
	}
	return 0, 0
}

// slot is what a message may be late by: one slot of a second, and what a machine takes that does other things too.
const slot = 3000

// The clients' three ways to name a time, and recall, on a running broker. Java opens what is left.
func TestJavaClient(t *testing.T) {
	t.Parallel() // it mostly waits
	g := process.Run(t, process.Options{Set: recalls})
	t.Run("clients", func(t *testing.T) {
		for _, client := range javasuite.Clients("Timed") {
			t.Run(client.Name(), func(t *testing.T) {
				t.Parallel()
				repeated, late := timed(t, client, "both", g.Namesrv, "Timed-"+client.Name(), 40, 500*time.Millisecond, 6*time.Second)
				if repeated != 0 || late > slot {
					t.Errorf("%d repeated, the latest %d ms late; want 0 and at most %d", repeated, late, slot)
				}
			})
		}
	})
	if err := g.Stop(); err != nil {
		t.Fatal(err)
	}
	if exit, sum := javaenv.StoreDump(t, filepath.Join(g.Dir, "store"), dumpArgs("--expect-clean")...); exit != 0 {
		t.Errorf("Java does not accept the directory: exit %d\n%v", exit, sum)
	}
}

// Messages that are due later than the broker is told to look ahead are stored again on their way, some twice, and come once, at their
// time, or stay away if they were taken back meanwhile: each of them after another way. timerRollWindowSlot is days otherwise.
func TestRolledOnTheWay(t *testing.T) {
	t.Parallel() // it mostly waits
	set := maps.Clone(recalls)
	set["timerRollWindowSlot"] = "6" // the last of the way is two slots at least
	g := process.Run(t, process.Options{Set: set})
	const count = 40
	repeated, late := timed(t, newest, "both", g.Namesrv, "Rolled", count, 7*time.Second, 14*time.Second)
	if repeated != 0 || late > slot {
		t.Errorf("%d repeated, the latest %d ms late; want 0 and at most %d", repeated, late, slot)
	}
	metrics, _, err := g.Get("/metrics")
	if err != nil {
		t.Fatal(err)
	}
	var rolled int
	for line := range strings.Lines(metrics) {
		if value, ok := strings.CutPrefix(line, "gannet_timers_rolled_total "); ok {
			if rolled, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				t.Error(err)
			}
		}
	}
	if rolled < count {
		t.Errorf("%d times a message was stored again on its way, want %d at least", rolled, count)
	}
}

func dumpArgs(more ...string) []string {
	for key, value := range recalls {
		more = append(more, "--set", key+"="+value)
	}
	return more
}

// kill -9, twice, while messages wait: all come, none early; what was taken back stays away.
func TestKilledWhileMessagesWait(t *testing.T) {
	t.Parallel() // it mostly waits
	g := process.Run(t, process.Options{Set: recalls})
	timed(t, newest, "send", g.Namesrv, "Killed", 60, 3*time.Second, 14*time.Second)
	for range 2 {
		g.Kill()
		again, err := g.Restart(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer again.End(t)
		g = again
		<-time.After(2 * time.Second) // some are delivered between the kills
	}
	timed(t, newest, "receive", g.Namesrv, "Killed", 60, 0, 0)
}

// Java's broker delivers what ours was told before it was killed; ours delivers what Java's was told before it stopped.
func TestBrokersInTurn(t *testing.T) {
	t.Parallel() // it mostly waits
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	dir := t.TempDir()
	serve := func() *process.Gannet {
		set := map[string]string{"namesrvAddr": ns.Addr}
		for key, value := range recalls {
			set[key] = value
		}
		return process.Run(t, process.Options{Role: "broker", Dir: dir, Set: set})
	}
	java := func() *javaenv.Server {
		return javaenv.StartBroker(t, javaenv.Options{Dir: dir, Namesrv: ns.Addr, Conf: recalls})
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}

	g := serve()
	timed(t, newest, "send", ns.Addr, "Ours", 30, 10*time.Second, 12*time.Second)
	g.Kill()
	j := java()
	if repeated, _ := timed(t, newest, "receive", ns.Addr, "Ours", 30, 0, 0); repeated != 0 {
		t.Errorf("Java delivered %d of ours again", repeated)
	}
	timed(t, newest, "send", ns.Addr, "Javas", 30, 10*time.Second, 12*time.Second)
	javaenv.Stop(t, j)
	serve()
	if repeated, _ := timed(t, newest, "receive", ns.Addr, "Javas", 30, 0, 0); repeated != 0 {
		t.Errorf("ours delivered %d of Java's again", repeated)
	}
}

// The program asks for nothing but what Java does.
func TestJavaClientAtJava(t *testing.T) {
	t.Parallel() // it mostly waits
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr, Conf: recalls})
	timed(t, newest, "both", ns.Addr, "Timed", 40, 500*time.Millisecond, 6*time.Second)
}
