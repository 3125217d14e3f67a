package topic

// SetOrdered makes those of the topics ordered that are in the table. Name servers are not told: one of them has said so. The error is
// ErrNotSaved. Java: TopicConfigManager.updateOrderTopicConfig.
func (t *Table) SetOrdered(names []string) error {
	next := t.publishOrdered(names)
	if next == nil {
		return nil
	}
	return t.save(next.gen)
}

// publishOrdered returns the new state, nil if nothing changed.
func (t *Table) publishOrdered(names []string) (next *state) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.state.Load()
	for _, name := range names {
		old := s.topics[name]
		if old == nil || old.Order {
			continue
		}
		if next == nil {
			next = s.next(t.opts.Now())
		}
		ordered := *old
		ordered.Order = true
		next.topics[name] = &ordered
		t.opts.Log.Info("topic is ordered, says a name server", "topic", name)
	}
	if next != nil {
		t.state.Store(next)
	}
	return next
}
