package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/gannetmq/gannet/remoting/wire"
)

// lane is one connection with a window of outstanding requests. One goroutine runs it.
type lane struct {
	conn      net.Conn
	templates []*template
	window    int
	perReq    int // messages in a request

	sentAt   []time.Time // by slot: opaque modulo window
	next     int32       // opaque of the next request
	seq      uint32
	in, out  []byte
	cmd      wire.Command
	measured bool
	result   tally
	refused  string // the first refusal's text
}

// tally is what a lane counted while it was measured.
type tally struct {
	requests, failed int64
	latency          *hdrhistogram.Histogram // microseconds
}

func newTally() tally { return tally{latency: hdrhistogram.New(1, 60_000_000, 3)} }

func dial(addr string) (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", addr, 3*time.Second)
	if err != nil {
		return nil, fmt.Errorf("no broker at %s: %w", addr, err)
	}
	return conn, nil
}

func newLane(addr string, templates []*template, window, perReq int) (*lane, error) {
	conn, err := dial(addr)
	if err != nil {
		return nil, err
	}
	return &lane{
		conn: conn, templates: templates, window: window, perReq: perReq,
		sentAt: make([]time.Time, window), next: firstOpaque,
		in: make([]byte, 0, 256<<10), result: newTally(),
	}, nil
}

// closedLoop keeps the window full until ctx ends. Latency counts from just before the write.
func (l *lane) closedLoop(ctx context.Context, measure func() bool) error {
	stop := context.AfterFunc(ctx, func() { _ = l.conn.SetDeadline(time.Now()) })
	defer stop()
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

// openLoop sends a request every interval, whatever comes back; latency counts from the moment at
// which the request was due. Requests beyond the window wait, and that wait is counted too.
func (l *lane) openLoop(ctx context.Context, interval time.Duration, measure func() bool) error {
	stop := context.AfterFunc(ctx, func() { _ = l.conn.SetDeadline(time.Now()) })
	defer stop()
	due := time.Now()
	outstanding := 0
	for {
		now := time.Now()
		for !due.After(now) && outstanding < l.window {
			l.request(due)
			due = due.Add(interval)
			outstanding++
		}
		if err := l.flush(); err != nil {
			return ended(ctx, err)
		}
		deadline := due
		if outstanding == l.window {
			deadline = now.Add(time.Second)
		}
		if ctx.Err() != nil {
			return nil
		}
		_ = l.conn.SetReadDeadline(deadline)
		n, err := l.receive()
		if err != nil && !errors.Is(err, errTick) {
			return ended(ctx, err)
		}
		l.measured = measure()
		outstanding -= n
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

func (l *lane) request(at time.Time) {
	t := l.templates[int(l.next-firstOpaque)%len(l.templates)]
	l.sentAt[int(l.next-firstOpaque)%l.window] = at
	l.out = t.append(l.out, l.next, at, l.seq)
	l.next++
	l.seq += uint32(l.perReq)
}

func (l *lane) flush() error {
	if len(l.out) == 0 {
		return nil
	}
	_, err := l.conn.Write(l.out)
	l.out = l.out[:0]
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
			return 0, errors.New("the broker closed the connection")
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
	slot := int(l.cmd.Opaque - firstOpaque)
	if slot < 0 || l.cmd.Opaque >= l.next {
		return fmt.Errorf("answer to opaque %d, which was never sent", l.cmd.Opaque)
	}
	if l.cmd.Code != 0 && l.refused == "" {
		l.refused = fmt.Sprintf("code %d: %s", l.cmd.Code, l.cmd.Remark)
	}
	if !l.measured {
		return nil
	}
	l.result.requests++
	if l.cmd.Code != 0 {
		l.result.failed++
		return nil
	}
	_ = l.result.latency.RecordValue(max(1, now.Sub(l.sentAt[slot%l.window]).Microseconds()))
	return nil
}
