package main

import (
	"context"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/vfs"
)

// Latencies are told by Java's bounds, which are some of those that are counted.
func TestWithin(t *testing.T) {
	counts := make([]int64, len(remoting.LatencyBounds)+1)
	for i := range counts {
		counts[i] = 1 << i
	}
	for _, tt := range []struct {
		bounds, want []int64
	}{
		{latencyBounds, []int64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512 + 1024}},
		{makingBounds, []int64{1 + 2 + 4 + 8 + 16, 32, 64, 128 + 256, 512, 1024}},
	} {
		if got := within(tt.bounds, counts); !slices.Equal(got, tt.want) {
			t.Errorf("%v: got %v, want %v", tt.bounds, got, tt.want)
		}
	}
}

type nobody struct{}

func (nobody) Call(context.Context, string, *remoting.Message) (*wire.Command, error) {
	return nil, io.EOF
}

// A registry that looks at everything twice takes what a fresh broker tells.
func TestJavaMetricsOfAFreshBroker(t *testing.T) {
	c, problems := broker.Bind([]jconf.Setting{
		{Key: "listenPort", Value: "0"}, {Key: "vipPortEnable", Value: "false"}, {Key: "bindAddress", Value: "127.0.0.1"},
		{Key: "mappedFileSizeCommitLog", Value: "1048576"},
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	b, err := broker.Start(broker.Options{
		Config: c, FS: vfs.NewMem(), Advertised: netip.MustParseAddr("127.0.0.1"), Caller: nobody{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(javaMetrics{b, time.Now})
	families, err := r.Gather()
	if err != nil || len(families) < 10 {
		t.Errorf("%d names, %v", len(families), err)
	}
}
