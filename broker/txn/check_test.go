package txn

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

const (
	halves = record.TopicTranHalf
	ops    = record.TopicTranOpHalf
)

// A producer that says nothing is asked, at the place where the half lies now.
func TestAsk(t *testing.T) {
	w := begin(t)
	producer := peer.New()
	w.producers["P"] = producer
	w.send("a", "WAIT\x01true\x02")
	w.later(7 * time.Second)
	again := w.records(halves, 0)
	if len(again) != 2 || property(&again[1], record.PropTranCheckTimes) != "1" || again[1].Flag != 7 || again[1].BornTime != again[0].BornTime {
		t.Fatalf("%d halves, the last %q, flag %d", len(again), again[len(again)-1].Properties, again[len(again)-1].Flag)
	}
	asked := producer.Next(t)
	var q protocol.CheckTransactionRequest
	if err := wire.DecodeHeader(asked, &q); err != nil {
		t.Fatal(err)
	}
	v := &again[1]
	if asked.Code != protocol.CheckTransactionState || !asked.IsOneway() || q.Topic != halves || q.TranStateTableOffset != 1 || q.CommitLogOffset != v.PhyOffset ||
		q.MsgID != "a" || q.TransactionID != "a" || q.OffsetMsgID != string(v.AppendOffsetID(nil)) || string(q.BrokerName) != "broker-a" {
		t.Errorf("question %d, header %+v", asked.Code, q)
	}
	for _, f := range golden.Frames(t) { // Java's questions have the same fields
		if f.Code == int(asked.Code) && f.Direction == "broker->client" {
			if got, want := fields(asked), fields(peer.Decode(t, f.Request)); !slices.Equal(got, want) {
				t.Errorf("fields %q, %s has %q", got, f.ReqFile, want)
			}
		}
	}
	var body record.View
	if _, err := record.Parse(asked.Body, &body, record.CheckCRC); err != nil {
		t.Fatal(err)
	}
	if string(body.Topic) != "T" || body.QueueID != 3 || string(body.Body) != "a" || body.PhyOffset != v.PhyOffset || body.QueueOffset != 1 ||
		property(&body, record.PropWait) != "false" || property(&body, record.PropTranCheckTimes) != "1" || body.StoreTime != again[0].StoreTime {
		t.Errorf("question about %s %d at %d, properties %q", body.Topic, body.QueueID, body.PhyOffset, body.Properties)
	}
	if w.progress[halves] != 1 {
		t.Errorf("the offset of halves is %d, want 1", w.progress[halves])
	}
	w.later(30 * time.Second)
	if q := producer.Next(t); q.Code != protocol.CheckTransactionState || w.progress[halves] != 2 {
		t.Errorf("second question %d, offset %d", q.Code, w.progress[halves])
	}
}

// fields are the names of a command's fields, sorted.
func fields(c *wire.Command) (names []string) {
	for _, p := range c.Ext {
		names = append(names, string(p.Key))
	}
	slices.Sort(names)
	return names
}

// What is decided, too young or in want of time is not asked for; in front of what is too young all goes on.
func TestCheckLeavesAlone(t *testing.T) {
	w := begin(t)
	w.producers["P"] = peer.New()
	a, b := w.send("a", ""), w.send("b", "")
	w.settle()
	w.end(a, record.SysTranCommit)
	w.end(b, record.SysTranRollback)
	w.now = w.now.Add(7 * time.Second)
	w.send("young", "")
	w.later(time.Second)
	if w.progress[halves] != 2 || w.progress[ops] != 1 || w.Metrics.Asked.Load() != 0 {
		t.Errorf("offsets %v, %d asked, want 2, 1 and nobody", w.progress, w.Metrics.Asked.Load())
	}
	if got := w.bodies(ops, 0); !slices.Equal(got, []string{"0,1,"}) {
		t.Errorf("notes %q", got)
	}
	if w.Waiting() != 1 || w.nothingLeft() {
		t.Errorf("%d wait, want 1", w.Waiting())
	}
}

