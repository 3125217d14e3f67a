package clients

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/wire"
)

var peerIDs atomic.Uint64

// peer is a client that keeps the answers it is sent.
type peer struct {
	id      uint64
	answers chan []byte
	closed  atomic.Pointer[string]
}

func newPeer() *peer { return &peer{id: peerIDs.Add(1), answers: make(chan []byte, 64)} }

func (p *peer) ID() uint64                 { return p.id }
func (p *peer) RemoteAddr() netip.AddrPort { return netip.MustParseAddrPort("127.0.0.1:40001") }
func (p *peer) Congested() bool            { return false }
func (p *peer) Close(reason string)        { p.closed.Store(&reason) }
func (p *peer) Write(frame []byte) error {
	p.answers <- append([]byte(nil), frame...)
	return nil
}

func (p *peer) WriteBuffer(b *netio.Buffer) error {
	defer b.Release()
	return p.Write(b.B)
}

// ask sends one frame and returns the decoded answer.
func (p *peer) ask(t testing.TB, router *remoting.Router, frame []byte) *wire.Command {
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

// recorded returns the recorded frames of one code with an answer that a broker without access
// control, and not about to stop, gives.
func recorded(t *testing.T, code int, atLeast int) []golden.Frame {
	t.Helper()
	var found []golden.Frame
	for _, f := range golden.Frames(t) {
		if f.Code == code && f.ResponseCode != "16" && f.ResponseCode != "1500" && strings.HasPrefix(f.Direction, "client->") {
			found = append(found, f)
		}
	}
	if len(found) < atLeast {
		t.Fatalf("%d recorded frames of code %d, want %d or more", len(found), code, atLeast)
	}
	return found
}

// likeJava compares an answer with the one Java gave: code, remark and the extFields. Where Java's
// remark is an exception with its stack frame, ours tells the cause in words of its own.
func likeJava(t *testing.T, f *golden.Frame, got *wire.Command) {
	t.Helper()
	want := decode(t, f.Response)
	if got.Code != want.Code {
		t.Errorf("%s: code %d %q, Java %d %q", f.ReqFile, got.Code, got.Remark, want.Code, want.Remark)
	}
	gotRemark, wantRemark := string(got.Remark), string(want.Remark)
	exception := strings.HasPrefix(wantRemark, "java.") || strings.HasPrefix(wantRemark, "com.")
	if gotRemark != wantRemark && (gotRemark == "" || !exception) {
		t.Errorf("%s: remark %q, Java %q", f.ReqFile, gotRemark, wantRemark)
	}
	if len(got.Ext) != len(want.Ext) {
		t.Errorf("%s: %d extFields, Java %d", f.ReqFile, len(got.Ext), len(want.Ext))
	}
	for _, pair := range want.Ext {
		if v, ok := got.Lookup(string(pair.Key)); !ok || string(v) != string(pair.Value) {
			t.Errorf("%s: extField %s is %q, Java %q", f.ReqFile, pair.Key, v, pair.Value)
		}
	}
}

var errNotAllowed = errors.New("not allowed")

// fakeTables are the tables of groups and topics. Groups named No… may not be used, quiet… want no
// notification, and topics named Order… are consumed in order.
type fakeTables struct {
	mu      sync.Mutex
	retries []string // what EnsureRetry was asked, once each
}

func (f *fakeTables) Enter(group string) (int32, bool, error) {
	if strings.HasPrefix(group, "No") {
		return 0, false, errNotAllowed
	}
	return 3, !strings.HasPrefix(group, "quiet"), nil
}

func (f *fakeTables) IsOrder(topic string) bool { return strings.HasPrefix(topic, "Order") }

func (f *fakeTables) EnsureRetry(group string, queues int32, order, unit bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if what := fmt.Sprint(group, queues, order, unit); !slices.Contains(f.retries, what) {
		f.retries = append(f.retries, what)
	}
	return nil
}

// pushes collects what the table sends to clients.
type pushes struct {
	mu   sync.Mutex
	sent []string // "group>peer id"
}

func (p *pushes) Push(to remoting.Peer, m *remoting.Message) error {
	frame, err := m.Append(nil, new(wire.Encoder), wire.Head{Flag: wire.FlagOneway})
	if err != nil {
		return err
	}
	c := new(wire.Command)
	if err := wire.Decode(frame, c); err != nil {
		return err
	}
	group, _ := c.Lookup("consumerGroup")
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, fmt.Sprintf("%d %s>%d", c.Code, group, to.ID()))
	return nil
}

// Call is not for clients that only listen.
func (p *pushes) Call(context.Context, remoting.Peer, *remoting.Message) (*wire.Command, error) {
	return nil, errNotAllowed
}

// take returns what was sent since the last call, sorted.
func (p *pushes) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	sent := p.sent
	p.sent = nil
	slices.Sort(sent)
	return sent
}

// check verifies what must hold between the parts of the table whenever nothing is under way.
func check(t testing.TB, table *Table) {
	t.Helper()
	table.mu.Lock()
	defer table.mu.Unlock()
	all := make(map[*group]int)
	total := 0
	for id, c := range table.conns {
		if c.closed || c.peer.ID() != id {
			t.Errorf("connection %d is in the table, closed: %t, id %d", id, c.closed, c.peer.ID())
		}
		for g, m := range c.members {
			all[g]++
			total++
			if m.group != g || m.conn != c || g.members[c] != m {
				t.Errorf("member %s of %s is not linked both ways", m.clientID, g.name)
			}
		}
		if b := c.beat.Load(); b != nil && len(b.members) != len(b.revs) {
			t.Errorf("beat of %d members has %d revisions", len(b.members), len(b.revs))
		}
	}
	if total != table.members {
		t.Errorf("%d memberships are counted, there are %d", table.members, total)
	}
	found := 0
	look := func(groups map[string]*group) {
		for name, g := range groups {
			found++
			if g.name != name || len(g.members) == 0 || all[g] != len(g.members) {
				t.Errorf("group %q under %q has %d members, %d of open connections", g.name, name, len(g.members), all[g])
			}
		}
	}
	look(table.producers)
	for i := range table.shards {
		look(table.shards[i].groups)
	}
	if found != len(all) {
		t.Errorf("%d groups are in the table, %d have members", found, len(all))
	}
}
