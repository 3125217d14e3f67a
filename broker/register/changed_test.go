package register

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// gates are name servers that answer registrations when the test lets them; one without a gate is down.
type gates map[string]chan struct{}

func (g gates) Call(ctx context.Context, addr string, m *remoting.Message) (*wire.Command, error) {
	gate := g[addr]
	switch {
	case gate == nil:
		return nil, errors.New("connection refused")
	case m.Code != protocol.RegisterBroker:
		return &wire.Command{}, nil
	}
	select {
	case <-gate:
		return &wire.Command{}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// open lets one registration pass.
func (g gates) open(addr string) {
	g[addr] <- struct{}{}
	synctest.Wait()
}

// registered starts a Registrar and lets each name server with a gate answer its first registration.
func registered(t *testing.T, g gates, servers ...string) *Registrar {
	t.Helper()
	r := New(g, Options{
		Cluster: "C", Name: "b", Addr: "127.0.0.1:10911", NameServers: servers, Every: time.Minute, Force: true,
		Topics: func() protocol.TopicTable { return protocol.TopicTable{} }, Log: slog.New(slog.DiscardHandler),
	})
	r.Start()
	for addr := range g {
		g.open(addr)
	}
	return r
}

// changed calls Changed and tells when it has returned.
func changed(r *Registrar) *atomic.Bool {
	var done atomic.Bool
	go func() {
		r.Changed()
		done.Store(true)
	}()
	synctest.Wait()
	return &done
}

// Who creates a topic is answered when the name servers know it: a consumer that then asks for the
// route finds it. A second change waits for a registration that began after it.
func TestChangedWaitsUntilTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gates{"a:1": make(chan struct{}), "b:1": make(chan struct{})}
		r := registered(t, g, "a:1", "b:1")
		first := changed(r)
		second := changed(r)
		g.open("a:1")
		if first.Load() {
			t.Error("Changed returned when one of two name servers had been told")
		}
		g.open("b:1")
		if !first.Load() || second.Load() {
			t.Errorf("both told once: first returned %t, want true; second %t, want false", first.Load(), second.Load())
		}
		g.open("a:1")
		g.open("b:1")
		if !second.Load() {
			t.Error("both told twice: the second Changed still waits")
		}
		r.Stop(context.Background())
	})
}

func TestChangedDoesNotWaitForTheSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gates{"a:1": make(chan struct{})}
		r := registered(t, g, "a:1", "down:1")
		wait := func(want time.Duration) {
			t.Helper()
			began := time.Now()
			r.Changed()
			if took := time.Since(began); took != want {
				t.Errorf("waited %v, want %v", took, want)
			}
		}
		wait(tellPatience) // a:1 has always answered until now
		wait(0)
		g.open("a:1")      // it answers again, late
		g.open("a:1")      // and tells of the second change
		wait(tellPatience) // so it is waited for again
		r.Stop(context.Background())
	})
}

func TestStopEndsTheWaitForNameServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := registered(t, gates{"a:1": make(chan struct{})}, "a:1")
		began := time.Now()
		done := changed(r)
		r.Stop(context.Background())
		synctest.Wait()
		if took := time.Since(began); !done.Load() || took != 0 {
			t.Errorf("Changed returned %t after %v, want at once", done.Load(), took)
		}
	})
}
