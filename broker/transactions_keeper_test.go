package broker

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/broker/offset"
	"github.com/gannetmq/gannet/broker/txn"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// keeper is what keeps transactions: the store, which syncs what it promises, and the offsets, with the least of a broker around them.
// Each put and each save of the offsets is a step at which the disk can be looked at.
type keeper struct {
	t        *testing.T
	mem      *vfs.Mem
	store    *store.Store
	offsets  *offset.Table
	txn      *txn.Transactions
	router   *remoting.Router
	pool     *remoting.Pool
	producer *peer.Peer // the one member of group P
	work     sync.WaitGroup

	puts  sync.Mutex   // held while the log's memory is written, while the offsets are saved, and while the disk is copied
	step  func(string) // told of each step, with puts held; may be nil
	saves func() bool  // whether the offsets are saved when one has moved, with puts held; nil is never

	mu     sync.Mutex // guards what follows
	bodies map[string]bool
	asked  map[string]int  // by body
	sent   map[string]bool // of which the producer was told that they are stored
	told   map[string]bool // and that they are decided
}

var keeperHost = netip.MustParseAddrPort("10.9.8.7:10911")

// keep opens a directory. Nothing happens by itself before k.txn.Start. All of a record is covered by a CRC: without that one whose
// properties were torn is there, and is nobody's.
func keep(t *testing.T, mem *vfs.Mem) *keeper {
	t.Helper()
	k := &keeper{
		t: t, mem: mem, producer: peer.New(), pool: remoting.NewPool("txn", 2, 100),
		bodies: make(map[string]bool), asked: make(map[string]int), sent: make(map[string]bool), told: make(map[string]bool),
	}
	var err error
	k.store, err = store.Open(mem, store.Options{
		LogFileSize: 128 << 10, QueueFileSize: 20_000, NoIndex: true, Flush: store.SyncFlush, AppendPropCRC: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	if k.offsets, err = offset.Open(mem, offset.Options{Log: quiet}); err != nil {
		t.Fatal(err)
	}
	rules := txn.Rules{
		Timeout: 3 * time.Second, MaxChecks: 3, Interval: 2 * time.Second, Reserved: 72 * time.Hour, NoteSize: 4096,
		NoteInterval: time.Second, SaveInterval: 3 * time.Second,
	}
	k.txn, err = txn.New(mem, k.store, k, movingOffsets{k.offsets.Own(), k}, k, txn.Options{
		StoreHost: keeperHost, Broker: "broker-a", Rules: func() txn.Rules { return rules }, Now: time.Now, Log: quiet,
		EnsureTopic: func([]byte) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	k.router = peer.Router(t, k.txn.Routes(k.pool, k.pool))
	return k
}

func (k *keeper) stop() {
	k.t.Helper()
	k.work.Wait()
	k.puts.Lock()
	k.step, k.saves = nil, nil
	k.puts.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := errors.Join(k.txn.Close(ctx), k.pool.Stop(ctx), k.offsets.Close(), k.store.Check(), k.store.Close()); err != nil {
		k.t.Error(err)
	}
}

// Own implements txn.Puts.
func (k *keeper) Own(m *record.Message) (commitlog.Placed, error) { return k.put(m) }

// Commit implements txn.Puts.
func (k *keeper) Commit(m *record.Message) (commitlog.Placed, error) { return k.put(m) }

func (k *keeper) put(m *record.Message) (commitlog.Placed, error) {
	var e record.Encoded
	if err := e.Set(m, record.EncodeOptions{AutoVersion: true, AppendPropCRC: true}); err != nil {
		return commitlog.Placed{}, err
	}
	q, err := k.store.Queue(m.Topic, m.QueueID)
	if err != nil {
		return commitlog.Placed{}, err
	}
	k.puts.Lock()
	defer k.puts.Unlock()
	placed, err := k.store.Put(&e, q, false)
	if err == nil {
		k.stepped(stepOf(m))
	}
	return placed, err
}

func (k *keeper) stepped(step string) {
	if k.step != nil {
		k.step(step)
	}
}

// movingOffsets are the offsets of a keeper.
type movingOffsets struct {
	offset.Own
	k *keeper
}

// Commit implements txn.Offsets.
func (o movingOffsets) Commit(group, topic []byte, queue int32, off int64) error {
	if err := o.Own.Commit(group, topic, queue, off); err != nil {
		return err
	}
	o.k.puts.Lock()
	defer o.k.puts.Unlock()
	o.k.stepped(beforeSave)
	if o.k.saves == nil || !o.k.saves() {
		return nil
	}
	err := o.Save()
	o.k.stepped(offsetsSaved)
	return err
}

// AnyProducer implements txn.Producers.
func (k *keeper) AnyProducer(string) remoting.Peer { return k.producer }

// Push implements txn.Pusher: the producer is asked, and answers by a request of its own.
func (k *keeper) Push(_ remoting.Peer, m *remoting.Message) error {
	q := m.Header.(*protocol.CheckTransactionRequest)
	var v record.View
	if _, err := record.Parse(m.Body, &v, record.CheckCRC); err != nil {
		k.t.Errorf("question: %v", err)
		return err
	}
	body := string(v.Body)
	k.mu.Lock()
	k.bodies[body] = true
	k.asked[body]++
	k.mu.Unlock()
	if fateOf(body) != mute {
		k.work.Go(func() { k.end(body, q.TranStateTableOffset, q.CommitLogOffset, true) })
	}
	return nil
}

// send sends a half to topic T, waits until that is told to be stored, and returns where it is.
func (k *keeper) send(body, props string) (queueOff, phyOff int64) {
	k.t.Helper()
	m := record.Message{
		Topic: []byte("T"), SysFlag: record.SysTranPrepared, BornTime: time.Now().UnixMilli(), BornHost: keeperHost, StoreHost: keeperHost,
		Body: []byte(body), Properties: []byte("UNIQ_KEY\x01" + body + "\x02PGROUP\x01P\x02TRAN_MSG\x01true\x02" + props),
	}
	if err := k.txn.Half(&m); err != nil {
		k.t.Fatal(err)
	}
	placed, err := k.put(&m)
	if err == nil {
		k.txn.Stored(&m)
		err = k.store.Synced(k.t.Context(), placed.End)
	}
	if err != nil {
		k.t.Fatal(err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sent[body] = true
	return placed.QueueOffset, placed.PhyOffset
}

// end says what became of the half that lies at the two offsets.
func (k *keeper) end(body string, queueOff, phyOff int64, asked bool) {
	how := record.SysTranRollback
	if comes(body) {
		how = record.SysTranCommit
	}
	m := remoting.Message{Code: protocol.EndTransaction, Header: &protocol.EndTransactionRequest{
		ProducerGroup: "P", TranStateTableOffset: queueOff, CommitLogOffset: phyOff, CommitOrRollback: how, FromTransactionCheck: asked, MsgID: "id",
	}}
	var e wire.Encoder
	frame, err := m.Append(nil, &e, wire.Head{Opaque: 1, Version: 479, Serialization: wire.JSON})
	if err != nil {
		k.t.Error(err)
		return
	}
	if a := peer.Ask(k.t, k.router, frame); a.Code != protocol.Success {
		k.t.Errorf("end of %q: %d %s", body, a.Code, a.Remark)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.told[body] = true
}

// promises are copies of what producers were told.
func (k *keeper) promises() (sent, told map[string]bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.sent), maps.Clone(k.told)
}

// stock counts what is in a store, by body.
type stock struct{ there, givenUp, undecided map[string]int }

// look reads all queues. Undecided is a half from the saved offset on that no note names, wherever it lay at first.
func (k *keeper) look() stock {
	k.t.Helper()
	s := stock{make(map[string]int), make(map[string]int), make(map[string]int)}
	named := make(map[string]bool)
	k.each(record.TopicTranOpHalf, 0, func(v *record.View) {
		for off := range strings.SplitSeq(strings.TrimSuffix(string(v.Body), ","), ",") {
			named[off] = true
		}
	})
	from, _ := k.offsets.Query([]byte(record.GroupTran), []byte(record.TopicTranHalf), 0)
	k.each(record.TopicTranHalf, max(from, 0), func(v *record.View) {
		k.bodies[string(v.Body)] = true
		origin, _ := v.Property(record.PropTranPreparedQueueOffset)
		if !named[strconv.FormatInt(v.QueueOffset, 10)] && !named[string(origin)] {
			s.undecided[string(v.Body)]++
		}
	})
	k.each("T", 0, func(v *record.View) { s.there[string(v.Body)]++ })
	k.each(record.TopicTranCheckMaxTime, 0, func(v *record.View) { s.givenUp[string(v.Body)]++ })
	return s
}

// each calls f with the messages of the first queue of a topic.
func (k *keeper) each(topic string, off int64, f func(v *record.View)) {
	k.t.Helper()
	var r store.Read
	defer r.Release()
	for ; ; off = r.Next {
		status, err := k.store.Get(&store.Query{Topic: []byte(topic), Offset: off, Max: 32}, &r)
		if err != nil {
			k.t.Fatal(err)
		}
		if status != store.Found {
			return
		}
		for i := range r.Messages {
			var v record.View
			if _, err := record.Parse(r.AppendRecord(nil, i), &v, record.CheckCRC); err != nil {
				k.t.Fatal(err)
			}
			f(&v)
		}
	}
}
