package netio

import (
	"errors"
	"net"
	"testing"
	"time"
)

// Whole steps are counted, whatever the order and the sizes, and nothing is left at the end.
func TestBacklogCounts(t *testing.T) {
	c := newTestConn(t, Config{Handler: &testHandler{}})
	total := &c.engine.metrics.Backlog
	unsent := 0
	for _, n := range []int{100, backlogStep - 101, 1, 1, 5 * backlogStep, -3, -backlogStep, 40 * backlogStep, -7*backlogStep - 5} {
		unsent += n
		c.out.count(n)
		if want := int64(unsent / backlogStep * backlogStep); total.Load() != want {
			t.Errorf("%d unsent: backlog %d, want %d", unsent, total.Load(), want)
		}
	}
	c.finish(nil)
	if got := total.Load(); got != 0 {
		t.Errorf("backlog %d after the end, want 0", got)
	}
}

func TestCongestedByAll(t *testing.T) {
	c := newTestConn(t, Config{Handler: &testHandler{}, CongestedBytes: 1 << 20, MaxBacklog: 8 << 20})
	for _, step := range []struct {
		unsent  int
		backlog int64
		want    bool
	}{
		{1 << 20, 0, false}, {1<<20 + 1, 0, true}, {100 << 10, 4<<20 + 1, false}, {200 << 10, 4 << 20, false},
		{200 << 10, 4<<20 + 1, true},
	} {
		c.out.unsent.Store(int64(step.unsent))
		c.engine.metrics.Backlog.Store(step.backlog)
		if got := c.Congested(); got != step.want {
			t.Errorf("%d unsent of %d: congested %v, want %v", step.unsent, step.backlog, got, step.want)
		}
	}
	c.out.unsent.Store(0)
	c.finish(nil)
}

// Of many connections that read nothing those go that leave most, and what all leave stays bounded; whoever reads is
// served meanwhile. Half of them use TLS.
func TestBacklogOfAllIsBounded(t *testing.T) {
	const bound, slow, step = 32 << 20, 16, 128 << 10
	closed := make(chan error, slow+1)
	cfg, client := withTLS(t, Config{
		MaxBacklog: bound, MaxUnsent: 1 << 30, CongestedBytes: 1 << 30, CloseTimeout: time.Second,
		Handler: &testHandler{
			frame: func(c *Conn, f []byte) {
				if len(f) < 1000 {
					echo(c, f)
					return
				}
				_ = c.WriteBuffer(CopyBuffer(make([]byte, len(f)/1000*step)))
			},
			closed: func(_ *Conn, err error) { closed <- err },
		},
	}, TLSPermissive)
	e := start(t, cfg)
	quick := others{t, dial(t, e)}
	var peers []net.Conn
	for i := range slow {
		peers = append(peers, dialEither(t, e, client, i%2 == 0))
	}
	peak := int64(0)
	for e.Metrics().Closed[ByBacklog].Load() == 0 {
		for i, p := range peers { // the later, the more it asks for
			_, _ = p.Write(frameOf(make([]byte, 1000*(i+1))))
			quick.served()
			peak = max(peak, e.Metrics().Backlog.Load())
		}
	}
	if err := <-closed; !errors.Is(err, ErrBacklog) {
		t.Errorf("closed with %v, want ErrBacklog", err)
	}
	eventually(t, "there is less than the bound", func() bool { return e.Metrics().Backlog.Load() <= bound })
	if most := int64(bound + slow*step); peak > most {
		t.Errorf("backlog was %d at its peak, want at most %d: the bound and one answer", peak, most)
	}
	if got := e.Metrics().Closed[ByBacklog].Load(); got > slow/2 {
		t.Errorf("%d of %d were closed, want those few that leave most", got, slow)
	}
	quick.served()
}
