package txn

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// storeHost is the broker of golden/store.
var storeHost = netip.MustParseAddrPort("127.0.0.1:29911")

// world is transactions on a store, with the least of a broker around them. Its clock stands still.
type world struct {
	*Transactions
	t      testing.TB
	fs     vfs.FS
	rules  Rules
	now    time.Time
	router *remoting.Router

	refuse    error  // what Own and Commit return, if it is not nil
	rot       string // the body that does not reach the log as it is
	commits   int
	midway    func()           // called once, where a message is about to be committed or a producer to be asked; may be nil
	committed func()           // called before an offset is kept; may be nil
	unkept    map[string]error // what Commit of an offset returns, by topic
	topics    map[string]bool
	mu        sync.Mutex
	progress  map[string]int64 // by topic
	producers map[string]*peer.Peer
}

func (w *world) Own(m *record.Message) (commitlog.Placed, error) { return w.put(m) }

func (w *world) Commit(m *record.Message) (commitlog.Placed, error) {
	w.commits++
	w.pause()
	return w.put(m)
}

// put stores a message as broker/send does.
func (w *world) put(m *record.Message) (commitlog.Placed, error) {
	if w.refuse != nil {
		return commitlog.Placed{}, w.refuse
	}
	var e record.Encoded
	if err := e.Set(m, record.EncodeOptions{AutoVersion: true}); err != nil {
		return commitlog.Placed{}, err
	}
	if w.rot != "" && string(m.Body) == w.rot {
		e.Bytes[bytes.Index(e.Bytes, m.Body)]++ // the CRC stays
	}
	q, err := w.store.Queue(m.Topic, m.QueueID)
	if err != nil {
		return commitlog.Placed{}, err
	}
	placed, err := w.store.Put(&e, q, false)
	w.store.Drive()
	return placed, err
}

func (w *world) Query(_, topic []byte, _ int32) (int64, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	off, ok := w.progress[string(topic)]
	return off, ok
}

// world has Commit twice in its life: this one is of Offsets.
type progress struct{ *world }

func (p progress) Commit(of, topic []byte, queue int32, off int64) error {
	if string(of) != record.GroupTran || queue != 0 {
		p.t.Errorf("an offset of %s for %s queue %d", of, topic, queue)
	}
	if p.committed != nil {
		p.committed()
	}
	if err := p.unkept[string(topic)]; err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.world.progress[string(topic)] = off
	return nil
}

func (w *world) pause() {
	if f := w.midway; f != nil {
		w.midway = nil
		f()
	}
}

func (w *world) AnyProducer(group string) remoting.Peer {
	w.pause()
	if p := w.producers[group]; p != nil {
		return p
	}
	return nil
}

func (w *world) clock() time.Time { return w.now }

// start opens a world on a disk until the end of the test.
func start(t testing.TB, fs vfs.FS, so store.Options) *world {
	t.Helper()
	s, err := store.Open(fs, so)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, fs: fs, now: time.Now(), topics: make(map[string]bool),
		progress: make(map[string]int64), producers: make(map[string]*peer.Peer),
		rules: Rules{
			Timeout: 6 * time.Second, MaxChecks: 15, Interval: 30 * time.Second, Reserved: 72 * time.Hour, NoteSize: 4096,
			NoteInterval: 3 * time.Second, SaveInterval: 3 * time.Second,
		},
	}
	w.Transactions, err = New(fs, s, w, progress{w}, w, Options{
		StoreHost: storeHost, Broker: "broker-a", Rules: func() Rules { return w.rules }, Now: w.clock, Log: slog.New(slog.DiscardHandler),
		EnsureTopic: func(name []byte) error { w.topics[string(name)] = true; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	pool := remoting.NewPool("txn", 2, 100)
	w.router = peer.Router(t, w.Routes(pool, pool))
	w.push = w.router
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(pool.Stop(ctx), w.Close(context.Background()), w.sound(), s.Close()); err != nil && w.refuse == nil {
			t.Error(err)
		}
	})
	return w
}

// sound is what the store says of itself, unless the test has damaged it.
func (w *world) sound() error {
	if w.rot != "" {
		return nil
	}
	return w.store.Check()
}