// A half that asks for time waits behind the others, is not counted as asked for, and its first place is
// what a late commit names.
func TestCheckImmunity(t *testing.T) {
	w := begin(t)
	w.producers["P"] = peer.New()
	p := w.send("a", "CHECK_IMMUNITY_TIME_IN_SECONDS\x0160\x02")
	other := w.send("b", "")
	w.later(20 * time.Second)
	all := w.records(halves, 0)
	if len(all) != 4 || property(&all[2], record.PropTranPreparedQueueOffset) != "0" || property(&all[2], record.PropTranCheckTimes) != "" {
		t.Fatalf("%d halves, the third %q", len(all), all[2].Properties)
	}
	w.later(20 * time.Second)
	if all = w.records(halves, 0); property(&all[4], record.PropTranPreparedQueueOffset) != "0" {
		t.Errorf("put again twice: %q", all[4].Properties)
	}
	w.end(p, record.SysTranCommit)
	w.end(other, record.SysTranCommit)
	before := w.Metrics.Asked.Load()
	for range 3 {
		w.later(30 * time.Second)
	}
	if got := w.bodies("T", 3); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("committed %q", got)
	}
	for _, v := range w.records(halves, 0)[6:] {
		if string(v.Body) == "a" {
			t.Errorf("asked for after the commit: %q", v.Properties)
		}
	}
	if w.Metrics.Asked.Load() == before {
		t.Error("the other one, decided at its old place, was not asked for")
	}
}

// Nobody is asked for ever; what is given up is kept elsewhere.
func TestCheckGivesUp(t *testing.T) {
	w := begin(t)
	w.rules.MaxChecks = 3
	w.send("a", "")
	for range 6 {
		w.later(30 * time.Second)
	}
	if w.Metrics.Unasked.Load() != 3 || w.Metrics.Discarded.Load() != 1 {
		t.Errorf("%d times nobody to ask, %d given up, want 3, 1", w.Metrics.Unasked.Load(), w.Metrics.Discarded.Load())
	}
	given := w.records(record.TopicTranCheckMaxTime, 0)
	if len(given) != 1 || property(&given[0], record.PropTranCheckTimes) != "3" || property(&given[0], record.PropRealTopic) != "T" {
		t.Errorf("given up: %d", len(given))
	}
	if w.Waiting() != 0 || w.Counts()["T"] != 0 {
		t.Errorf("%d wait, %d undecided", w.Waiting(), w.Counts()["T"])
	}
	w.send("old", "")
	w.later(73 * time.Hour)
	if got := w.bodies(record.TopicTranCheckMaxTime, 0); !slices.Equal(got, []string{"a", "old"}) {
		t.Errorf("given up %q", got)
	}
}

// A half is asked for as often as any other, whatever its sender says of questions or of the place where it was before.
func TestCheckBelievesNoSender(t *testing.T) {
	w := begin(t)
	decided := w.send("decided", "")
	w.settle()
	if a := w.end(decided, record.SysTranRollback); a.Code != protocol.Success {
		t.Fatalf("rollback: %d %s", a.Code, a.Remark)
	}
	forged := []string{
		"TRANSACTION_CHECK_TIMES\x0115\x02", "TRANSACTION_CHECK_TIMES\x012147483647\x02TRANSACTION_CHECK_TIMES\x010\x02",
		"TRAN_PREPARED_QUEUE_OFFSET\x010\x02", "CHECK_IMMUNITY_TIME_IN_SECONDS\x015\x02TRAN_PREPARED_QUEUE_OFFSET\x010\x02",
	}
	for i, props := range forged {
		w.send(fmt.Sprint(i), props)
	}
	w.later(7 * time.Second)
	if n := w.Metrics.Discarded.Load(); n != 0 {
		t.Errorf("%d given up, want none: nobody was asked for them yet", n)
	}
	again := w.records(halves, 0)[1+len(forged):]
	for i := range forged {
		if i >= len(again) || string(again[i].Body) != fmt.Sprint(i) || property(&again[i], record.PropTranCheckTimes) != "1" {
			t.Fatalf("%d halves were put again; want all %d, in their order, asked for once, also that with %q", len(again), len(forged), forged[i])
		}
	}
}

