package netio

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestStartRefusesBadConfigs(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	h := &testHandler{}
	for name, cfg := range map[string]Config{
		"no handler":      {Cutter: testCut},
		"no cutter":       {Handler: h},
		"no certificates": {Cutter: testCut, Handler: h, TLS: TLSPermissive},
		"address in use": {Cutter: testCut, Handler: h,
			Listen: []Listen{{"free", "127.0.0.1:0"}, {"busy", busy.Addr().String()}}},
	} {
		if e, err := Start(cfg); err == nil {
			stop(t, e)
			t.Errorf("%s: started, want an error", name)
		} else if name == "address in use" && !strings.Contains(err.Error(), `"busy"`) {
			t.Errorf("%s: error %v does not name the listener", name, err)
		}
	}
}

func TestListenersAreKnownByName(t *testing.T) {
	names := make(chan string, 2)
	e := start(t, Config{
		Listen:  []Listen{{"main", "127.0.0.1:0"}, {"vip", "127.0.0.1:0"}},
		Handler: &testHandler{opened: func(c *Conn) { names <- c.Listener() + " " + c.LocalAddr().String() }},
	})
	if got := e.Addr("nobody"); got != nil {
		t.Errorf("address of nobody: %v", got)
	}
	for _, name := range []string{"main", "vip"} {
		c, err := net.Dial("tcp", e.Addr(name).String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		send(t, c, frameOf(nil))
		if got, want := <-names, name+" "+c.RemoteAddr().String(); got != want {
			t.Errorf("connection came in at %q, want %q", got, want)
		}
	}
}

func TestConnAddressesAndSession(t *testing.T) {
	conns := make(chan *Conn, 2)
	e := start(t, Config{Handler: &testHandler{opened: func(c *Conn) {
		c.SetSession(c.ID())
		conns <- c
	}}})
	var ids []uint64
	for range 2 {
		c := dial(t, e)
		send(t, c, frameOf(nil))
		got := <-conns
		if got.RemoteAddr().String() != c.LocalAddr().String() {
			t.Errorf("remote address %v, want %v", got.RemoteAddr(), c.LocalAddr())
		}
		if got.Session() != any(got.ID()) {
			t.Errorf("session %v, want %v", got.Session(), got.ID())
		}
		ids = append(ids, got.ID())
	}
	if ids[0] == ids[1] {
		t.Errorf("two connections have the id %d", ids[0])
	}
}

func TestConnectionLimit(t *testing.T) {
	e := start(t, Config{MaxConns: 2, Handler: &testHandler{frame: echo}})
	a, b := dial(t, e), dial(t, e)
	others{t, a}.served()
	others{t, b}.served()
	expectEnd(t, dial(t, e))
	if got := e.Metrics().RefusedTotal.Load(); got != 1 {
		t.Errorf("%d refused, want 1", got)
	}
	others{t, a}.served()
	b.Close()
	eventually(t, "there is room again", func() bool { return e.Metrics().Conns.Load() == 1 })
	others{t, dial(t, e)}.served()
}

func TestConnectionLimitPerAddress(t *testing.T) {
	cfg := &Config{MaxConns: 1000, MaxConnsPerIP: 2, descriptors: 1 << 40}
	var r registry
	var m Metrics
	conn := func(ip string) *Conn { return &Conn{socket: netip.AddrPortFrom(netip.MustParseAddr(ip), 1)} }
	var first *Conn
	for i, step := range []struct {
		ip   string
		want bool
	}{
		{"10.0.0.1", true}, {"10.0.0.1", true}, {"10.0.0.1", false}, {"::ffff:10.0.0.1", false}, {"10.0.0.2", true},
		{"2001:db8::1", true}, {"2001:db8::2", true}, {"2001:db8::3", false}, {"2001:db8:0:1::3", true},
		{"127.0.0.1", true}, {"127.0.0.1", true}, {"127.0.0.1", true}, {"::1", true}, {"::1", true}, {"::1", true},
	} {
		c := conn(step.ip)
		if got := r.add(c, cfg, &m); got != step.want {
			t.Errorf("connection %d from %s: admitted %v, want %v", i, step.ip, got, step.want)
		}
		if i == 0 {
			first = c
		}
	}
	r.remove(first, &m)
	if !r.add(conn("10.0.0.1"), cfg, &m) {
		t.Error("no room after one of the address left")
	}
	if got := m.RefusedPerIP.Load(); got != 3 {
		t.Errorf("%d refused, want 3", got)
	}
}

func TestConnShareLeavesDescriptorsToFiles(t *testing.T) {
	for _, c := range []struct{ limit, want int }{
		{1 << 20, 1<<20 - 1<<17}, {20_000, 17_500}, {2048, 1792}, {1024, 768}, {256, 128}, {1, 1},
	} {
		if got := connShare(c.limit); got != c.want {
			t.Errorf("of %d descriptors %d are for connections, want %d", c.limit, got, c.want)
		}
	}
}

// Running out of descriptors delays connections; it does not end the engine, as gnet's own accept
// loop would.
func TestOutOfDescriptors(t *testing.T) {
	e := start(t, Config{Handler: &testHandler{frame: echo}})
	old := others{t, dial(t, e)}
	old.served()

	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	low := limit
	low.Cur = 256
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	var hoard []*os.File
	release := sync.OnceFunc(func() {
		for _, f := range hoard {
			f.Close()
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Errorf("restoring the limit: %v", err)
		}
	})
	defer release()
	// Descriptors that earlier tests leave to the garbage collector may come free meanwhile.
	var c net.Conn
	for m := e.Metrics(); m.AcceptErrors.Load() == 0; {
		for {
			f, err := os.Open(os.DevNull)
			if err != nil {
				break
			}
			hoard = append(hoard, f)
		}
		if len(hoard) == 0 {
			t.Fatal("nothing to hoard")
		}
		hoard[len(hoard)-1].Close() // for our end of the connection
		hoard = hoard[:len(hoard)-1]
		accepted := m.Accepted.Load()
		c = dial(t, e)
		eventually(t, "accept failed or went well", func() bool {
			return m.AcceptErrors.Load() > 0 || m.Accepted.Load() > accepted
		})
	}
	old.served()
	release()
	others{t, c}.served()
}

func TestStopWritesWhatIsQueued(t *testing.T) {
	ends := newEnds()
	cfg, client := withTLS(t, Config{Handler: &testHandler{closed: ends.closed, frame: func(c *Conn, _ []byte) {
		_ = c.WriteBuffer(CopyBuffer(make([]byte, 6<<20)))
	}}}, TLSPermissive)
	e := start(t, cfg)
	conns := []net.Conn{dial(t, e), tls.Client(dial(t, e), client), dial(t, e)}
	var wg sync.WaitGroup
	for _, c := range conns[:2] {
		send(t, c, frameOf(nil))
		wg.Go(func() {
			b, _ := io.ReadAll(c)
			if len(b) != 6<<20 {
				t.Errorf("%d bytes before the end, want %d", len(b), 6<<20)
			}
		})
	}
	eventually(t, "both are being answered", func() bool { return e.Metrics().Frames.Load() == 2 })
	stop(t, e)
	wg.Wait()
	for range 2 { // the third was never opened
		if err := ends.next(t); !errors.Is(err, ErrStopping) {
			t.Errorf("Closed got %v, want ErrStopping", err)
		}
	}
	if c, err := net.Dial("tcp", e.Addr("main").String()); err == nil {
		c.Close()
		t.Error("still accepting after Stop")
	}
	stop(t, e) // again is harmless
}

func TestStopHasADeadline(t *testing.T) {
	var closed atomic.Int64
	cfg, client := withTLS(t, Config{Handler: &testHandler{
		closed: func(*Conn, error) { closed.Add(1) },
		frame:  func(c *Conn, _ []byte) { _ = c.WriteBuffer(CopyBuffer(make([]byte, 15<<20))) },
	}}, TLSPermissive)
	e := start(t, cfg)
	for _, c := range []net.Conn{dial(t, e), tls.Client(dial(t, e), client)} {
		send(t, c, frameOf(nil)) // and never read
	}
	eventually(t, "both are stuck", func() bool { return e.Metrics().Frames.Load() == 2 })
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := e.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Stop: %v, want the deadline", err)
	}
	if got := closed.Load(); got != 2 {
		t.Errorf("%d connections closed, want 2", got)
	}
}