// small are the options of stores in memory.
func small() store.Options { return store.Options{LogFileSize: 8 << 20, QueueFileSize: 20_000} }

func begin(t testing.TB) *world { return start(t, vfs.NewMem(), small()) }

// settle waits until everything that was put is in its queue.
func (w *world) settle() {
	w.t.Helper()
	for end := time.Now().Add(10 * time.Second); ; {
		if st := w.store.Stats(); st.Dispatched >= st.LogEnd {
			return
		}
		if time.Now().After(end) {
			w.t.Fatal("not dispatched")
		}
		w.store.Drive()
	}
}

// message is what a producer of group P sends to queue 3 of topic T.
func (w *world) message(body, props string) *record.Message {
	return &record.Message{
		Topic: []byte("T"), QueueID: 3, Flag: 7, SysFlag: record.SysTranPrepared, BornTime: w.now.UnixMilli(),
		BornHost: netip.MustParseAddrPort("127.0.0.1:40001"), StoreHost: storeHost, Body: []byte(body),
		Properties: []byte("UNIQ_KEY\x01" + body + "\x02PGROUP\x01P\x02TRAN_MSG\x01true\x02" + props),
	}
}

// send stores a half and returns where it is.
func (w *world) send(body, props string) commitlog.Placed {
	w.t.Helper()
	m := w.message(body, props)
	if err := w.Half(m); err != nil {
		w.t.Fatal(err)
	}
	placed, err := w.put(m)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Stored(m)
	return placed
}

// later moves the clock on by d and has a round of checks run when everything is in its queue.
func (w *world) later(d time.Duration) {
	w.t.Helper()
	w.settle()
	w.now = w.now.Add(d)
	if err := w.check(context.Background()); err != nil {
		w.t.Errorf("a round of checks: %v", err)
	}
	w.settle()
}

// end asks to commit (8) or roll back (12) what was placed.
func (w *world) end(p commitlog.Placed, how int32) *wire.Command {
	w.t.Helper()
	return w.ask(protocol.EndTransaction, &protocol.EndTransactionRequest{
		ProducerGroup: "P", TranStateTableOffset: p.QueueOffset, CommitLogOffset: p.PhyOffset, CommitOrRollback: how, MsgID: "id",
	})
}

func (w *world) ask(code int32, h wire.Header) *wire.Command {
	w.t.Helper()
	return peer.Ask(w.t, w.router, w.frame(code, h))
}

// tell sends a request to which there is no answer.
func (w *world) tell(code int32, h wire.Header) {
	w.t.Helper()
	if err := w.router.Frame(peer.New(), w.frame(code, h)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) frame(code int32, h wire.Header) []byte {
	w.t.Helper()
	m := remoting.Message{Code: code, Header: h}
	var e wire.Encoder
	frame, err := m.Append(nil, &e, wire.Head{Opaque: 1, Version: 479, Serialization: wire.JSON})
	if err != nil {
		w.t.Fatal(err)
	}
	return frame
}

// records are the records of a queue, all of them.
func (w *world) records(topic string, queue int32) (views []record.View) {
	w.t.Helper()
	w.settle()
	var r store.Read
	defer r.Release()
	for off := int64(0); ; {
		status, err := w.store.Get(&store.Query{Topic: []byte(topic), QueueID: queue, Offset: off, Max: 32}, &r)
		if err != nil {
			w.t.Fatal(err)
		}
		if status != store.Found {
			return views
		}
		for i := range r.Messages {
			var v record.View
			if _, err := record.Parse(r.AppendRecord(nil, i), &v, record.CheckCRC); err != nil {
				w.t.Fatal(err)
			}
			views = append(views, v)
		}
		off = r.Next
	}
}

// bodies are the bodies of a queue.
func (w *world) bodies(topic string, queue int32) []string {
	w.t.Helper()
	var all []string
	for _, v := range w.records(topic, queue) {
		all = append(all, string(v.Body))
	}
	return all
}

func property(v *record.View, key string) string {
	value, _ := v.Property(key)
	return string(value)
}
