//go:build conformance

package javasuite_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
)

// A client whose heartbeats leave its subscriptions out (version 2) gets its messages, also from a broker that was killed and
// knows none of it.
func TestHeartbeatV2(t *testing.T) {
	t.Parallel()
	const before, all = "100", "300"
	env := javaenv.Setup(t)
	g := process.Run(t, process.Options{})
	produce(t, g, before)
	short := map[string]string{"com.rocketmq.heartbeat.v2": "true"}
	consumed := make(chan javaenv.Result, 1)
	ctx, dir := within(t, 3*time.Minute), t.TempDir()
	go func() {
		r, err := env.RunClient(ctx, javaenv.Program{
			Dir: dir, Module: javaenv.Client533, Main: "QuickConsumer", Props: short,
			Args: []string{"--namesrv", g.Namesrv, "--topic", "Beats", "--group", "G_beats", "--count", all, "--seconds", "150"},
		})
		if err != nil {
			t.Errorf("the consumer: %v", err)
		}
		consumed <- r
	}()
	until(t, "a short heartbeat", func() bool {
		text, _, err := g.Get("/metrics")
		return err == nil && strings.Contains(text, "gannet_heartbeats_short_total ") && !strings.Contains(text, "gannet_heartbeats_short_total 0\n")
	})
	g.Kill()
	g, err := g.Restart(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	g.End(t)
	produce(t, g, all)
	if r := <-consumed; r.Output.Exit != 0 {
		t.Errorf("the consumer: %v", r.Failed())
	}
}

func produce(t *testing.T, g *process.Gannet, count string) {
	t.Helper()
	javaenv.RunClient(t, javaenv.Client533, "QuickProducer", nil, "--namesrv", g.Namesrv, "--topic", "Beats", "--count", count)
}
