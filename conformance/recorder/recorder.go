// Package recorder judges a broker by what it promised: it keeps, for every message a test tried
// to send, what the client was told, and compares that with what the queues hold afterwards.
//
// Rules:
//
//   - acknowledged ⊆ stored, unaltered, at the queue and offset that were acknowledged
//   - a message told to have failed may be stored (the failure may have come after the append),
//     but never twice; only unknown and retried ones may be stored more than once
//   - within a producer and queue, acknowledged messages stand in the order in which they were sent,
//     if the producer waited for each answer
//   - queue offsets are contiguous from the queue's minimum
//   - nothing is stored that nobody sent
//   - a message that was to wait is in its queue at last, never before its time,
//     and again only after a kill of the broker, if it came within Window before that
//   - a message of a transaction that is committed is in its queue at last, not more often than its producer said so; one that is
//     rolled back never is
//   - a group that joined is given all that was acknowledged, unaltered, and nothing that is not in the queues
package recorder

import (
	"fmt"
	"hash/crc32"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Queue names one queue.
type Queue struct {
	Topic string
	ID    int32
}

// Outcome is what the client knows of one message.
type Outcome int

const (
	Invoked Outcome = iota // sent, no answer yet: the same as Unknown when judged
	OK                     // acknowledged
	Failed                 // refused by an answer
	Unknown                // connection lost or timed out
)

type operation struct {
	outcome  Outcome
	producer int
	seq      int
	queue    Queue
	offset   int64
	attempts int
	until    int64 // Unix milliseconds before which it must not be seen; 0 if it does not wait
	fate     fate
	told     int // how often its producer said how the transaction ends
}

// fate is how the transaction of a message ends.
type fate uint8

const (
	noTransaction fate = iota
	committed
	rolledBack
)

// Recorder collects operations. It is safe for concurrent use.
type Recorder struct {
	// Window is how long before a kill what was delivered may not be noted on disk as delivered.
	Window time.Duration

	mu     sync.Mutex
	ops    map[string]*operation
	kills  []int64                         // Unix milliseconds
	groups map[string]map[string]delivered // by group and body
}

// New makes an empty recorder.
func New() *Recorder {
	return &Recorder{ops: make(map[string]*operation), groups: make(map[string]map[string]delivered)}
}

// Body makes the payload of message seq of a producer: "p-seq-crc|padding", size bytes or a little
// more. The checksum covers all that follows it, so an altered body is recognised.
func Body(producer, seq, size int) []byte {
	id := fmt.Sprintf("%d-%d", producer, seq)
	pad := strings.Repeat(string(rune('a'+seq%26)), max(0, size-len(id)-10))
	sum := crc32.ChecksumIEEE([]byte(id + pad))
	return fmt.Appendf(nil, "%s-%08x|%s", id, sum, pad)
}

// parse returns the identity of a body, or false if it is altered.
func parse(body []byte) (producer, seq int, ok bool) {
	head, pad, found := strings.Cut(string(body), "|")
	parts := strings.Split(head, "-")
	if !found || len(parts) != 3 {
		return 0, 0, false
	}
	producer, err1 := strconv.Atoi(parts[0])
	seq, err2 := strconv.Atoi(parts[1])
	sum, err3 := strconv.ParseUint(parts[2], 16, 32)
	if err1 != nil || err2 != nil || err3 != nil {
		return 0, 0, false
	}
	return producer, seq, uint32(sum) == crc32.ChecksumIEEE([]byte(parts[0]+"-"+parts[1]+pad))
}

func key(producer, seq int) string { return strconv.Itoa(producer) + "-" + strconv.Itoa(seq) }

// Invoke notes that a message is about to be sent; again for a retry.
func (r *Recorder) Invoke(producer, seq int, q Queue) {
	r.mu.Lock()
	defer r.mu.Unlock()
	op := r.ops[key(producer, seq)]
	if op == nil {
		op = &operation{producer: producer, seq: seq}
		r.ops[key(producer, seq)] = op
	}
	op.queue = q
	op.attempts++
	if op.outcome != OK {
		op.outcome = Invoked
	}
}

// Delay notes of a message that was invoked that it must not be seen before until, Unix milliseconds. Where it is acknowledged
// is where it waits.
func (r *Recorder) Delay(producer, seq int, until int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops[key(producer, seq)].until = until
}

// Decide notes of a message that was invoked that it belongs to a transaction, and how its producer ends that, now or when it is
// asked. Where it is acknowledged is where its half is.
func (r *Recorder) Decide(producer, seq int, commit bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	op := r.ops[key(producer, seq)]
	if op.fate = rolledBack; commit {
		op.fate = committed
	}
}

// Tell notes that the producer of a message of a transaction is about to say how that ends: at once, or because it was asked.
func (r *Recorder) Tell(producer, seq int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops[key(producer, seq)].told++
}

// Acknowledge notes the positive answer and the offset it named.
func (r *Recorder) Acknowledge(producer, seq int, q Queue, offset int64) {
	r.settle(producer, seq, OK, q, offset)
}

// Fail notes a refusal.
func (r *Recorder) Fail(producer, seq int) { r.settle(producer, seq, Failed, Queue{}, -1) }

// Lose notes that no answer will come.
func (r *Recorder) Lose(producer, seq int) { r.settle(producer, seq, Unknown, Queue{}, -1) }

func (r *Recorder) settle(producer, seq int, o Outcome, q Queue, offset int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	op := r.ops[key(producer, seq)]
	if op == nil {
		panic("BUG: " + key(producer, seq) + " settled but never invoked")
	}
	op.outcome = o
	if o == OK {
		op.queue, op.offset = q, offset
	}
}

// Stored is one message as a queue holds it.
type Stored struct {
	Offset int64
	Body   []byte
	Time   int64 // when it was stored, Unix milliseconds
}

// Summary counts what was judged.
type Summary struct {
	Acknowledged, Failed, Unknown, Stored, Duplicates int
	Redelivered                                       int // to groups
}

// String prints the summary on one line.
func (s Summary) String() string {
	return fmt.Sprintf("acknowledged %d, failed %d, unknown %d, stored %d, %d of them repeats, redelivered to groups %d",
		s.Acknowledged, s.Failed, s.Unknown, s.Stored, s.Duplicates, s.Redelivered)
}

// Verify compares the record with the content of all queues and returns what is wrong, at most 20 lines.
func (r *Recorder) Verify(queues map[Queue][]Stored) (Summary, []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := verdict{
		seen: make(map[string]int), found: make(map[string]bool), last: make(map[lane]int), came: make(map[string]int64),
		kills: r.kills, window: r.Window.Milliseconds(),
	}
	for _, q := range sorted(queues) {
		v.queue(r.ops, q, queues[q])
	}
	for id, op := range r.ops {
		v.operation(id, op)
	}
	for group, bodies := range r.groups {
		v.group(r.ops, group, bodies)
	}
	return v.sum, v.problems
}

type lane struct {
	producer int
	q        Queue
}

type verdict struct {
	sum      Summary
	problems []string
	seen     map[string]int  // how often each message is stored
	found    map[string]bool // where it was acknowledged
	last     map[lane]int
	came     map[string]int64 // when the last copy of a message that waited was stored
	kills    []int64
	window   int64
}

func (v *verdict) bad(format string, args ...any) {
	if len(v.problems) < 20 {
		v.problems = append(v.problems, fmt.Sprintf(format, args...))
	}
}

func (v *verdict) queue(ops map[string]*operation, q Queue, content []Stored) {
	for i, s := range content {
		v.sum.Stored++
		if i > 0 && s.Offset != content[i-1].Offset+1 {
			v.bad("%v: offset %d follows %d", q, s.Offset, content[i-1].Offset)
		}
		producer, seq, ok := parse(s.Body)
		if !ok {
			v.bad("%v offset %d: altered body %.40q", q, s.Offset, s.Body)
			continue
		}
		id := key(producer, seq)
		op := ops[id]
		if op == nil {
			v.bad("%v offset %d: %s was never sent", q, s.Offset, id)
			continue
		}
		v.copyOf(op, id, q, s)
	}
}

func (v *verdict) copyOf(op *operation, id string, q Queue, s Stored) {
	v.seen[id]++
	if op.until > 0 {
		v.delayed(op, id, q, s)
		return
	}
	if op.fate != noTransaction {
		v.ended(op, id, q, s)
		return
	}
	if v.seen[id] > 1 {
		v.sum.Duplicates++
		if op.attempts == 1 && op.outcome != Unknown && op.outcome != Invoked {
			v.bad("%v offset %d: %s stored %d times though sent once", q, s.Offset, id, v.seen[id])
		}
	}
	if op.outcome != OK || op.queue != q || op.offset != s.Offset {
		return
	}
	v.found[id] = true
	l := lane{op.producer, q}
	if last, ok := v.last[l]; ok && last > op.seq {
		v.bad("%v: producer %d's %d stands behind its %d", q, op.producer, op.seq, last)
	}
	v.last[l] = op.seq
}

// delayed judges a message that had to wait.
func (v *verdict) delayed(op *operation, id string, q Queue, s Stored) {
	v.repeat(id, q, s)
	if op.queue == q {
		v.found[id] = true
	}
	if s.Time < op.until {
		v.bad("%v offset %d: %s came %d ms before its time", q, s.Offset, id, op.until-s.Time)
	}
}

// ended judges a message of a transaction.
func (v *verdict) ended(op *operation, id string, q Queue, s Stored) {
	if v.seen[id] > 1 {
		v.sum.Duplicates++
	}
	if v.seen[id] > op.told {
		v.bad("%v offset %d: %s is there %d times, its producer said %d times how it ends", q, s.Offset, id, v.seen[id], op.told)
	}
	if op.queue == q {
		v.found[id] = true
	}
	if op.fate == rolledBack {
		v.bad("%v offset %d: %s was rolled back", q, s.Offset, id)
	}
}

// repeat judges what the broker stores by itself: again only if a kill made it forget that it did.
func (v *verdict) repeat(id string, q Queue, s Stored) {
	before := v.came[id]
	v.came[id] = s.Time
	if v.seen[id] == 1 {
		return
	}
	v.sum.Duplicates++
	forgot := func(kill int64) bool { return kill-v.window <= before && before <= kill && kill <= s.Time }
	if !slices.ContainsFunc(v.kills, forgot) {
		v.bad("%v offset %d: %s came again after %d ms, and no kill was the cause", q, s.Offset, id, s.Time-before)
	}
}

func (v *verdict) operation(id string, op *operation) {
	switch op.outcome {
	case OK:
		v.sum.Acknowledged++
		switch {
		case op.fate == rolledBack: // and seen nowhere, or that was said
		case v.seen[id] == 0:
			v.bad("%s was acknowledged at %v offset %d and is lost", id, op.queue, op.offset)
		case !v.found[id]:
			v.bad("%s was acknowledged at %v offset %d and stands elsewhere", id, op.queue, op.offset)
		}
	case Failed:
		v.sum.Failed++
	default:
		v.sum.Unknown++
	}
}

func sorted(queues map[Queue][]Stored) []Queue {
	keys := make([]Queue, 0, len(queues))
	for q := range queues {
		keys = append(keys, q)
	}
	sort.Slice(keys, func(i, j int) bool {
		if keys[i].Topic != keys[j].Topic {
			return keys[i].Topic < keys[j].Topic
		}
		return keys[i].ID < keys[j].ID
	})
	return keys
}
