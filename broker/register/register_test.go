package register

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// fakeServers answers as name servers do.
type fakeServers struct {
	mu      sync.Mutex
	calls   chan int32 // codes, in order
	down    bool
	changed bool
	bodies  []string
	answer  string // the body of the answer to 103
}

func (f *fakeServers) Call(_ context.Context, _ string, m *remoting.Message) (*wire.Command, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() { f.calls <- m.Code }()
	if f.down {
		return nil, errors.New("connection refused")
	}
	f.bodies = append(f.bodies, string(m.Body))
	answer := &wire.Command{}
	if m.Code == protocol.RegisterBroker {
		answer.Body = []byte(f.answer)
	}
	if m.Code == protocol.QueryDataVersion {
		text := "false"
		if f.changed {
			text = "true"
		}
		answer.Ext = []wire.Pair{{Key: []byte("changed"), Value: []byte(text)}}
	}
	return answer, nil
}

func (f *fakeServers) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func start(t *testing.T, f *fakeServers, servers ...string) *Registrar {
	t.Helper()
	r := New(f, Options{
		Cluster: "C", Name: "b", Addr: "127.0.0.1:10911", HA: "127.0.0.1:10912", NameServers: servers, Every: time.Hour, Force: true,
		Topics: func() protocol.TopicTable {
			return protocol.TopicTable{TopicConfigTable: map[string]protocol.TopicConfig{"T": {TopicName: "T", Perm: 6}}}
		},
		Log: slog.New(slog.DiscardHandler),
	})
	r.Start()
	return r
}

func (f *fakeServers) expect(t *testing.T, codes ...int32) {
	t.Helper()
	for _, want := range codes {
		select {
		case got := <-f.calls:
			if got != want {
				t.Fatalf("got code %d, want %d", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("no call within 10 s, want code %d", want)
		}
	}
}

func TestRegistersAtStartOnChangeAndLeaves(t *testing.T) {
	f := &fakeServers{calls: make(chan int32, 10)}
	r := start(t, f, "ns:9876")
	f.expect(t, protocol.RegisterBroker)
	r.Changed()
	f.expect(t, protocol.RegisterBroker)
	if err := r.Err(); err != nil {
		t.Errorf("got %v, want registered", err)
	}
	r.Stop(context.Background())
	f.expect(t, protocol.UnregisterBroker)
	if !strings.Contains(f.bodies[0], `"topicConfigTable":{"T":`) {
		t.Errorf("got body %s, want the topic in it", f.bodies[0])
	}
}

// silent takes every request and answers none.
type silent struct{}

func (silent) Call(ctx context.Context, _ string, _ *remoting.Message) (*wire.Command, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// Name servers that hang do not use up the time of a stop.
func TestStopDoesNotWaitForTheSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(silent{}, Options{
			NameServers: []string{"one:9876", "two:9876"}, Log: slog.New(slog.DiscardHandler),
			Topics: func() protocol.TopicTable { return protocol.TopicTable{} },
		})
		r.Start()
		began := time.Now()
		r.Stop(t.Context())
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("stopped after %v, want a few seconds", took)
		}
	})
}

func TestTriesAgainSoon(t *testing.T) {
	f := &fakeServers{calls: make(chan int32, 100), down: true}
	r := start(t, f, "ns:9876")
	f.expect(t, protocol.RegisterBroker)
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "ns:9876") {
		t.Errorf("got %v, want an error that names the name server", err)
	}
	f.set(func() { f.down = false })
	f.expect(t, protocol.RegisterBroker) // within seconds, not after an hour
	r.Stop(context.Background())
}

func TestAsksFirstUnlessForced(t *testing.T) {
	f := &fakeServers{calls: make(chan int32, 10)}
	r := start(t, f)
	r.opts.Force = false
	n := &nameServer{addr: "ns:9876"}
	if err := r.register(context.Background(), n, false); err != nil {
		t.Fatal(err)
	}
	f.expect(t, protocol.QueryDataVersion)
	f.set(func() { f.changed = true })
	if err := r.register(context.Background(), n, false); err != nil {
		t.Fatal(err)
	}
	f.expect(t, protocol.QueryDataVersion, protocol.RegisterBroker)
	r.Stop(context.Background())
}

func TestSplit(t *testing.T) {
	got := strings.Join(Split(" a:1; ;b:2;"), "|")
	if got != "a:1|b:2" {
		t.Errorf("got %q, want a:1|b:2", got)
	}
}

// The answer to a registration tells which topics are ordered; one that cannot be read is no reason not to be registered.
func TestOrderedTopics(t *testing.T) {
	f := &fakeServers{calls: make(chan int32, 10)}
	r := start(t, f)
	var ordered []string
	r.opts.Ordered = func(topics []string) { ordered = append(ordered, topics...) }
	for _, c := range []struct{ body, want string }{
		{`{"table":{"T":"broker-a:4"}}`, "T"}, {"", ""}, {`{"table":{}}`, ""}, {"nonsense", ""}, {"{}", ""},
	} {
		ordered, f.answer = nil, c.body
		if err := r.register(context.Background(), &nameServer{addr: "ns:9876"}, true); err != nil {
			t.Errorf("%q: %v", c.body, err)
		}
		if got := strings.Join(ordered, " "); got != c.want {
			t.Errorf("%q: told %q, want %q", c.body, got, c.want)
		}
	}
	r.Stop(context.Background())
}
