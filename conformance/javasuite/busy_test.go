//go:build conformance

package javasuite_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
	"github.com/gannetmq/gannet/conformance/process"
)

// Producers that send more at a time than the broker takes are refused, told why, and lose nothing that they send again. Sends that
// wait for the disk are in flight, hence SYNC_FLUSH.
func TestBusy(t *testing.T) {
	t.Parallel() // the tests of this file mostly wait
	for _, client := range javasuite.Clients("Busy") {
		t.Run(client.Name(), func(t *testing.T) {
			t.Parallel()
			g := process.Run(t, process.Options{Set: map[string]string{"flushDiskType": "SYNC_FLUSH", "maxRequestsInFlight": "4"}})
			told := busy(t, client, g.Namesrv, "[OVERLOAD]system busy, start flow control for a while, too many requests in flight")
			// What the client hides is counted: its own attempts before it tells of a refusal.
			attempts, thrown := 1, "MQBrokerException"
			if client.Module == javaenv.Client533 {
				attempts, thrown = 3, "MQClientException"
			}
			if got := strings.Join(told.Thrown, " "); got != thrown {
				t.Errorf("thrown %s, want %s", got, thrown)
			}
			if got, want := limited(t, g, "in-flight"), attempts*told.Refused+told.RefusedCallbacks; got < want {
				t.Errorf("%d refusals counted, the client saw %d", got, want)
			}
		})
	}
}

// refusals are what a client saw.
type refusals struct {
	Refused, RefusedCallbacks int
	Thrown                    []string
}

func busy(t *testing.T, client javasuite.Client, namesrv, cause string) refusals {
	t.Helper()
	r := javaenv.RunClient(t, client.Module, "Busy", client.Props(), "--namesrv", namesrv, "--prefix", "Busy-"+client.Name(), "--cause", cause)
	t.Logf("%s", r.Line)
	var told refusals
	if err := json.Unmarshal(r.Line, &told); err != nil {
		t.Fatal(err)
	}
	return told
}

// limited is how often requests were refused for a limit.
func limited(t *testing.T, g *process.Gannet, limit string) int {
	t.Helper()
	text, _, err := g.Get("/metrics")
	if err != nil {
		t.Fatal(err)
	}
	series := fmt.Sprintf("gannet_requests_over_limit_total{limit=%q} ", limit)
	_, rest, ok := strings.Cut(text, series)
	value, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.Atoi(value)
	if !ok || err != nil {
		t.Fatalf("%s%s is no number: %v", series, value, err)
	}
	return n
}
