package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// link is one address: its connection, the dial under way, or the failure of the last one.
type link struct {
	client *Client
	addr   string

	mu      sync.Mutex // guards the rest
	conn    *Conn      // nil, or the last one; it may have ended
	dialing chan struct{}
	err     error     // of the last dial
	retry   time.Time // no dial before
	backoff time.Duration
	dropped bool // out of Client.links
}

// errDropped: another link has to be asked for.
var errDropped = errors.New("client: link dropped")

// drop ends the use of a link that has nothing to remember. It is called with Client.mu held, which dials take inside
// of theirs: a link that is busy stays.
func (l *link) drop(now time.Time) bool {
	if !l.mu.TryLock() {
		return false
	}
	defer l.mu.Unlock()
	live := l.conn != nil && !l.conn.Ended()
	remembers := now.Before(l.retry.Add(l.client.options.MaxBackoff)) // how long it was not reached
	if live || remembers || l.dialing != nil {
		return false
	}
	l.dropped = true
	return true
}

// get returns the live connection, or dials. Concurrent callers share one dial; none of them giving up
// ends it for the others. A connection that a server ended as soon as it was made is returned all the
// same: whether to try again is the caller's decision.
func (l *link) get(ctx context.Context) (*Conn, error) {
	conn, dialing, err := l.liveOrDialing()
	if conn != nil || err != nil {
		return conn, err
	}
	select {
	case <-dialing:
	case <-ctx.Done():
		return nil, fmt.Errorf("client: dial %s: %w", l.addr, ctx.Err())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn, l.err
}

// liveOrDialing returns a connection, or what is closed when the dial under way has ended.
func (l *link) liveOrDialing() (*Conn, <-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dropped {
		return nil, nil, errDropped
	}
	if l.conn != nil && !l.conn.Ended() {
		return l.conn, nil, nil
	}
	if l.dialing == nil {
		if wait := time.Until(l.retry); wait > 0 {
			return nil, nil, fmt.Errorf("%w (next attempt in %v)", l.err, wait.Round(time.Millisecond))
		}
		if err := l.startDialLocked(); err != nil {
			return nil, nil, err
		}
	}
	return nil, l.dialing, nil
}

// startDialLocked starts the goroutine that dials. Client.Close waits for it.
func (l *link) startDialLocked() error {
	c := l.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	done := make(chan struct{})
	l.dialing = done
	c.dials.Go(func() {
		defer close(done)
		conn, err := l.dial()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.dialing = nil
		l.conn, l.err = conn, err
		if err == nil {
			l.backoff, l.retry = 0, time.Time{}
			return
		}
		l.backoff = min(max(2*l.backoff, c.options.MinBackoff), c.options.MaxBackoff)
		l.retry = time.Now().Add(l.backoff)
	})
	return nil
}

// keepAlive finds out a server whose machine is gone while nobody asks it anything; a process that hangs still answers
// these, and is found out by the calls.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}

func (l *link) dial() (*Conn, error) {
	c := l.client
	ctx, cancel := context.WithTimeout(c.life, c.options.DialTimeout)
	defer cancel()
	dialer := net.Dialer{Resolver: c.options.Resolver, KeepAliveConfig: keepAlive}
	socket, err := dialer.DialContext(ctx, "tcp", l.addr)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	if c.options.TLS != nil {
		if socket, err = l.handshake(ctx, socket); err != nil {
			return nil, err
		}
	}
	conn := &Conn{client: c, addr: l.addr}
	peer, err := c.engine.Serve(socket, conn)
	if err != nil {
		return nil, fmt.Errorf("client: connection to %s: %w", l.addr, err)
	}
	conn.peer.Store(peer)
	return conn, nil
}

// handshake verifies the name that was dialled, unless the configuration names another.
func (l *link) handshake(ctx context.Context, socket net.Conn) (net.Conn, error) {
	config := l.client.options.TLS
	if config.ServerName == "" && !config.InsecureSkipVerify {
		host, _, err := net.SplitHostPort(l.addr)
		if err != nil {
			return nil, fmt.Errorf("client: %w", err)
		}
		config = config.Clone()
		config.ServerName = host
	}
	conn := tls.Client(socket, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("client: TLS with %s: %w", l.addr, err)
	}
	return conn, nil
}
