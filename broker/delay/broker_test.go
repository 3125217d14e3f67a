package delay

import (
	"bytes"
	"context"
	"errors"
	iofs "io/fs"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/dispatch"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// broker is a store whose delays are delivered.
type broker struct {
	*Deliverer
	store *store.Store
	grown atomic.Pointer[Deliverer] // who is told of arrivals

	puts sync.Mutex                    // held while a message goes into the log's memory
	mu   sync.Mutex                    // guards what follows
	fail func(m *record.Message) error // what Put answers instead

	rot string // the body that does not reach the log as it is
}

// Arrived implements dispatch.Arrivals.
func (b *broker) Arrived(a []dispatch.Arrival) {
	if d := b.grown.Load(); d != nil {
		d.Arrived(a)
	}
}

var host = netip.MustParseAddrPort("127.0.0.1:10911")

// start opens a directory and delivers until the end of the test or until stop.
func start(t testing.TB, fs vfs.FS, o Options) *broker {
	t.Helper()
	b := open(t, fs, o)
	b.Start()
	t.Cleanup(func() { b.stop(t) })
	return b
}

// open is start without the goroutines.
func open(t testing.TB, fs vfs.FS, o Options) *broker {
	t.Helper()
	b := &broker{}
	so := store.Options{LogFileSize: 16 << 20, QueueFileSize: 60_000, Arrivals: b, Delays: o.Levels}
	if o.Now != nil {
		so.Now = func() int64 { return o.Now().UnixMilli() }
	}
	var err error
	if b.store, err = store.Open(fs, so); err != nil {
		t.Fatal(err)
	}
	o.Put = b.deliver
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	if b.Deliverer, err = Open(b.store, fs, o); err != nil {
		t.Fatal(err)
	}
	b.grown.Store(b.Deliverer)
	return b
}

func (b *broker) stop(t testing.TB) {
	t.Helper()
	if b.store == nil {
		return
	}
	if err := b.Close(context.Background()); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := b.store.Check(); err != nil && b.rot == "" {
		t.Errorf("store: %v", err)
	}
	if err := b.store.Close(); err != nil {
		t.Errorf("store: %v", err)
	}
	b.store = nil
}

func (b *broker) deliver(m *record.Message) (int64, int, error) {
	b.mu.Lock()
	fail := b.fail
	b.mu.Unlock()
	if fail != nil {
		if err := fail(m); err != nil {
			return 0, 0, err
		}
	}
	return b.put(m)
}

func (b *broker) put(m *record.Message) (int64, int, error) {
	var e record.Encoded
	if err := e.Set(m, record.EncodeOptions{}); err != nil {
		return 0, 0, err
	}
	if b.rot != "" && string(m.Body) == b.rot {
		e.Bytes[bytes.Index(e.Bytes, m.Body)]++ // the CRC stays
	}
	q, err := b.store.Queue(m.Topic, m.QueueID)
	if err != nil {
		return 0, 0, err
	}
	b.puts.Lock()
	defer b.puts.Unlock()
	placed, err := b.store.Put(&e, q, false)
	return placed.End, placed.Size, err
}

// send puts a message that asks for a level, with its number as body.
func (b *broker) send(t testing.TB, level, number int) {
	t.Helper()
	m := record.Message{
		Topic: []byte("TopicA"), QueueID: int32(number % 4), Body: []byte(strconv.Itoa(number)), BornTime: 7, BornHost: host, StoreHost: host,
		Properties: properties("DELAY", strconv.Itoa(level), "TAGS", "tag", "WAIT", "true"), Flag: 3, ReconsumeTimes: 2, SysFlag: 1,
	}
	if err := b.opts.Levels.Divert(&m); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.put(&m); err != nil {
		t.Fatal(err)
	}
}

// came is a message that was found in a topic.
type came struct {
	queue      int32
	body, prop string
	parked     int64 // when it was put where it waits; 0 if it never was
	stored     int64
	view       record.View
}

// stored returns the messages of TopicA in the order of the log, each with when it was parked. There may be
// several of one body.
func (b *broker) stored(t testing.TB) (found []came) {
	t.Helper()
	parked := make(map[string]int64)
	var r store.Read
	defer r.Release()
	for at := b.store.Stats().LogStart; at < b.store.Stats().LogEnd; {
		if err := b.store.Look(at, &r, false); err != nil {
			t.Fatalf("record at %d: %v", at, err)
		}
		c := came{}
		if _, err := record.Parse(r.AppendRecord(nil, 0), &c.view, record.CheckCRC); err != nil {
			t.Fatal(err)
		}
		v := &c.view
		c.queue, c.body, c.prop, c.stored = v.QueueID, string(v.Body), string(v.Properties), v.StoreTime
		if string(v.Topic) == record.TopicSchedule {
			parked[c.body] = v.StoreTime
		} else {
			c.parked = parked[c.body]
			found = append(found, c)
		}
		at += int64(v.Size)
	}
	return found
}

// bodies are the bodies of messages, separated by blanks.
func bodies(list []came) string {
	var names []string
	for _, c := range list {
		names = append(names, c.body)
	}
	return strings.Join(names, " ")
}

// cut is the disk as a power failure leaves it, with what was not synced kept or lost as it comes.
func (b *broker) cut(m *vfs.Mem, seed uint64) *vfs.Mem {
	b.puts.Lock()
	defer b.puts.Unlock()
	return m.Clone(rand.New(rand.NewPCG(seed, 1)), vfs.Coin())
}

// atPut has f called before the delivery of that number.
func (b *broker) atPut(number int, f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = func(*record.Message) error {
		if number--; number == 0 {
			f()
		}
		return nil
	}
}

var levels = Levels{time.Second, 5 * time.Second, time.Minute}

// openStore opens the store alone.
func openStore(t testing.TB, fs vfs.FS) *store.Store {
	t.Helper()
	s, err := store.Open(fs, store.Options{LogFileSize: 16 << 20, QueueFileSize: 60_000})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// write makes a file as it is.
func write(t testing.TB, fs vfs.FS, name, content string) {
	t.Helper()
	if err := errors.Join(fs.MkdirAll("config"), fs.Remove(name)); err != nil && !errors.Is(err, iofs.ErrNotExist) {
		t.Fatal(err)
	}
	f, err := fs.Create(name, int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte(content), 0)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		t.Fatal(err)
	}
}
