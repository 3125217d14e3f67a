package txn

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

func TestCommit(t *testing.T) {
	for name, flush := range map[string]store.FlushMode{"async": store.AsyncFlush, "sync": store.SyncFlush} {
		t.Run(name, func(t *testing.T) {
			o := small()
			o.Flush = flush
			w := start(t, vfs.NewMem(), o)
			w.send("rolled back", "")
			p := w.send("a", "KEYS\x01k\x02")
			w.settle()
			if got := w.bodies("T", 3); len(got) != 0 {
				t.Fatalf("before the commit there is %q", got)
			}
			if a := w.end(p, record.SysTranCommit); a.Code != protocol.Success {
				t.Fatalf("commit: %d %s", a.Code, a.Remark)
			}
			if flush == store.SyncFlush && w.store.Stats().Flushed <= p.End {
				t.Error("answered before the disk had it")
			}
			v := w.records("T", 3)[0]
			if string(v.Body) != "a" || v.Transaction() != record.SysTranCommit || v.PreparedOffset != p.PhyOffset || v.Flag != 7 {
				t.Errorf("committed: body %q, sysFlag %#x, prepared %d, flag %d", v.Body, v.SysFlag, v.PreparedOffset, v.Flag)
			}
			if half := w.records(record.TopicTranHalf, 0)[1]; !slices.Equal(v.Properties, half.Properties) {
				t.Errorf("properties %q, of the half %q", v.Properties, half.Properties)
			}
			if !w.notes.isRecent(p.QueueOffset) || string(w.notes.body) != "1," || w.Counts()["T"] != 1 {
				t.Errorf("notes %q, %d undecided", w.notes.body, w.Counts()["T"])
			}
		})
	}
}

func TestRollback(t *testing.T) {
	w := begin(t)
	p := w.send("a", "")
	w.settle()
	if a := w.end(p, record.SysTranRollback); a.Code != protocol.Success {
		t.Fatalf("rollback: %d %s", a.Code, a.Remark)
	}
	if got := w.bodies("T", 3); len(got) != 0 || string(w.notes.body) != "0," || w.commits != 0 {
		t.Errorf("in the topic %q, notes %q", got, w.notes.body)
	}
}

