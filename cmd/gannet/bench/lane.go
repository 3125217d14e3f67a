package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/gannetmq/gannet/remoting/wire"
)

// lane is one connection with a window of outstanding requests. One goroutine runs it.
type lane struct {
	conn      net.Conn
	templates []*template
	window    int
	perReq    int // messages in a request

	slots    []slot
	free     []int // indexes of slots without a request
	sent     int   // requests so far, to take the templates in turn
	seq      uint32
	in, out  []byte
	cmd      wire.Command
	ends     *ends // of transactions; nil if there are none
	measured bool
	patience time.Duration // from the end of the load on, and of what is answered then
	draining bool          // the load has ended
	accepted int           // requests, of the whole run
	result   tally
	refused  string // the first refusal's text
}

// slot is the place of one outstanding request. A broker answers in the order it likes, so a slot is
// used again only after its own answer; each use has another opaque, and its index is the opaque
// modulo the window.
type slot struct {
	opaque int32 // of the last use
	busy   bool
	since  time.Time
}

func dial(addr string) (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", addr, 3*time.Second)
	if err != nil {
		return nil, fmt.Errorf("no broker at %s: %w", addr, err)
	}
	return conn, nil
}

// newLane takes over conn. The keys of its messages are numbered from seq.
func newLane(conn net.Conn, templates []*template, window, perReq int, seq uint32) *lane {
	l := &lane{
		conn: conn, templates: templates, window: window, perReq: perReq, seq: seq,
		slots: make([]slot, window), free: make([]int, window),
		in: make([]byte, 0, 256<<10), patience: clientTimeOut, result: newTally(),
	}
	for i := range l.slots {
		l.slots[i].opaque, l.free[i] = int32(firstOpaque+i), i
	}
	return l
}

// closedLoop keeps the window full until ctx ends. Latency counts from just before the write.
func (l *lane) closedLoop(ctx context.Context, measure func() bool) error {
	defer atEnd(ctx, l.conn)()
	now := time.Now()
	for range l.window {
		l.request(now)
	}
	for {
		if err := l.flush(); err != nil {
			return ended(ctx, err)
		}
		n, err := l.receive()
		if err != nil {
			return ended(ctx, err)
		}
		l.measured = measure()
		now = time.Now()
		for range n {
			l.request(now)
		}
	}
}

// timerSlack is by how much the runtime's timers may wake a lane late, without anybody's fault.
const timerSlack = 2 * time.Millisecond

// openLoop sends a request every interval, the first at due, whatever comes back. Latency counts from
// the moment at which a request was due if the broker was in the way (the window was full, the socket
// did not take more); lateness that is the generator's own timer is not held against the broker.
func (l *lane) openLoop(ctx context.Context, due time.Time, interval time.Duration, measure func() bool) error {
	defer atEnd(ctx, l.conn)()
	full := false
	for {
		now := time.Now()
		for !due.After(now) && len(l.free) > 0 {
			at := due
			if !full && now.Sub(due) < timerSlack {
				at = now
			}
			l.request(at)
			due = due.Add(interval)
		}
		full = len(l.free) == 0
		if err := l.flush(); err != nil {
			return ended(ctx, err)
		}
		deadline := due
		if full {
			deadline = now.Add(time.Second)
		}
		_ = l.conn.SetReadDeadline(deadline)
		if ctx.Err() != nil { // its end may have come before the line above, which undid the deadline it set
			return nil
		}
		_, err := l.receive()
		if err != nil && !errors.Is(err, errTick) {
			return ended(ctx, err)
		}
		l.measured = measure()
	}
}

// errTick says that the time to send has come before an answer did.
var errTick = errors.New("tick")

func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// request encodes one request into a free slot; there must be one.
func (l *lane) request(at time.Time) {
	i := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	use := &l.slots[i]
	use.busy, use.since = true, at
	l.out = l.templates[l.sent%len(l.templates)].append(l.out, use.opaque, at, l.seq)
	l.sent++
	l.seq += uint32(l.perReq)
}

func (l *lane) flush() error {
	if len(l.out) == 0 {
		return nil
	}
	n, err := l.conn.Write(l.out)
	l.out = l.out[:copy(l.out, l.out[n:])] // the end of the load may come amid a frame
	return err
}

// receive reads once and returns how many answers were complete.
func (l *lane) receive() (answers int, err error) {
	if len(l.in) == cap(l.in) {
		l.in = append(l.in, 0)[:len(l.in)]
	}
	n, err := l.conn.Read(l.in[len(l.in):cap(l.in)])
	if err != nil {
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			return 0, errTick
		}
		if errors.Is(err, io.EOF) {
			return 0, errClosed
		}
		return 0, err
	}
	l.in = l.in[:len(l.in)+n]
	now, rest := time.Now(), l.in
	for {
		size, err := wire.Cut(rest)
		if err != nil {
			return answers, err
		}
		if size == 0 || size > len(rest) {
			break
		}
		if err := l.answer(rest[:size], now); err != nil {
			return answers, err
		}
		rest = rest[size:]
		answers++
	}
	l.in = l.in[:copy(l.in, rest)]
	return answers, nil
}

func (l *lane) answer(frame []byte, now time.Time) error {
	if err := wire.Decode(frame, &l.cmd); err != nil {
		return err
	}
	i := int(l.cmd.Opaque) - firstOpaque
	if i < 0 || !l.slots[i%l.window].busy || l.slots[i%l.window].opaque != l.cmd.Opaque {
		return fmt.Errorf("answer to opaque %d, which is not outstanding", l.cmd.Opaque)
	}
	i %= l.window
	took, ok := now.Sub(l.slots[i].since), l.cmd.Code == 0
	l.slots[i].busy = false
	l.slots[i].opaque += int32(l.window)
	l.free = append(l.free, i)
	if ok {
		l.accepted++
	} else if l.refused == "" {
		l.refused = fmt.Sprintf("code %d: %s", l.cmd.Code, l.cmd.Remark)
	}
	if l.ends != nil && ok {
		var err error
		if l.out, err = l.ends.commit(l.out, &l.cmd); err != nil {
			return err
		}
	}
	switch {
	case l.draining:
		l.result.leftOver(took, ok && took < l.patience)
	case l.measured:
		l.result.answered(took, ok)
	}
	return nil
}
