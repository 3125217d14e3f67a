package consumequeue

// Last returns the entry of the message that lies furthest in the log; ok is false without messages.
func (s *Set) Last() (e Entry, ok bool, err error) {
	var last *Queue
	end := int64(0)
	for q := range s.All() {
		q.mu.Lock()
		if q.maxPhy > end {
			last, end = q, q.maxPhy
		}
		q.mu.Unlock()
	}
	if last == nil {
		return e, false, nil
	}
	e, err = last.entry(last.end() - 1)
	return e, err == nil && !e.Filler(), err
}
