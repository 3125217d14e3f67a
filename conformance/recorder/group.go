package recorder

import "time"

// Kill notes that the broker was killed just now.
func (r *Recorder) Kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kills = append(r.kills, time.Now().UnixMilli())
}

// delivered is what a group was given of one body.
type delivered struct {
	times int
	first int64 // Unix milliseconds
}

// Join notes that a group is to be given all that is acknowledged.
func (r *Recorder) Join(group string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.groups[group] = make(map[string]delivered)
}

// Deliver notes what a group that joined was given just now.
func (r *Recorder) Deliver(group string, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.groups[group][string(body)]
	if d.times++; d.times == 1 {
		d.first = time.Now().UnixMilli()
	}
	r.groups[group][string(body)] = d
}

// group judges what a group was given.
func (v *verdict) group(ops map[string]*operation, group string, bodies map[string]delivered) {
	given := make(map[string]bool)
	for body, d := range bodies {
		producer, seq, ok := parse([]byte(body))
		id := key(producer, seq)
		switch {
		case !ok:
			v.bad("group %s: altered body %.40q", group, body)
		case ops[id] == nil:
			v.bad("group %s: was given %s, which was never sent", group, id)
		case v.seen[id] == 0:
			v.bad("group %s: was given %s, which is in no queue", group, id)
		case d.first < ops[id].until:
			v.bad("group %s: was given %s %d ms before its time", group, id, ops[id].until-d.first)
		}
		given[id] = true
		v.sum.Redelivered += d.times - 1
	}
	for id, op := range ops {
		if op.outcome == OK && op.fate != rolledBack && !given[id] {
			v.bad("group %s: %s was acknowledged and is not given to it", group, id)
		}
	}
}
