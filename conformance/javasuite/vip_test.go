//go:build conformance

package javasuite_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
)

// A client with vipChannelEnabled sends, and asks for offsets, at listenPort-2; without that port it gets nowhere, which shows
// that it does.
func TestVIPChannel(t *testing.T) {
	vip := map[string]string{"com.rocketmq.sendMessageWithVIPChannel": "true"}
	for _, enable := range []string{"true", "false"} {
		t.Run("vipPortEnable="+enable, func(t *testing.T) {
			t.Parallel()
			g := process.Run(t, process.Options{Set: map[string]string{"vipPortEnable": enable}})
			if enable == "true" {
				javaenv.RunClient(t, javaenv.Client533, "Scenario", vip, "--namesrv", g.Namesrv, "sync", "pull", "offsets")
				return
			}
			out, err := javaenv.Setup(t).Run(within(t, time.Minute), javaenv.Program{
				Dir: t.TempDir(), Module: javaenv.Client533, Main: "Scenario", Props: vip,
				Args: []string{"--namesrv", g.Namesrv, "sync"},
			})
			if err != nil || out.Exit == 0 || !strings.Contains(out.Stdout+out.Stderr, "RemotingConnectException") {
				t.Errorf("without the port: exit %d, %v\n%s%s", out.Exit, err, out.Stdout, out.Stderr)
			}
		})
	}
}

func within(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}