// What can be neither read nor put again stops nobody behind it; what cannot be put now stops all until it can.
func TestCheckGoesOn(t *testing.T) {
	w := begin(t)
	if _, err := w.put(&record.Message{Topic: halfTopic, Body: []byte("no half"), BornTime: w.now.UnixMilli(), BornHost: storeHost, StoreHost: storeHost}); err != nil {
		t.Fatal(err)
	}
	w.send("a", "")
	w.settle()
	w.now = w.now.Add(7 * time.Second)
	w.refuse = errors.New("for now")
	if err := w.check(context.Background()); err == nil || w.progress[halves] != 1 {
		t.Errorf("while nothing can be put: %v, offset %d", err, w.progress[halves])
	}
	w.refuse = record.ErrBodyTooLarge
	if err := w.check(context.Background()); err != nil || w.progress[halves] != 2 || w.Metrics.Skipped.Load() != 2 {
		t.Errorf("what can never be put: %v, offset %d, %d skipped", err, w.progress[halves], w.Metrics.Skipped.Load())
	}
	w.refuse = nil
}

// Offsets outside of the queues, which a crash of another broker may leave, are put right.
func TestProgressCorrected(t *testing.T) {
	w := begin(t)
	w.send("a", "")
	w.settle()
	w.progress[halves], w.progress[ops] = 17, -5
	if half, op := w.Transactions.progress(halfTopic), w.Transactions.progress(opTopic); half != 1 || op != 0 {
		t.Errorf("offsets %d, %d, want 1, 0", half, op)
	}
	if w.progress[halves] != 1 || w.progress[ops] != 0 {
		t.Errorf("kept %v", w.progress)
	}
}

// What was decided is not forgotten of halves that will be looked at again.
func TestNotesStayWithTheirHalves(t *testing.T) {
	w := begin(t)
	broken := errors.New("offset not kept")
	w.unkept = map[string]error{halves: broken}
	w.decided(w.send("a", "").QueueOffset)
	for range 2 { // the note is in its queue when the second round begins
		w.settle()
		if err := w.check(context.Background()); !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
	}
	if len(w.progress) != 0 {
		t.Errorf("offsets %v without that of the halves", w.progress)
	}
	w.unkept = nil
	w.later(0)
	if w.progress[halves] != 1 || w.progress[ops] != 1 {
		t.Errorf("offsets %v, want 1, 1", w.progress)
	}
}