// Whoever names what is not his ends nothing.
func TestEndRefused(t *testing.T) {
	w := begin(t)
	w.send("first", "")
	p := w.send("a", "")
	// A record of another topic that looks like a half in all but its place.
	forged := w.message("forged", "REAL_TOPIC\x01SCHEDULE_TOPIC_XXXX\x02REAL_QID\x011\x02")
	other, err := w.put(&record.Message{
		Topic: []byte("T"), Body: forged.Body, Properties: forged.Properties, BornHost: storeHost, StoreHost: storeHost,
	})
	if err != nil {
		t.Fatal(err)
	}
	// A half in the body of a message, whole and at the offset that it names.
	const bodyAt = 88 // hosts are IPv4
	var inBody record.Encoded
	planted := w.message("planted", "REAL_TOPIC\x01Secret\x02REAL_QID\x010\x02")
	planted.Topic, planted.QueueID, planted.SysFlag = halfTopic, 0, 0
	if err := inBody.Set(planted, record.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	plantedAt := w.store.Stats().LogEnd + bodyAt
	inBody.Patch(0, p.QueueOffset, plantedAt, 1)
	if _, err := w.put(&record.Message{Topic: []byte("T"), Body: inBody.Bytes, BornHost: storeHost, StoreHost: storeHost}); err != nil {
		t.Fatal(err)
	}
	w.settle()
	good := protocol.EndTransactionRequest{
		ProducerGroup: "P", TranStateTableOffset: p.QueueOffset, CommitLogOffset: p.PhyOffset, CommitOrRollback: record.SysTranCommit, MsgID: "id",
	}
	for name, c := range map[string]struct {
		change func(q *protocol.EndTransactionRequest)
		code   int32
		remark string
	}{
		"group":          {func(q *protocol.EndTransactionRequest) { q.ProducerGroup = "Q" }, 1, "The producer group wrong"},
		"queue offset":   {func(q *protocol.EndTransactionRequest) { q.TranStateTableOffset = 0 }, 1, "The transaction state table offset wrong"},
		"inside":         {func(q *protocol.EndTransactionRequest) { q.CommitLogOffset++ }, 1, "Find prepared transaction message failed"},
		"planted":        {func(q *protocol.EndTransactionRequest) { q.CommitLogOffset = plantedAt }, 1, "Find prepared transaction message failed"},
		"behind the end": {func(q *protocol.EndTransactionRequest) { q.CommitLogOffset = 1 << 50 }, 1, "Find prepared transaction message failed"},
		"negative":       {func(q *protocol.EndTransactionRequest) { q.CommitLogOffset = -1 }, 1, "Find prepared transaction message failed"},
		"no half": {func(q *protocol.EndTransactionRequest) {
			q.CommitLogOffset, q.TranStateTableOffset = other.PhyOffset, other.QueueOffset
		}, 1, "Find prepared transaction message failed"},
	} {
		for _, how := range []int32{record.SysTranCommit, record.SysTranRollback} {
			q := good
			q.CommitOrRollback = how
			c.change(&q)
			if a := w.ask(protocol.EndTransaction, &q); a.Code != c.code || !strings.HasPrefix(string(a.Remark), c.remark) {
				t.Errorf("%s: %d %s, want %d %s", name, a.Code, a.Remark, c.code, c.remark)
			}
		}
	}
	for _, how := range []int32{record.SysTranNone, record.SysTranPrepared, 99, -1} {
		q := good
		q.CommitOrRollback = how
		w.tell(protocol.EndTransaction, &q)
	}
	for end := time.Now().Add(10 * time.Second); w.Metrics.Unknown.Load() < 4 && time.Now().Before(end); {
		runtime.Gosched()
	}
	if n := w.Metrics.Unknown.Load(); n != 4 {
		t.Errorf("%d that said neither, want 4", n)
	}
	if w.commits != 0 || len(w.notes.body) != 0 || w.Counts()["T"] != 2 || w.Metrics.Refused.Load() != 14 {
		t.Errorf("%d commits, notes %q, %d undecided, %d refused", w.commits, w.notes.body, w.Counts()["T"], w.Metrics.Refused.Load())
	}
}

// Nobody ends a half without a group, not even who names none.
func TestEndOfNobodysHalf(t *testing.T) {
	w := begin(t)
	m := w.message("a", "")
	m.Properties = []byte("UNIQ_KEY\x01a\x02PGROUP\x01\x02TRAN_MSG\x01true\x02")
	if err := w.Half(m); err != nil {
		t.Fatal(err)
	}
	p, err := w.put(m)
	if err != nil {
		t.Fatal(err)
	}
	w.settle()
	for _, how := range []int32{record.SysTranCommit, record.SysTranRollback} {
		a := w.ask(protocol.EndTransaction, &protocol.EndTransactionRequest{
			TranStateTableOffset: p.QueueOffset, CommitLogOffset: p.PhyOffset, CommitOrRollback: how, MsgID: "id",
		})
		if a.Code != protocol.SystemError || string(a.Remark) != "The producer group wrong" {
			t.Errorf("%d: %d %q, want 1 The producer group wrong", how, a.Code, a.Remark)
		}
	}
	if w.commits != 0 || len(w.notes.body) != 0 {
		t.Errorf("%d commits, notes %q, want none", w.commits, w.notes.body)
	}
}

// What has rotted is nobody's message: nobody may take it for what was sent.
func TestRottenHalf(t *testing.T) {
	w := begin(t)
	w.rot = "rotten"
	p := w.send("rotten", "")
	w.settle()
	if a := w.end(p, record.SysTranCommit); a.Code != protocol.SystemError || !strings.HasPrefix(string(a.Remark), "Find prepared transaction message failed") {
		t.Errorf("commit: %d %s", a.Code, a.Remark)
	}
	w.later(7 * time.Second)
	if n := w.Metrics.Skipped.Load(); w.commits != 0 || n != 1 || w.progress[halves] != 1 {
		t.Errorf("%d commits, %d passed over, offset %d; want 0, 1, 1", w.commits, n, w.progress[halves])
	}
}

// A rotten note decides nothing: the digits are not those that were written.
func TestRottenNote(t *testing.T) {
	w := begin(t)
	w.send("a", "")
	w.send("b", "")
	w.rot = "0,"
	w.decided(0)  // 1, in the log
	for range 2 { // the note is in its queue when the second round begins
		w.later(0)
	}
	if w.progress[halves] != 1 || w.Waiting() != 1 {
		t.Errorf("the offset is %d and %d wait, want 1, 1: the second half", w.progress[halves], w.Waiting())
	}
}

// Who said one thing does not get the other as well, while it is remembered.
func TestEndTwice(t *testing.T) {
	for first, second := range map[int32]int32{record.SysTranRollback: record.SysTranCommit, record.SysTranCommit: record.SysTranCommit} {
		w := begin(t)
		p := w.send("a", "")
		w.settle()
		if a := w.end(p, first); a.Code != protocol.Success {
			t.Fatalf("first: %d %s", a.Code, a.Remark)
		}
		before := w.commits
		if a := w.end(p, second); a.Code != protocol.SystemError || !strings.HasPrefix(string(a.Remark), "The transaction has ended") {
			t.Errorf("%d after %d: %d %s", second, first, a.Code, a.Remark)
		}
		if w.commits != before || w.Counts()["T"] != 0 || string(w.notes.body) != "0," {
			t.Errorf("%d commits, want %d; %d undecided, notes %q", w.commits, before, w.Counts()["T"], w.notes.body)
		}
	}
}

// What another program may have written into the topic of halves does not come into another
// topic of the broker's own.
func TestCommitToTheBroker(t *testing.T) {
	w := begin(t)
	for _, topic := range []string{halves, ops, record.TopicSchedule, record.TopicTimer} {
		placed, err := w.put(&record.Message{
			Topic: halfTopic, Body: []byte("b"), Properties: []byte("PGROUP\x01P\x02REAL_TOPIC\x01" + topic + "\x02REAL_QID\x010\x02"), BornHost: storeHost, StoreHost: storeHost,
		})
		if err != nil {
			t.Fatal(err)
		}
		if a := w.end(placed, record.SysTranCommit); a.Code != protocol.SystemError || w.commits != 0 {
			t.Errorf("%s: %d %s", topic, a.Code, a.Remark)
		}
	}
}

// Who asked for time and does not use it is asked, and believed then.
func TestEndTooLate(t *testing.T) {
	w := begin(t)
	p := w.send("a", "CHECK_IMMUNITY_TIME_IN_SECONDS\x0110\x02")
	w.settle()
	w.now = w.now.Add(11 * time.Second)
	if a := w.end(p, record.SysTranCommit); a.Code != protocol.IllegalOperation {
		t.Errorf("too late: %d %s", a.Code, a.Remark)
	}
	a := w.ask(protocol.EndTransaction, &protocol.EndTransactionRequest{
		ProducerGroup: "P", TranStateTableOffset: p.QueueOffset, CommitLogOffset: p.PhyOffset, CommitOrRollback: record.SysTranCommit,
		FromTransactionCheck: true, MsgID: "id",
	})
	if a.Code != protocol.Success || len(w.bodies("T", 3)) != 1 {
		t.Errorf("asked: %d %s", a.Code, a.Remark)
	}
}

// A commit that is not stored leaves the half undecided.
func TestCommitNotStored(t *testing.T) {
	w := begin(t)
	p := w.send("a", "")
	w.settle()
	for err, want := range map[error]int32{
		store.ErrDiskFull: protocol.ServiceNotAvailable, commitlog.ErrFailed: protocol.ServiceNotAvailable, store.ErrBusy: protocol.SystemError,
		record.ErrBodyTooLarge: protocol.MessageIllegal, errors.New("else"): protocol.SystemError,
		error(remoting.Errorf(protocol.MessageIllegal, "timer")): protocol.MessageIllegal,
	} {
		w.refuse = err
		if a := w.end(p, record.SysTranCommit); a.Code != want || len(a.Remark) == 0 {
			t.Errorf("%v: %d %q, want %d", err, a.Code, a.Remark, want)
		}
	}
	w.refuse = nil
	if len(w.notes.body) != 0 || w.Counts()["T"] != 1 {
		t.Errorf("notes %q, %d undecided", w.notes.body, w.Counts()["T"])
	}
}

func TestResume(t *testing.T) {
	w := begin(t)
	w.rules.MaxChecks = 0
	p := w.send("a", "")
	w.later(time.Second)
	given := w.records(record.TopicTranCheckMaxTime, 0)
	if len(given) != 1 || !w.topics[record.TopicTranCheckMaxTime] || w.Counts()["T"] != 0 {
		t.Fatalf("%d given up, %d undecided", len(given), w.Counts()["T"])
	}
	w.rules.MaxChecks = 15
	for id, want := range map[string]int32{
		string(given[0].AppendOffsetID(nil)): protocol.Success, "": protocol.SystemError, "xyz": protocol.SystemError,
		string(record.AppendOffsetID(nil, storeHost, p.PhyOffset+1)): protocol.SystemError,
	} {
		a := w.ask(protocol.ResumeCheckHalfMessage, &protocol.ResumeHalfRequest{MsgID: id})
		if a.Code != want || want != 0 && !strings.HasPrefix(string(a.Remark), remarkResume) {
			t.Errorf("%q: %d %s", id, a.Code, a.Remark)
		}
	}
	halves := w.records(record.TopicTranHalf, 0)
	if len(halves) != 2 || property(&halves[1], record.PropTranCheckTimes) != "0" || w.Counts()["T"] != 1 {
		t.Errorf("%d halves, properties %q, %d undecided", len(halves), halves[len(halves)-1].Properties, w.Counts()["T"])
	}
}

// A header of nonsense is answered.
func TestEndHeader(t *testing.T) {
	w := begin(t)
	a := w.ask(protocol.EndTransaction, &protocol.ResumeHalfRequest{MsgID: "x"})
	if a.Code != protocol.SystemError {
		t.Errorf("got %d %s", a.Code, a.Remark)
	}
}
