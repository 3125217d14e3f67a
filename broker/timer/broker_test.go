package timer

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/dispatch"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

var host = netip.MustParseAddrPort("127.0.0.1:10911")

// broker is a store with timers, used in a bubble of synctest, whose clock is the broker's.
type broker struct {
	*Timer
	t     testing.TB
	mem   *vfs.Mem
	store *store.Store
	grown atomic.Pointer[Timer] // who is told of arrivals

	mu   sync.Mutex
	fail func(m *record.Message) error // what Put answers instead
}

// Arrived implements dispatch.Arrivals.
func (b *broker) Arrived(a []dispatch.Arrival) {
	if t := b.grown.Load(); t != nil {
		t.Arrived(a)
	}
}

// Put implements Putter.
func (b *broker) Put(m *record.Message) (end int64, size int, err error) {
	b.mu.Lock()
	fail := b.fail
	b.mu.Unlock()
	if fail != nil {
		if err := fail(m); err != nil {
			return 0, 0, err
		}
	}
	var e record.Encoded
	if err := e.Set(m, record.EncodeOptions{}); err != nil {
		return 0, 0, err
	}
	q, err := b.store.Queue(m.Topic, m.QueueID)
	if err != nil {
		return 0, 0, err
	}
	placed, err := b.store.Put(&e, q, false)
	return placed.End, placed.Size, err
}

// failing has Put answer what fail says.
func (b *broker) failing(fail func(*record.Message) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = fail
}

func options() Options {
	return Options{
		Precision: time.Second, MaxDelay: 72 * time.Hour, RollSlots: 10_000, Slots: 1 << 15, LogFileSize: 100 << 10,
		Congestion: math.MaxInt32, FlushEvery: time.Second, Broker: "broker-a", StoreHost: host,
	}
}

// start opens a directory and starts its timers.
func start(t testing.TB, mem *vfs.Mem, o Options) *broker {
	t.Helper()
	b := open(t, mem, o)
	b.Start(b)
	return b
}

func open(t testing.TB, fsys vfs.FS, o Options) *broker {
	t.Helper()
	b := &broker{t: t}
	b.mem, _ = fsys.(*vfs.Mem)
	var err error
	if b.store, err = store.Open(fsys, store.Options{LogFileSize: 1 << 20, QueueFileSize: 60_000, NoIndex: true, Arrivals: b}); err != nil {
		t.Fatal(err)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	if b.Timer, err = Open(fsys, b.store, o); err != nil {
		t.Fatal(err)
	}
	b.grown.Store(b.Timer)
	return b
}

// Close is that of the timers.
func (b *broker) Close() error { return b.Timer.Close(context.Background()) }

// stop ends timers and store, and looks the store over.
func (b *broker) stop() {
	b.t.Helper()
	if err := b.Close(); err != nil {
		b.t.Errorf("close: %v", err)
	}
	if err := b.store.Check(); err != nil {
		b.t.Errorf("store: %v", err)
	}
	if err := b.store.Close(); err != nil {
		b.t.Errorf("store: %v", err)
	}
}

// crash ends everything without a word to the disk, and returns the disk as it was just before.
func (b *broker) crash(disk *vfs.Mem) *vfs.Mem {
	b.t.Helper()
	b.failing(func(*record.Message) error { return errors.New("gone") })
	b.kill()
	close(b.Timer.stop)
	<-b.ended
	<-b.still
	_ = b.book.Close()
	_ = b.store.Close()
	return disk
}

// message is a message for topic T, with properties name, value, name, value.
func message(key string, props ...string) *record.Message {
	m := &record.Message{
		Topic: []byte("T"), QueueID: 3, Flag: 5, BornTime: time.Now().UnixMilli(), BornHost: host, StoreHost: host, Body: []byte(key),
	}
	for i := 0; i < len(props); i += 2 {
		m.Properties = record.AppendProperty(m.Properties, props[i], props[i+1])
	}
	m.Properties = record.AppendProperty(m.Properties, record.PropUniqKey, key)
	return m
}

// send sends a timed message as a producer's send does.
func (b *broker) send(key string, props ...string) {
	b.t.Helper()
	b.put(message(key, props...))
}

func (b *broker) put(m *record.Message) {
	b.t.Helper()
	if err := b.Divert(m, false); err != nil {
		b.t.Fatalf("%s: %v", m.Body, err)
	}
	if _, _, err := (&broker{store: b.store}).Put(m); err != nil {
		b.t.Fatalf("%s: %v", m.Body, err)
	}
}

// after sends a message that is due after d.
func (b *broker) after(key string, d time.Duration) {
	b.t.Helper()
	b.send(key, record.PropTimerDelayMS, strconv.FormatInt(d.Milliseconds(), 10))
}

// delivered is a message that came.
type delivered struct {
	key   string
	at    int64 // Unix ms, when it was stored
	props string
}

// got are the messages of a queue.
func (b *broker) got(topic string, queue int32) (all []delivered) {
	b.t.Helper()
	q := store.Query{Topic: []byte(topic), QueueID: queue, Max: 32}
	var r store.Read
	defer r.Release()
	for {
		if _, err := b.store.Get(&q, &r); err != nil {
			b.t.Fatal(err)
		}
		if len(r.Messages) == 0 {
			return all
		}
		for i := range r.Messages {
			var v record.View
			if _, err := record.Parse(r.AppendRecord(nil, i), &v, record.CheckCRC); err != nil {
				b.t.Fatal(err)
			}
			all = append(all, delivered{string(v.Body), v.StoreTime, string(v.Properties)})
		}
		q.Offset = r.Next
	}
}

// keys are the bodies of topic T's messages.
func (b *broker) keys() []string {
	b.t.Helper()
	keys := []string{}
	for _, d := range b.got("T", 3) {
		keys = append(keys, d.key)
	}
	return keys
}

// property is the value of a property of d, "" without one.
func (d delivered) property(name string) string {
	value, _ := record.Property([]byte(d.props), name)
	return string(value)
}

// bubble runs a test with a clock of its own, which jumps while everybody sleeps.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// files are all files of the disk but those of the store.
func has(t testing.TB, mem vfs.FS, name string) bool {
	t.Helper()
	_, found, err := vfs.ReadFile(mem, name, 1)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
