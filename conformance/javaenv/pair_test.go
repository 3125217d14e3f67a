//go:build conformance && javapair

package javaenv_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
)

// TestJavaPair proves the harness on the real thing: what Java clients do with the Java name server and broker must pass
// here before it says anything about ours. It has a tag of its own (make java-control): it takes three minutes, and what
// Java does amiss now and then is no fault of a change here.
func TestJavaPair(t *testing.T) {
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	broker := javaenv.StartBroker(t, javaenv.Options{
		Namesrv: ns.Addr,
		// One CommitLog file for the whole run. After a kill Java throws away the newest index file and rebuilds it only
		// from the CommitLog file where recovery begins: with more files it loses keys, which StoreDump reports.
		Conf: map[string]string{"mappedFileSizeCommitLog": fmt.Sprint(64 << 20)},
	})

	javasuite.Run(t, ns.Addr, javasuite.All())
	t.Run("bench programs", func(t *testing.T) { bench(t, ns.Addr) })
	t.Run("wrong counts fail", func(t *testing.T) { wrongCounts(t, ns.Addr) })
	t.Run("mqadmin", func(t *testing.T) { admin(t, ns.Addr, broker.Addr) })
	t.Run("store after stop and after kill", func(t *testing.T) { stores(t, broker) })
}

// bench runs the programs that benchmarks use, one per mode of sending, and wants every message counted once.
func bench(t *testing.T, namesrv string) {
	const count, warmup = 3000, 50
	for _, mode := range []string{"sync", "async", "batch"} {
		p := javaenv.RunClient(t, javaenv.Client533, "BenchProducer", nil, "--namesrv", namesrv, "--topic", "Bench-"+mode,
			"--count", fmt.Sprint(count), "--warmup", fmt.Sprint(warmup), "--mode", mode, "--size", "200", "--rate", "2000")
		var facts struct{ Seconds, PerSecond, SendP50Micros, SendP999Micros float64 }
		if err := json.Unmarshal(p.Line, &facts); err != nil {
			t.Fatal(err)
		}
		if p.Sent != count || facts.Seconds < float64(count-100)/2000 || facts.SendP50Micros <= 0 || facts.SendP999Micros < facts.SendP50Micros {
			t.Errorf("%s: sent %d with %+v, want %d in at least %d s at 2000 a second", mode, p.Sent, facts, count, count/2000)
		}
	}
	c := javaenv.RunClient(t, javaenv.Client533, "BenchConsumer", nil, "--namesrv", namesrv, "--topic", "Bench-batch",
		"--count", fmt.Sprint(count))
	if c.Distinct != count || c.Received != count {
		t.Errorf("received %d, %d distinct, want %d without the warm-up", c.Received, c.Distinct, count)
	}
}

// wrongCounts shows that the programs can fail: one message too many or too few is an exit of 1 with the reason.
func wrongCounts(t *testing.T, namesrv string) {
	topic := "Quick-json-5_3_3"
	for _, want := range []string{fmt.Sprint(javasuite.Count - 1), fmt.Sprint(javasuite.Count + 1)} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		r, err := javaenv.Setup(t).RunClient(ctx, javaenv.Program{
			Dir: t.TempDir(), Module: javaenv.Client533, Main: "QuickConsumer",
			Args: []string{"--namesrv", namesrv, "--topic", topic, "--count", want, "--group", "G-wrong-" + want, "--seconds", "3"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if r.Output.Exit != 1 || r.OK || len(r.Failed()) != 1 || !strings.Contains(r.Failed()[0], "distinct bodies") {
			t.Errorf("count %s of %d: exit %d, ok %v, failed %q; want exit 1 for the distinct bodies",
				want, javasuite.Count, r.Output.Exit, r.OK, r.Failed())
		}
	}
}

func admin(t *testing.T, namesrv, broker string) {
	list := javaenv.MQAdmin(t, "clusterList", "-n", namesrv)
	if !strings.Contains(list, "broker-a") || !strings.Contains(list, broker) {
		t.Errorf("clusterList shows no broker-a at %s:\n%s", broker, list)
	}
	if _, err := javaenv.Setup(t).MQAdmin(t.Context(), t.TempDir(), "topicRoute", "-n", namesrv, "-t", "NoSuchTopic"); err == nil {
		t.Errorf("topicRoute of an unknown topic: no error, want one")
	}
}

// stores opens what the broker wrote with Java's own classes: after SIGTERM without any recovery, after SIGKILL with it.
func stores(t *testing.T, broker *javaenv.Server) {
	javaenv.Stop(t, broker)
	if _, err := os.Stat(filepath.Join(broker.StoreDir(), "abort")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("abort file after an orderly stop: %v, want none", err)
	}
	exit, clean := javaenv.StoreDump(t, broker.StoreDir(), "--expect-clean", "--no-messages")
	if exit != 0 {
		t.Fatalf("StoreDump after stop: exit %d, want 0\n%s", exit, clean.Stderr)
	}
	for _, topic := range []string{"Quick-json-5_3_3", "Quick-rocketmq-5_3_3", "Quick-json-4_9_4"} {
		if got := clean.ByTopic[topic]; got != javasuite.Count {
			t.Errorf("records of %s: got %d, want %d", topic, got, javasuite.Count)
		}
	}

	again := javaenv.StartBroker(t, broker.Options)
	if again.Addr != broker.Addr || again.Pid() == broker.Pid() {
		t.Errorf("restart: %s pid %d, want the address %s and another pid than %d", again.Addr, again.Pid(), broker.Addr, broker.Pid())
	}
	javaenv.Kill(t, again)
	if _, err := os.Stat(filepath.Join(broker.StoreDir(), "abort")); err != nil {
		t.Errorf("no abort file after SIGKILL: %v", err)
	}
	exit, killed := javaenv.StoreDump(t, broker.StoreDir(), "--no-messages")
	if exit != 0 {
		t.Errorf("StoreDump after kill: exit %d, want 0\n%s", exit, killed.Stderr)
	}
	if killed.Messages < clean.Messages {
		t.Errorf("records after kill: got %d, want at least the %d before", killed.Messages, clean.Messages)
	}
	if again.Stop() == nil {
		t.Errorf("Stop after Kill: no error, want ErrEnded")
	}
}
