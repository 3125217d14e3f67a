package timer

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// recallNow takes back the pending message of topic T with that key.
func recallNow(b *broker, key string) error {
	b.t.Helper()
	synctest.Wait() // until what was sent is in the queue
	for _, d := range b.got(record.TopicTimer, 0) {
		if d.key != key {
			continue
		}
		m := &record.Message{Topic: topicTimer, Properties: []byte(d.props)}
		h, err := parseHandle(string(b.AppendHandle(nil, m, []byte(key))))
		if err != nil {
			return err
		}
		marker := message("recall", record.PropTimerDelUniqKey, h.topic+"+"+h.key, record.PropTimerDeliverMS, h.timestamp)
		if err := b.Divert(marker, false); err != nil {
			return err
		}
		_, _, err = b.Put(marker)
		return err
	}
	return errors.New("not found")
}

func TestRecall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := options()
		b := start(t, vfs.NewMem(), o)
		defer b.stop()
		for _, key := range []string{"a", "b", "c"} {
			b.after(key, 5500*time.Millisecond)
		}
		b.after("rolls", 24*time.Hour)
		for _, key := range []string{"b", "rolls"} {
			if err := recallNow(b, key); err != nil {
				t.Fatal(err)
			}
		}
		<-time.After(4990 * time.Millisecond)
		if err := recallNow(b, "c"); err != nil { // in the last moment
			t.Error(err)
		}
		<-time.After(2 * time.Second)
		if got := b.keys(); !slices.Equal(got, []string{"a"}) {
			t.Errorf("came: %v, want [a]", got)
		}
		<-time.After(25 * time.Hour)
		if got := b.keys(); !slices.Equal(got, []string{"a"}) {
			t.Errorf("after a day: %v, want [a]", got)
		}
		if m := &b.Metrics; m.Delivered.Load() != 1 || m.Recalled.Load() != 3 || m.Dropped.Load() != 0 {
			t.Errorf("%d delivered, %d recalled, %d dropped, want 1, 3 and 0", m.Delivered.Load(), m.Recalled.Load(), m.Dropped.Load())
		}
		if n := b.counts.pending(); n != 0 {
			t.Errorf("%d count as pending, want 0: %s", n, b.counts.encode())
		}
	})
}

// Recalls of messages that were delivered, or never were, are accepted or refused and change nothing.
func TestRecallOfNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), options())
		defer b.stop()
		b.after("k", 2*time.Second)
		b.after("other", 8*time.Second)
		<-time.After(4 * time.Second)
		if err := recallNow(b, "k"); err == nil {
			t.Error("a recall of what was delivered is taken")
		}
		deliver := time.Now().Add(3500 * time.Millisecond)
		b.put(message("recall", record.PropTimerDelUniqKey, "T+never", record.PropTimerDeliverMS, itoa(deliver.UnixMilli())))
		b.put(message("recall", record.PropTimerDelUniqKey, "U+other", record.PropTimerDeliverMS, itoa(deliver.UnixMilli())))
		<-time.After(10 * time.Second)
		if got := b.keys(); !slices.Equal(got, []string{"k", "other"}) {
			t.Errorf("came: %v, want [k other]", got)
		}
	})
}

// In a slot of several windows recalls are found wherever they are, in front of the message too.
func TestRecallInALargeSlot(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, vfs.NewMem(), options())
		const many = 20_000
		deliver := time.Now().Add(5500 * time.Millisecond).UnixMilli()
		recall := func(key string) {
			b.put(message("recall", record.PropTimerDelUniqKey, "T+"+key, record.PropTimerDeliverMS, itoa(deliver)))
		}
		recall("19998")
		recall("10")
		for n := range many {
			b.send(itoa(int64(n)), record.PropTimerDeliverMS, itoa(deliver))
		}
		recall("11")
		recall("10")
		recall("19999")
		b.Start(b)
		<-time.After(8 * time.Second)
		got := b.keys()
		for i, want := range map[int]string{0: "0", 9: "9", 10: "12", 19_995: "19997"} {
			if len(got) != many-4 || got[i] != want {
				t.Fatalf("%d came, number %d is %s, want %d and %s", len(got), i, got[min(i, len(got)-1)], many-4, want)
			}
		}
		if n := b.counts.sum(); n != 0 || b.Metrics.Recalled.Load() != 4 {
			t.Errorf("%d pending, %d recalled, want 0 and 4", n, b.Metrics.Recalled.Load())
		}
		b.stop()
	})
}

func TestHandlesAgainstJava(t *testing.T) {
	var facts struct {
		BuildHandle []struct {
			Topic, BrokerName, Timestamp, MessageID, Handle string
		}
		DecodeHandle []struct {
			Handle string
			Result json.RawMessage
		}
	}
	golden.Facts(t, "recall", &facts)
	if len(facts.BuildHandle) < 3 || len(facts.DecodeHandle) < 6 {
		t.Fatalf("%d and %d facts", len(facts.BuildHandle), len(facts.DecodeHandle))
	}
	for _, f := range facts.BuildHandle {
		h := handle{timestamp: f.Timestamp}
		if got := string(appendHandle(nil, []byte(f.Topic), f.BrokerName, h.time(), []byte(f.MessageID))); got != f.Handle {
			t.Errorf("%+v: got %s", f, got)
		}
	}
	for _, f := range facts.DecodeHandle {
		h, err := parseHandle(f.Handle)
		var want []string
		if json.Unmarshal(f.Result, &want) != nil {
			if !errors.Is(err, errHandle) {
				t.Errorf("%q: got %+v, %v, want %v", f.Handle, h, err, errHandle)
			}
			continue
		}
		if got := []string{"v1", h.topic, h.broker, h.timestamp, h.key}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %v, %v, want %v", f.Handle, got, err, want)
		}
	}
}

func FuzzParseHandle(f *testing.F) {
	f.Add("djEgVG9waWNEZWxheSBicm9rZXItYSAxNzAwMDAwMDAwMDAwIDdGMDAwMDAxMEJGODE4QjRBQUMyNTcwQjIzQUYwMDAw")
	f.Add("djEgYSBiIGMgZA")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHandle(text)
		if err != nil {
			return
		}
		if h.time() < 0 || h.timestamp != itoa(h.time()) {
			return
		}
		again, err := parseHandle(string(appendHandle(nil, []byte(h.topic), h.broker, h.time(), []byte(h.key))))
		if err != nil && h.key != "" || err == nil && again != h {
			t.Errorf("%q: got %+v, %v, want %+v", text, again, err, h)
		}
	})
}
