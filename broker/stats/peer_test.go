package stats

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/wire"
)

// peer is a client that keeps the answers it is sent.
type peer struct {
	addr    string
	answers chan []byte
}

func newPeer() *peer { return &peer{"127.0.0.1:40001", make(chan []byte, 64)} }

func (p *peer) ID() uint64                 { return 1 }
func (p *peer) RemoteAddr() netip.AddrPort { return netip.MustParseAddrPort(p.addr) }
func (p *peer) Congested() bool            { return false }
func (p *peer) Close(string)               {}
func (p *peer) Write(frame []byte) error {
	p.answers <- append([]byte(nil), frame...)
	return nil
}

func (p *peer) WriteBuffer(b *netio.Buffer) error {
	defer b.Release()
	return p.Write(b.B)
}

func newRouter(t testing.TB, routes []remoting.Route) *remoting.Router {
	t.Helper()
	router, err := remoting.NewRouter(routes, remoting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// ask sends one frame and returns the decoded answer.
func ask(t testing.TB, router *remoting.Router, frame []byte) *wire.Command {
	t.Helper()
	return askFrom(t, router, newPeer(), frame)
}

func askFrom(t testing.TB, router *remoting.Router, p *peer, frame []byte) *wire.Command {
	t.Helper()
	if err := router.Frame(p, frame); err != nil {
		t.Fatalf("router refuses the frame: %v", err)
	}
	select {
	case answer := <-p.answers:
		return decode(t, answer)
	case <-time.After(10 * time.Second):
		t.Fatal("no answer")
		return nil
	}
}

func decode(t testing.TB, frame []byte) *wire.Command {
	t.Helper()
	c := new(wire.Command)
	if err := wire.Decode(frame, c); err != nil {
		t.Fatalf("decode: %v", err)
	}
	return c
}

// recorded returns the recorded requests of one code to a broker without access control.
func recorded(t *testing.T, code int, atLeast int) []golden.Frame {
	t.Helper()
	var found []golden.Frame
	for _, f := range golden.Frames(t) {
		if f.Code == code && f.ResponseCode != "16" && f.Response != nil {
			found = append(found, f)
		}
	}
	if len(found) < atLeast {
		t.Fatalf("%d recorded frames of code %d, want %d or more", len(found), code, atLeast)
	}
	return found
}

// likeJava compares an answer with the one Java gave: code, remark and names of the extFields. Where
// Java's remark is an exception with its stack frame, ours tells the cause in words of its own.
func likeJava(t *testing.T, f *golden.Frame, got *wire.Command) {
	t.Helper()
	want := decode(t, f.Response)
	if got.Code != want.Code {
		t.Errorf("%s: code %d %q, Java %d %q", f.ReqFile, got.Code, got.Remark, want.Code, want.Remark)
	}
	gotRemark, wantRemark := string(got.Remark), string(want.Remark)
	exception := strings.HasPrefix(wantRemark, "java.") || strings.HasPrefix(wantRemark, "org.") || strings.HasPrefix(wantRemark, "com.")
	if gotRemark != wantRemark && (gotRemark == "" || !exception) {
		t.Errorf("%s: remark %q, Java %q", f.ReqFile, gotRemark, wantRemark)
	}
	if len(got.Ext) != len(want.Ext) {
		t.Errorf("%s: %d extFields, Java %d", f.ReqFile, len(got.Ext), len(want.Ext))
	}
	for _, pair := range want.Ext {
		if _, ok := got.Lookup(string(pair.Key)); !ok {
			t.Errorf("%s: no extField %s", f.ReqFile, pair.Key)
		}
	}
}

// serve routes rows that run on a pool.
func serve(t testing.TB, routes func(*remoting.Pool) []remoting.Route) *remoting.Router {
	t.Helper()
	pool := remoting.NewPool("admin", 1, 64)
	t.Cleanup(func() {
		if err := pool.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return newRouter(t, routes(pool))
}

// frame makes a request.
func frame(t testing.TB, code int32, h wire.Header, body string) []byte {
	t.Helper()
	m := remoting.Message{Code: code, Header: h, Body: []byte(body)}
	b, err := m.Append(nil, new(wire.Encoder), wire.Head{Opaque: 7})
	if err != nil {
		t.Fatal(err)
	}
	return b
}
