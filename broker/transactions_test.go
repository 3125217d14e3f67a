package broker

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/client"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// transacting is a broker on a disk that asks within milliseconds.
func transacting(t *testing.T, fs vfs.FS, pairs ...string) *Broker {
	t.Helper()
	c := bind(t, append([]string{
		"listenPort=0", "vipPortEnable=false", "bindAddress=127.0.0.1", "mappedFileSizeCommitLog=1048576", "storePathRootDir=/data/store",
		"transactionTimeOut=20", "transactionCheckInterval=20", "transactionOpBatchInterval=2", "flushConsumerOffsetInterval=20", "maxHashSlotNum=100", "maxIndexNum=400",
	}, pairs...)...)
	b, err := Start(Options{Config: c, FS: fs, Advertised: netip.MustParseAddr("10.9.8.7"), Caller: nobody{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// decider is a producer of group P that knows by the body of a message what became of its transaction: what begins with "no" is
// rolled back, all else is committed.
type decider struct {
	t      *testing.T
	b      *Broker
	client *client.Client
	work   sync.WaitGroup

	mu    sync.Mutex
	asked map[string]int // by body
}

func (b *Broker) decider(t *testing.T) *decider {
	t.Helper()
	d := &decider{t: t, b: b, asked: make(map[string]int)}
	router, err := remoting.NewRouter([]remoting.Route{{
		Code: protocol.CheckTransactionState, Run: remoting.Inline, Access: remoting.Open, Handle: d.question,
	}}, remoting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.client, err = client.New(client.Options{Router: router, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	beat := protocol.HeartbeatData{ClientID: "p", ProducerDataSet: []protocol.ProducerData{{GroupName: "P"}}}
	if a, err := d.call(protocol.HeartBeat, nil, fastjson.Append(nil, &beat)); err != nil || a.Code != protocol.Success {
		t.Fatalf("heartbeat: %v, %v", a, err)
	}
	return d
}

func (d *decider) close() {
	_ = d.client.Close(context.Background())
	d.work.Wait()
}

func (d *decider) call(code int32, h wire.Header, body []byte) (*wire.Command, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return d.client.Call(ctx, d.b.Addr(), &remoting.Message{Code: code, Header: h, Body: body})
}

// question is answered by a request of its own, as clients do.
func (d *decider) question(r *remoting.Request) {
	defer r.Ignore()
	var q protocol.CheckTransactionRequest
	var v record.View
	if err := wire.DecodeHeader(&r.Cmd, &q); err != nil {
		d.t.Errorf("question: %v", err)
		return
	}
	if _, err := record.Parse(r.Cmd.Body, &v, record.CheckCRC); err != nil {
		d.t.Errorf("question: %v", err)
		return
	}
	body := string(v.Body)
	d.mu.Lock()
	d.asked[body]++
	d.mu.Unlock()
	d.work.Go(func() { _ = d.end(body, q.TranStateTableOffset, q.CommitLogOffset, true) })
}

// end tells the broker how a transaction ended; the error is why it may not know.
func (d *decider) end(body string, queueOff, phyOff int64, asked bool) error {
	how := record.SysTranCommit
	if strings.HasPrefix(body, "no") {
		how = record.SysTranRollback
	}
	a, err := d.call(protocol.EndTransaction, &protocol.EndTransactionRequest{
		ProducerGroup: "P", TranStateTableOffset: queueOff, CommitLogOffset: phyOff, CommitOrRollback: how, FromTransactionCheck: asked, MsgID: "id",
	}, nil)
	if err == nil && a.Code != protocol.Success {
		err = fmt.Errorf("end of %s: %d %s", body, a.Code, a.Remark)
	}
	return err
}

// send sends a half and returns where it is.
func (d *decider) send(body, props string) (queueOff, phyOff int64, err error) {
	a, err := d.call(protocol.SendMessage, &protocol.SendRequest{
		ProducerGroup: []byte("P"), Topic: []byte("T"), DefaultTopic: []byte("TBW102"), DefaultTopicQueueNums: 1, SysFlag: record.SysTranPrepared,
		BornTimestamp: time.Now().UnixMilli(), Properties: []byte("TRAN_MSG\x01true\x02PGROUP\x01P\x02" + props),
	}, []byte(body))
	if err != nil {
		return 0, 0, err
	}
	var h protocol.SendResponse
	if err := wire.DecodeHeader(a, &h); err != nil || a.Code != protocol.Success {
		return 0, 0, fmt.Errorf("send of %s: %d %s, %w", body, a.Code, a.Remark, err)
	}
	_, phyOff, err = record.ParseOffsetID(string(h.MsgID))
	return h.QueueOffset, phyOff, err
}

// seen counts what consumers of topic T find, by body.
func seen(t *testing.T, b *Broker) map[string]int {
	t.Helper()
	counts := make(map[string]int)
	var r store.Read
	defer r.Release()
	for off := int64(0); ; off = r.Next {
		status, err := b.Get(&store.Query{Topic: []byte("T"), Offset: off, Max: 32}, &r)
		if err != nil {
			t.Fatal(err)
		}
		if status != store.Found {
			return counts
		}
		for i := range r.Messages {
			var v record.View
			if _, err := record.Parse(r.AppendRecord(nil, i), &v, record.CheckCRC); err != nil {
				t.Fatal(err)
			}
			counts[string(v.Body)]++
		}
	}
}

// What was decided last is noted before the end of a stop: after it nobody is asked for it.
func TestStopNotesDecisions(t *testing.T) {
	mem := vfs.NewMem()
	b := transacting(t, mem, "transactionOpBatchInterval=3600000", "transactionTimeOut=3600000")
	d := b.decider(t)
	for range 5 {
		queueOff, phyOff, err := d.send("yes", "")
		if err == nil {
			err = d.end("yes", queueOff, phyOff, false)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	d.close()
	if err := b.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	b = transacting(t, mem)
	defer func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	if n := b.store.MaxOffset([]byte(record.TopicTranOpHalf), 0); n < 1 || len(b.txn.Counts()) != 1 || b.txn.Counts()["T"] != 0 {
		t.Errorf("%d notes, undecided %v; want a note at least, and none", n, b.txn.Counts())
	}
}

// A committed message with a delay waits for it, and a half with one does not.
func TestTransactionWithDelay(t *testing.T) {
	b := transacting(t, vfs.NewMem(), "messageDelayLevel=1s 1h")
	defer func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	d := b.decider(t)
	defer d.close()
	for level := range 2 {
		if _, _, err := d.send(fmt.Sprint("level ", level+1), fmt.Sprintf("DELAY\x01%d\x02", level+1)); err != nil {
			t.Fatal(err)
		}
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); seen(t, b)["level 1"] == 0 || b.txn.Metrics.Commits.Load() < 2; <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("there is %v, %d committed", seen(t, b), b.txn.Metrics.Commits.Load())
		}
	}
	if n := seen(t, b)["level 2"]; n != 0 {
		t.Error("what waits for an hour is there")
	}
	if n := b.store.MaxOffset([]byte(record.TopicSchedule), 1); n != 1 {
		t.Errorf("%d messages wait for an hour, want 1", n)
	}
}

// A half that could never be committed is refused as the commit would be, and is no half then.
func TestHalfThatCannotBeCommitted(t *testing.T) {
	b := transacting(t, vfs.NewMem())
	defer func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	d := b.decider(t)
	defer d.close()
	for props, want := range map[string]string{
		"DELAY\x01abc\x02":                                   "property DELAY is",
		"TIMER_DELIVER_MS\x01abc\x02":                        "timer message illegal",
		"TIMER_DELAY_SEC\x0199999999\x02":                    "timer message illegal",
		"TIMER_DELAY_MS\x01-1\x02TIMER_DEL_UNIQKEY\x01k\x02": "timer message illegal",
	} {
		if _, _, err := d.send("a", props); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", props, err, want)
		}
	}
	if n := b.store.MaxOffset([]byte(record.TopicTranHalf), 0); n != 0 || b.txn.Metrics.Halves.Load() != 0 {
		t.Errorf("%d halves are there, want none", n)
	}
	for _, props := range []string{"DELAY\x011\x02", "TIMER_DELAY_SEC\x0110\x02", "DELAY\x011\x02TIMER_DELAY_SEC\x01abc\x02"} {
		if _, _, err := d.send("yes", props); err != nil {
			t.Errorf("%q: %v", props, err)
		}
	}
}

// While transactions are rejected a half is refused, and so is what only looks like one.
func TestTransactionsRejected(t *testing.T) {
	b := transacting(t, vfs.NewMem(), "rejectTransactionMessage=true")
	defer func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	d := b.decider(t)
	defer d.close()
	if _, _, err := d.send("a", ""); err == nil || !strings.Contains(err.Error(), "sending transaction message is forbidden") {
		t.Errorf("got %v", err)
	}
}
