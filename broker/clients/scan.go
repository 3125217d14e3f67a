package clients

import (
	"log/slog"
	"time"

	"github.com/gannetmq/gannet/remoting"
)

func (t *Table) runScanner() {
	tick := time.NewTicker(t.opts.ScanEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.Scan()
		case <-t.stop:
			return
		}
	}
}

// Scan ends the memberships that had no heartbeat for Options.Expire. A connection that has none
// left is closed, as Java does: its client is stuck, or behind a network that swallows.
func (t *Table) Scan() {
	for _, p := range t.expire(t.opts.Now().Add(-t.opts.Expire).UnixMilli()) {
		t.lines.silent.Log(t.opts.Log, slog.LevelWarn, "client sent no heartbeat and is closed", "peer", p.RemoteAddr(), "after", t.opts.Expire)
		p.Close("no heartbeat for " + t.opts.Expire.String())
	}
}

// expire ends the memberships last renewed before limit, Unix milliseconds, and returns the
// connections that lost all of theirs.
func (t *Table) expire(limit int64) (lost []remoting.Peer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.allConns() {
		expired := 0
		for _, m := range c.members {
			if m.seen.Load() < limit {
				t.remove(m)
				expired++
			}
		}
		t.Metrics.Expired.Add(int64(expired))
		if expired > 0 && len(c.members) == 0 {
			lost = append(lost, c.peer)
		}
	}
	return lost
}

func (t *Table) allConns() []*conn {
	t.connMu.RLock()
	defer t.connMu.RUnlock()
	all := make([]*conn, 0, len(t.conns))
	for _, c := range t.conns {
		all = append(all, c)
	}
	return all
}
