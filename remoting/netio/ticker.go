package netio

import "time"

// maxTick bounds the age of the coarse clock.
const maxTick = time.Second

// tickOf is how often deadlines are looked at: an eighth of the shortest, at most maxTick.
func tickOf(cfg *Config) time.Duration {
	tick := min(maxTick, cfg.FirstFrameTime/8, cfg.CloseTimeout/8)
	if cfg.IdleTimeout > 0 {
		tick = min(tick, cfg.IdleTimeout/8)
	}
	return max(tick, time.Millisecond)
}

// now is the coarse clock: milliseconds since the engine started, at least 1.
func (e *Engine) now() int64 { return e.clock.Load() }

// tick is the goroutine that moves the clock and ends what is overdue.
func (e *Engine) tick() {
	t := time.NewTicker(tickOf(&e.config))
	defer t.Stop()
	var late []*Conn
	for {
		select {
		case <-e.quit:
			return
		case <-t.C:
		}
		now := time.Since(e.started).Milliseconds() + 1
		e.clock.Store(now)
		late = late[:0]
		e.registry.sweep(func(c *Conn) {
			if c.alive.overdue(&e.config, now) != nil {
				late = append(late, c)
			}
		})
		for i, c := range late {
			// Asked again: bytes may have come since.
			if err := c.alive.overdue(&e.config, now); err != nil {
				c.end(phaseAborted, err)
			}
			late[i] = nil
		}
	}
}