// Writers hammer connections that come, go and are stopped: no buffer is lost, none is released twice,
// every Opened has its Closed.
func TestWritersAgainstCloseAndStop(t *testing.T) {
	var opened, closed atomic.Int64
	conns := make(chan *Conn, 64)
	cfg, client := withTLS(t, Config{Loops: 2, MaxUnsent: 1 << 20, Handler: &testHandler{
		opened: func(c *Conn) { opened.Add(1); conns <- c },
		closed: func(*Conn, error) { closed.Add(1) },
	}}, TLSPermissive)
	before := LiveBuffers()
	e := start(t, cfg)
	quit := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for {
				select {
				case <-quit:
					return
				case c := <-conns:
					for i := 0; ; i++ {
						err := c.WriteBuffer(CopyBuffer(make([]byte, 700*(i%4))))
						if err != nil || i > 3000 {
							break
						}
						if w == 0 && i == 100 {
							c.Close("enough")
						}
					}
				}
			}
		})
	}
	for i := range 60 {
		nc, err := net.Dial("tcp", e.Addr("main").String())
		if err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			nc = tls.Client(nc, client)
		}
		_, _ = nc.Write(bytes.Repeat(frameOf(nil), 3))
		switch i % 4 {
		case 0:
			_, _ = io.CopyN(io.Discard, nc, 10_000)
			nc.Close()
		case 1:
			nc.Close()
		default:
			t.Cleanup(func() { nc.Close() })
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	_ = e.Stop(ctx)
	close(quit)
	wg.Wait()
	if opened.Load() == 0 || opened.Load() != closed.Load() {
		t.Errorf("%d opened, %d closed, want as many", opened.Load(), closed.Load())
	}
	if got := LiveBuffers(); got != before {
		t.Errorf("%d buffers alive, %d before", got, before)
	}
}

func TestReasonsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for r := range reasons {
		name := r.String()
		if name == "" || seen[name] {
			t.Errorf("reason %d is called %q", r, name)
		}
		seen[name] = true
	}
	if got := reasonOf(fmt.Errorf("x: %w", os.NewSyscallError("read", syscall.ECONNRESET))); got != ByReset {
		t.Errorf("ECONNRESET is %v, want reset", got)
	}
	if got := reasonOf(errors.New("other")); got != ByOther {
		t.Errorf("an unknown error is %v, want other", got)
	}
}

// Two engines of a process do not take its descriptors twice.
func TestEnginesShareDescriptors(t *testing.T) {
	var one, two registry
	var m Metrics
	cfg := Config{MaxConns: 100, MaxConnsPerIP: 100, descriptors: admitted.Load() + 3}
	conns := []*Conn{{}, {}, {}, {}}
	for i, c := range conns {
		r := []*registry{&one, &two}[i%2]
		if got, want := r.add(c, &cfg, &m), i < 3; got != want {
			t.Errorf("connection %d: admitted %v, want %v", i, got, want)
		}
	}
	if n := m.RefusedTotal.Load(); n != 1 {
		t.Errorf("%d are counted as refused, want 1", n)
	}
	one.remove(conns[0], &m)
	if !two.add(conns[3], &cfg, &m) {
		t.Error("refused although the other engine has made room")
	}
	one.remove(conns[2], &m)
	two.remove(conns[1], &m)
	two.remove(conns[3], &m)
}
