package txn

import (
	"errors"
	"slices"
	"testing"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

func TestHalf(t *testing.T) {
	w := begin(t)
	const forged = "REAL_TOPIC\x01SCHEDULE_TOPIC_XXXX\x02REAL_QID\x0199\x02__transactionId__\x01x\x02" +
		"TRANSACTION_CHECK_TIMES\x0115\x02TRAN_PREPARED_QUEUE_OFFSET\x010\x02"
	w.send("a", "DELAY\x013\x02"+forged)
	v := w.records(record.TopicTranHalf, 0)[0]
	want := "UNIQ_KEY\x01a\x02PGROUP\x01P\x02TRAN_MSG\x01true\x02DELAY\x013\x02__transactionId__\x01a\x02REAL_TOPIC\x01T\x02REAL_QID\x013\x02"
	if string(v.Properties) != want {
		t.Errorf("properties\n got %q\nwant %q", v.Properties, want)
	}
	if v.Transaction() != record.SysTranNone || v.Flag != 7 || v.QueueOffset != 0 {
		t.Errorf("transaction %#x, flag %d, offset %d, want 0, 7, 0", v.Transaction(), v.Flag, v.QueueOffset)
	}
	if got := w.Counts()["T"]; got != 1 || w.Metrics.Halves.Load() != 1 {
		t.Errorf("%d undecided of T, want 1", got)
	}
}

func TestHalfRejected(t *testing.T) {
	w := begin(t)
	w.rules.Reject = true
	var e *remoting.Error
	err := w.Half(w.message("a", ""))
	if !errors.As(err, &e) || e.Code != protocol.NoPermission || e.Remark != "the broker[127.0.0.1] sending transaction message is forbidden" {
		t.Errorf("got %v", err)
	}
}

func TestHalfAllocatesNothing(t *testing.T) {
	w := begin(t)
	m := w.message("a", "REAL_TOPIC\x01forged\x02KEYS\x01k\x02")
	props, room := slices.Clone(m.Properties), make([]byte, 0, 1024)
	w.counts.add([]byte("T"), 0, 0)
	if n := testing.AllocsPerRun(1000, func() {
		m.Topic, m.QueueID, m.Properties = opTopic, 3, append(room, props...)
		if err := w.Half(m); err != nil {
			t.Fatal(err)
		}
		m.Properties = append(room, "REAL_TOPIC\x01T\x02"...)
		w.Stored(m)
	}); n != 0 {
		t.Errorf("%v allocations a half, want 0", n)
	}
}

// What another program wrote into the topic of halves is refused, never a panic.
func FuzzParseHalf(f *testing.F) {
	m := record.Message{Topic: halfTopic, Body: []byte("b"), Properties: []byte("REAL_TOPIC\x01T\x02REAL_QID\x011\x02"), BornHost: storeHost, StoreHost: storeHost}
	var e record.Encoded
	if err := e.Set(&m, record.EncodeOptions{}); err != nil {
		f.Fatal(err)
	}
	f.Add(e.Bytes)
	f.Add(e.Bytes[:20])
	f.Fuzz(func(t *testing.T, b []byte) {
		var h half
		if err := h.parse(b); err != nil {
			if !errors.Is(err, errNoHalf) {
				t.Errorf("error %v", err)
			}
			return
		}
		if len(h.topic) == 0 || h.queue < 0 {
			t.Errorf("topic %q queue %d", h.topic, h.queue)
		}
	})
}
