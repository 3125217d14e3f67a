package recorder

import "time"

// Kill notes that the broker was killed just now.
func (r *Recorder) Kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kills = append(r.kills, time.Now().UnixMilli())
}

// Join notes that a group is to be given all that is acknowledged.
func (r *Recorder) Join(group string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.groups[group] = make(map[string]int)
}

// Deliver notes what a group that joined was given.
func (r *Recorder) Deliver(group string, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.groups[group][string(body)]++
}

// group judges what a group was given.
func (v *verdict) group(ops map[string]*operation, group string, bodies map[string]int) {
	given := make(map[string]bool)
	for body, times := range bodies {
		producer, seq, ok := parse([]byte(body))
		id := key(producer, seq)
		switch {
		case !ok:
			v.bad("group %s: altered body %.40q", group, body)
		case ops[id] == nil:
			v.bad("group %s: was given %s, which was never sent", group, id)
		case v.seen[id] == 0:
			v.bad("group %s: was given %s, which is in no queue", group, id)
		}
		given[id] = true
		v.sum.Redelivered += times - 1
	}
	for id, op := range ops {
		if op.outcome == OK && op.fate != rolledBack && !given[id] {
			v.bad("group %s: %s was acknowledged and is not given to it", group, id)
		}
	}
}
