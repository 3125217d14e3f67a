//go:build conformance

package javasuite_test

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
	"github.com/gannetmq/gannet/conformance/process"
)

// Clients are told in Java's words what they may not do, and go on by themselves when they may. What is forbidden is the whole broker's,
// so each client has one.
func TestRefusals(t *testing.T) {
	t.Parallel() // the tests of this file mostly wait
	for _, client := range javasuite.Clients("Refusals") {
		t.Run(client.Name(), func(t *testing.T) {
			t.Parallel()
			g := process.Run(t, process.Options{})
			r := javaenv.RunClient(t, client.Module, "Refusals", client.Props(), "--namesrv", g.Namesrv)
			t.Logf("%s", r.Line)
		})
	}
}

// Members of a group set themselves back when they are told to, as those of Java 4 brokers do; TestGannet has the newest client do it.
func TestMembersSetBack(t *testing.T) {
	t.Parallel()
	g := process.Run(t, process.Options{Set: map[string]string{"useServerSideResetOffset": "false"}})
	for _, module := range javasuite.Modules[1:] {
		client := javasuite.Client{Module: module, Headers: javasuite.JSON}
		t.Run(client.Name(), func(t *testing.T) {
			t.Parallel()
			r := javaenv.RunClient(t, client.Module, "Scenario", client.Props(), "--namesrv", g.Namesrv, "--prefix", client.Name(), "reset")
			t.Logf("%s", r.Line)
		})
	}
}

// Traces are in the broker's own topic for them, and there are none where the broker wants none.
func TestTraceSwitch(t *testing.T) {
	t.Parallel()
	for _, wanted := range []string{"true", "false"} {
		g := process.Run(t, process.Options{Set: map[string]string{"traceTopicEnable": "true", "traceOn": wanted}})
		for _, client := range javasuite.Clients("TraceSwitch") {
			t.Run(client.Name()+" traceOn="+wanted, func(t *testing.T) {
				t.Parallel()
				r := javaenv.RunClient(t, client.Module, "TraceSwitch", client.Props(), "--namesrv", g.Namesrv,
					"--prefix", "Trace-"+client.Name(), "--wanted", wanted)
				t.Logf("%s", r.Line)
			})
		}
	}
}