// Before an offset steps over a half, what took its place is on the disk, and before one steps
// over a note, the note is.
func TestOffsetsFollowTheDisk(t *testing.T) {
	mem := vfs.NewMem()
	o := small()
	o.FlushInterval = time.Hour
	w := start(t, mem, o)
	w.send("undecided", "")
	w.send("rolled back", "")
	w.decided(1)
	var cuts []vfs.FS
	w.committed = func() { cuts = append(cuts, mem.Clone(rand.New(rand.NewPCG(1, 1)), vfs.Policy{})) }
	for range 2 { // the note is in its queue when the second round begins
		w.later(7 * time.Second)
	}
	if len(cuts) < 2 || w.progress[ops] != 1 {
		t.Fatalf("%d offsets kept, %v", len(cuts), w.progress)
	}
	for i, cut := range cuts {
		s, err := store.Open(cut, small())
		if err != nil {
			t.Fatal(err)
		}
		if half, note := s.MaxOffset(halfTopic, 0), s.MaxOffset(opTopic, 0); half < 3 || note < 1 {
			t.Errorf("cut %d: %d halves and %d notes on the disk, want 3 and 1", i, half, note)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// More halves than a window has: only the undecided ones are put again, and the notes of decided ones are passed.
func TestCheckManyHalves(t *testing.T) {
	w := begin(t)
	const many = windowSize + 5000
	w.rules.NoteSize = 4096
	undecided := map[int64]bool{0: true, 7: true, windowSize - 1: true, windowSize: true, many - 1: true}
	for i := range int64(many) {
		w.send("x", "")
		if !undecided[i] {
			w.decided(i)
		}
	}
	w.notes.recent = [2]marks{} // as after a restart: the notes alone tell
	w.later(7 * time.Second)
	if n := w.store.MaxOffset(halfTopic, 0); n != int64(many+len(undecided)) || w.Metrics.Unasked.Load() != int64(len(undecided)) {
		t.Errorf("%d halves, want %d and %d again", n, many, len(undecided))
	}
	if w.progress[halves] != many || w.progress[ops] != w.store.MaxOffset(opTopic, 0) {
		t.Errorf("offsets %v of %d and %d", w.progress, many, w.store.MaxOffset(opTopic, 0))
	}
}

// A note that also names a half in front of which the round stopped is kept.
func TestNoteIsKept(t *testing.T) {
	w := begin(t)
	w.send("a", "")
	w.now = w.now.Add(7 * time.Second)
	w.send("young", "")
	w.send("b", "")
	w.settle()
	w.decided(0)
	w.decided(2)
	w.later(time.Second)
	if w.progress[halves] != 1 || w.progress[ops] != 0 {
		t.Errorf("offsets %v, want 1 and 0", w.progress)
	}
	w.notes.recent = [2]marks{}
	w.later(7 * time.Second)
	if w.progress[halves] != 3 || w.progress[ops] != 1 || w.Metrics.Unasked.Load() != 1 {
		t.Errorf("offsets %v, %d put again, want 3, 1 and 1", w.progress, w.Metrics.Unasked.Load())
	}
}

// The goroutine plans rounds while there are halves, and nothing when there are none.
func TestSchedule(t *testing.T) {
	w := begin(t)
	p := schedule{t: w.Transactions}
	step := func(d time.Duration, want string) {
		t.Helper()
		w.now = w.now.Add(d)
		next, any := p.step(context.Background(), w.now)
		if got := fmt.Sprint(next, any); got != want {
			t.Errorf("next %s, want %s", got, want)
		}
	}
	step(0, "30s true") // once after the start: what does the directory hold?
	step(30*time.Second, "0s false")
	m := w.send("a", "")
	step(0, "3s true") // the counts
	step(3*time.Second, "27s true")
	w.settle()
	w.end(m, record.SysTranCommit)
	step(0, "3s true") // the note, and the counts
	step(3*time.Second, "24s true")
	if got := w.bodies(ops, 0); !slices.Equal(got, []string{"0,"}) {
		t.Errorf("notes %q", got)
	}
	step(24*time.Second, "0s false")
	if w.progress[halves] != 1 || w.progress[ops] != 1 || w.Metrics.Unasked.Load() != 0 {
		t.Errorf("offsets %v", w.progress)
	}
}

// Start and Close end what they began, and what was decided last is noted.
func TestRun(t *testing.T) {
	w := begin(t)
	w.Start(w.router)
	w.send("a", "")
	w.decided(0)
	if err := w.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.cancel = nil
	if got := w.bodies(ops, 0); !slices.Equal(got, []string{"0,"}) {
		t.Errorf("notes %q", got)
	}
	var again counts
	if err := again.open(w.fs, 0, w.opts.Log); err != nil || again.table["T"].Count != 1 {
		t.Errorf("counts %v, %v", again.table, err)
	}
}

// Who is stuck holds nobody up for longer than he is given.
func TestCloseEndsWithItsContext(t *testing.T) {
	w := begin(t)
	stuck, on := make(chan struct{}), make(chan struct{})
	w.committed = sync.OnceFunc(func() {
		close(stuck)
		<-on
	})
	w.decided(w.send("a", "").QueueOffset)
	w.settle()
	w.rules.Interval = 0
	w.Start(w.router)
	<-stuck
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	close(on)
}

// What is printed is a copy, and nothing is counted below none.
func TestCounts(t *testing.T) {
	c := counts{table: make(map[string]*count)}
	c.add([]byte("T"), 1, 1)
	f, changed := c.snapshot()
	c.add([]byte("T"), -3, 2)
	if !changed || f.Counts["T"] != (count{1, 1}) {
		t.Errorf("the snapshot has %v, %t, want one undecided", f.Counts, changed)
	}
	if c.add([]byte("T"), 1, 3); c.table["T"].Count != 1 {
		t.Errorf("%d undecided, want 1", c.table["T"].Count)
	}
}

func TestCountsFile(t *testing.T) {
	const java = `{"dataVersion":{"counter":15,"stateVersion":0,"timestamp":1795232081123},"transactionCount":{"TopicTx":{"count":3,"timeStamp":1795232081123}}}`
	w := begin(t)
	c := &counts{fs: w.fs, table: map[string]*count{"TopicTx": {Count: 2}}}
	c.version.Counter = 14
	c.add([]byte("TopicTx"), 1, 1795232081123)
	if err := c.save(); err != nil {
		t.Fatal(err)
	}
	f, err := w.fs.Open(File)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, len(java)+10)
	n, _ := f.ReadAt(b, 0)
	if err := f.Close(); err != nil || string(b[:n]) != java {
		t.Errorf("file %q, Java's %q, %v", b[:n], java, err)
	}
	if c.dirty() || !strings.HasSuffix(File, "transactionMetrics") {
		t.Error("saved, and yet there is something to save")
	}
}
