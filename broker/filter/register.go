package filter

// Prepare compiles what a group's heartbeat says, and returns what registers it: that only touches memory, so it may
// be called under a lock. A topic that the heartbeat does not name is given up. Java: ConsumerFilterManager.register.
func (t *Table) Prepare(group string, subs []Subscription) (register func()) {
	var all []*Data
	names := make(map[string]bool, len(subs))
	for i := range subs {
		s := &subs[i]
		names[s.Topic] = true
		if !tagged(s.Type) && s.Expression != "" {
			all = append(all, t.prepare(group, s))
		}
	}
	return func() { t.register(group, all, names) }
}

// prepare compiles unless the table has the same already, or something newer. compiled is nil if that cannot be done.
func (t *Table) prepare(group string, s *Subscription) *Data {
	d := &Data{Topic: s.Topic, Group: group, Expression: s.Expression, Type: s.Type, Version: s.Version, table: t}
	old := t.lookup([]byte(group), []byte(s.Topic))
	if old != nil && old.same(d) {
		d.compiled, d.bits = old.compiled, old.bits
		return d
	}
	if old != nil && old.Version >= s.Version {
		return d
	}
	c, err := t.compile(s.Type, s.Expression)
	if err != nil {
		t.opts.Log.Warn("filter expression cannot be compiled", "group", group, "topic", s.Topic, "error", err)
		return d
	}
	d.compiled, d.bits = c, t.bloom.positions(named(group, s.Topic))
	return d
}

func (d *Data) same(o *Data) bool { return d.Expression == o.Expression && d.Type == o.Type }

func (t *Table) register(group string, all []*Data, names map[string]bool) {
	now := t.opts.Now().UnixMilli()
	t.mu.Lock()
	defer t.mu.Unlock()
	changed := false
	for _, d := range all {
		changed = t.take(d, now) || changed
	}
	for name := range t.groups[group] {
		if !names[name] {
			changed = t.kill(group, name, now) || changed
		}
	}
	if changed {
		t.writer.wake()
	}
}

// take registers one expression and reports whether anything is different. mu is held.
func (t *Table) take(d *Data, now int64) bool {
	var old *Data
	if in := t.topics[d.Topic]; in != nil {
		old = in.groups[d.Group]
	}
	switch {
	case old == nil:
	case d.Version < old.Version, d.Version == old.Version && !old.dead():
		return false // of an older heartbeat
	case d.Version == old.Version || old.same(d):
		next := *old
		next.Version, next.Dead = d.Version, 0
		t.put(&next)
		return true
	}
	if d.compiled == nil {
		if old != nil { // so that the client is told
			t.remove(d.Group, d.Topic)
		}
		return old != nil
	}
	if t.kept+d.Weight() > t.opts.MaxKept {
		t.clean(now)
	}
	if t.kept+d.Weight() > t.opts.MaxKept {
		t.opts.Log.Error("no room for a filter expression", "group", d.Group, "topic", d.Topic, "kept", t.kept)
		return false
	}
	d.Born = now
	t.put(d)
	return true
}

// Gone says that the last member of a group left. It only touches memory. Java: ConsumerFilterManager.unRegister.
func (t *Table) Gone(group string) {
	now := t.opts.Now().UnixMilli()
	t.mu.Lock()
	defer t.mu.Unlock()
	changed := false
	for name := range t.groups[group] {
		changed = t.kill(group, name, now) || changed
	}
	if changed {
		t.writer.wake()
	}
}

// kill marks an entry as that of a group that is gone. mu is held.
func (t *Table) kill(group, name string, now int64) bool {
	old := t.topics[name].groups[group]
	if old.dead() {
		return false
	}
	next := *old
	next.Dead = max(now, next.Born)
	t.put(&next)
	return true
}

// clean drops what has been dead for long, and returns how many entries that was. mu is held.
func (t *Table) clean(now int64) (n int) {
	for name, in := range t.topics {
		for group, d := range in.groups {
			if d.dead() && now-d.Dead >= t.opts.Clean.Milliseconds() {
				t.remove(group, name)
				n++
			}
		}
	}
	return n
}
