package client

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/server"
)

// Addresses that nobody is connected to are forgotten; connections, and what was not reached just now, are kept.
func TestLinksAreDropped(t *testing.T) {
	srv := serve(t, "127.0.0.1:0", server.Options{Routes: []remoting.Route{on(1, echo)}})
	c := open(t, Options{MinBackoff: time.Nanosecond, MaxBackoff: time.Nanosecond})
	live, err := c.Conn(brief(t, 5*time.Second), srv.Addr("main").String())
	if err != nil {
		t.Fatal(err)
	}
	nobody := netip.MustParseAddrPort("127.1.0.1:1")
	for range 20 * fewLinks {
		if _, err := c.Conn(brief(t, 5*time.Second), nobody.String()); err == nil {
			t.Fatalf("somebody listens at %v", nobody)
		}
		nobody = netip.AddrPortFrom(nobody.Addr().Next(), nobody.Port())
		c.mu.Lock()
		n := len(c.links)
		c.mu.Unlock()
		if n > 2*fewLinks {
			t.Fatalf("%d links are kept, want at most %d", n, 2*fewLinks)
		}
	}
	again, err := c.Conn(brief(t, 5*time.Second), srv.Addr("main").String())
	if err != nil || again != live {
		t.Errorf("the live connection was dialled again, %v", err)
	}
	patient := open(t, Options{MinBackoff: time.Hour, MaxBackoff: time.Hour})
	for i := range 2 * fewLinks {
		_, _ = patient.Conn(brief(t, 5*time.Second), fmt.Sprintf("127.2.0.%d:1", i))
	}
	if n := len(patient.links); n != 2*fewLinks {
		t.Errorf("%d links are kept whose addresses must not be dialled yet, want %d", n, 2*fewLinks)
	}
}

// Who asks for a link while it is dropped gets a connection all the same, and there is one only.
func TestDroppedWhileAskedFor(t *testing.T) {
	srv := serve(t, "127.0.0.1:0", server.Options{Routes: []remoting.Route{on(1, echo)}})
	c := open(t, Options{MinBackoff: time.Nanosecond, MaxBackoff: time.Nanosecond})
	addr := srv.Addr("main").String()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 100 {
				conn, err := c.Conn(brief(t, 5*time.Second), addr)
				if err != nil {
					t.Error(err)
					return
				}
				conn.Close("test")
			}
		})
	}
	all.Go(func() {
		for range 10_000 {
			c.mu.Lock()
			c.dropLinks()
			c.mu.Unlock()
		}
	})
	all.Wait()
	live := make(map[*Conn]bool)
	for range 4 {
		conn, err := c.Conn(brief(t, 5*time.Second), addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Call(brief(t, 5*time.Second), &remoting.Message{Code: 1}); err == nil {
			live[conn] = true
		}
	}
	if len(live) != 1 {
		t.Errorf("%d connections serve an address, want 1", len(live))
	}
}
