package broker

import (
	"slices"
	"testing"
)

// A group that got two of three messages and consumed one is two behind: one it has, one nobody fetched.
func TestLags(t *testing.T) {
	b, _ := sent(t)
	lags := slices.Collect(b.Lags())
	if len(lags) != 1 || lags[0].Oldest <= 0 || lags[0].OldestReady < lags[0].Oldest {
		t.Fatalf("got %+v, want the one of G", lags)
	}
	lags[0].Oldest, lags[0].OldestReady = 0, 0
	if want := (Lag{Group: "G", Topic: "T", Behind: 2, Ready: 1, InFlight: 1}); lags[0] != want {
		t.Errorf("got %+v, want %+v", lags[0], want)
	}
	g := b.Gauges()
	if g.Permission != 6 || g.OldestTime <= 0 || g.Disk.Total <= 0 || len(g.Queued) != 4 || g.Cluster != "DefaultCluster" {
		t.Errorf("got %+v", g)
	}
}
