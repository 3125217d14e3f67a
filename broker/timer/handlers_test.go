package timer

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/timer"
	"github.com/gannetmq/gannet/store/vfs"
)

// serve serves the codes of a broker's timers until the end of the test.
func serve(t *testing.T, b *broker, change func(*Recalls)) *remoting.Router {
	t.Helper()
	pool := remoting.NewPool("admin", 1, 64)
	t.Cleanup(func() {
		if err := pool.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	r := Recalls{
		Enable: func() bool { return true }, Writable: func() bool { return true }, Region: "DefaultRegion",
		TopicExists: func(topic []byte) bool { return !strings.HasPrefix(string(topic), "No") }, Await: b.store.Await,
	}
	if change != nil {
		change(&r)
	}
	return peer.Router(t, b.Routes(pool, r))
}

// Java's recorded requests get Java's answers, at the time at which Java gave them.
func TestGoldenRecall(t *testing.T) {
	served := 0
	for _, f := range append(peer.Recorded(t, int(protocol.RecallMessage), 5), peer.RecordedRefusals(t, int(protocol.RecallMessage))...) {
		java := peer.Decode(t, f.Response)
		if java.Code == protocol.SlaveNotAvailable {
			continue // recorded from a slave
		}
		served++
		request := peer.Decode(t, f.Request)
		var head protocol.RecallRequest
		if err := wire.DecodeHeader(request, &head); err != nil {
			t.Fatal(err)
		}
		o := options()
		if h, err := parseHandle(head.RecallHandle); err == nil {
			now := time.UnixMilli(h.time() - 1000)
			if strings.Contains(string(java.Remark), "timestamp") {
				now = time.UnixMilli(h.time())
			}
			o.Now = func() time.Time { return now }
		}
		b := start(t, vfs.NewMem(), o)
		router := serve(t, b, func(r *Recalls) { r.Enable = func() bool { return java.Code != protocol.NoPermission } })
		peer.LikeJava(t, &f, peer.Ask(t, router, f.Request))
		stored := len(b.got(record.TopicTimer, 0)) > 0 || b.store.Stats().Messages > 0
		if stored != (java.Code == protocol.Success) {
			t.Errorf("%s: answered %d, stored %v", f.ReqFile, java.Code, stored)
		}
		b.stop()
	}
	if served < 6 {
		t.Errorf("%d answers compared", served)
	}
}

// What a recall stores is what Java stores: the image's marker was made by one.
func TestRecallMarker(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, vfs.NewMem(), options())
		defer b.stop()
		at := time.Now().Add(5 * time.Second).UnixMilli()
		r := recaller{b.Timer, Recalls{}}
		m := r.message(&remoting.Request{Peer: peer.New()}, &protocol.RecallRequest{ProducerGroup: "P", Topic: "T"},
			&handle{topic: "T", broker: "broker-a", timestamp: itoa(at + 1), key: "KEY"})
		if err := b.Divert(&m, false); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			record.PropTimerDelUniqKey: "T+KEY", record.PropUniqKey: "KEY", record.PropTimerDeliverMS: itoa(at + 1), record.PropTimerOutMS: itoa(at),
			record.PropTags: "_RECALL_TAG_", record.PropProducerGroup: "P", record.PropBornTimestamp: itoa(time.Now().UnixMilli()),
			record.PropRealTopic: "T", record.PropRealQueueID: "0",
		} {
			if got, _ := record.Property(m.Properties, name); string(got) != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		if string(m.Body) != "0" {
			t.Errorf("body %q, want 0", m.Body)
		}
	})
}

func TestRecallRefused(t *testing.T) {
	at := time.Now().Add(time.Hour).UnixMilli()
	good := string(appendHandle(nil, topicT, "broker-a", at, []byte("k")))
	for _, c := range []struct {
		name, topic, handle string
		change              func(*Recalls)
		fail                error
		code                int32
		remark              string
	}{
		{"off", "T", good, func(r *Recalls) { r.Enable = func() bool { return false } }, nil, protocol.NoPermission, "recall failed, operation is forbidden"},
		{"not writable", "T", good, func(r *Recalls) { r.Writable = func() bool { return false } }, nil, protocol.ServiceNotAvailable, "recall failed, broker service not available"},
		{"not yet", "T", good, func(r *Recalls) { r.AcceptFrom = at }, nil, protocol.ServiceNotAvailable, "recall failed, broker service not available"},
		{"no topic", "NoT", good, nil, nil, protocol.TopicNotExist, "recall failed, the topic[NoT] not exist"},
		{"another topic", "U", good, nil, nil, protocol.IllegalOperation, "recall failed, topic not match"},
		{"another broker", "T", string(appendHandle(nil, topicT, "broker-b", at, []byte("k"))), nil, nil, protocol.IllegalOperation, "recall failed, broker service not available"},
		{"no number", "T", "djEgVCBicm9rZXItYSBzb29uIGs=", nil, nil, protocol.IllegalOperation, "recall failed, timestamp invalid"},
		{"too far", "T", string(appendHandle(nil, topicT, "broker-a", at+300_000_000, []byte("k"))), nil, nil, protocol.IllegalOperation, "recall failed, timestamp invalid"},
		{"no store", "T", good, nil, errors.New("full"), protocol.SystemError, "recall failed, execute error. Cause: full"},
		{"no disk", "T", good, func(r *Recalls) { r.Await = func(_ int64, w commitlog.Waiter) { w.Settled(errors.New("gone")) } }, nil, protocol.SystemError, "recall failed, execute error. Cause: gone"},
	} {
		b := start(t, vfs.NewMem(), options())
		b.failing(func(*record.Message) error { return c.fail })
		router := serve(t, b, c.change)
		answer := ask(t, router, protocol.RecallMessage, "producerGroup", "P", "topic", c.topic, "recallHandle", c.handle)
		if answer.Code != c.code || string(answer.Remark) != c.remark {
			t.Errorf("%s: got %d %q, want %d %q", c.name, answer.Code, answer.Remark, c.code, c.remark)
		}
		b.stop()
	}
}

// A recall that waits for the disk keeps nobody from the pool's only worker. It is answered when the disk has it, or, as
// in Java, after five seconds all the same, once.
func TestRecallHoldsNoWorker(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), options())
		defer b.stop()
		waiting := make(chan commitlog.Waiter, 2)
		router := serve(t, b, func(r *Recalls) { r.Await = func(_ int64, w commitlog.Waiter) { waiting <- w } })
		handle := string(appendHandle(nil, topicT, "broker-a", time.Now().Add(time.Hour).UnixMilli(), []byte("k")))
		recall := encode(t, protocol.RecallMessage, "producerGroup", "P", "topic", "T", "recallHandle", handle)
		for _, took := range []time.Duration{3 * time.Second, 5 * time.Second} {
			began, client := time.Now(), peer.New()
			if err := router.Frame(client, recall); err != nil {
				t.Fatal(err)
			}
			if answer := ask(t, router, protocol.GetTimerMetrics); answer.Code != protocol.Success || time.Since(began) != 0 || len(client.Answers) != 0 {
				t.Errorf("beside a recall: %d after %v, %d recalls answered, want %d at once and none", answer.Code, time.Since(began), len(client.Answers), protocol.Success)
			}
			disk := <-waiting
			if took < syncPatience {
				time.AfterFunc(took, func() { disk.Settled(nil) })
			}
			answer := client.Next(t)
			if answer.Code != protocol.Success || string(answer.Remark) != remoting.RemarkUnset || time.Since(began) != took {
				t.Errorf("got %d %q after %v, want %d %q after %v", answer.Code, answer.Remark, time.Since(began), protocol.Success, remoting.RemarkUnset, took)
			}
			if took == syncPatience {
				disk.Settled(errors.New("too late"))
			}
			<-time.After(2 * syncPatience)
			if n := len(client.Answers); n != 0 {
				t.Errorf("%d more answers, want none", n)
			}
		}
	})
}

func TestCheckpointAndMetrics(t *testing.T) {
	b := start(t, vfs.NewMem(), options())
	defer b.stop()
	router := serve(t, b, nil)
	for code, least := range map[int32]int{protocol.GetTimerCheckPoint: 3, protocol.GetTimerMetrics: 3} {
		for _, f := range peer.Recorded(t, int(code), least) {
			peer.LikeJava(t, &f, peer.Ask(t, router, f.Request))
		}
	}
	b.after("k", time.Hour)
	waitFor(t, func() bool { return b.counts.pending() == 1 })
	waitFor(t, func() bool {
		c, ok := timer.DecodeCheckpoint(ask(t, router, protocol.GetTimerCheckPoint).Body)
		return ok && c.QueueOffset == 1 && c.MasterQueue == 1 && c.ReadTime > 0
	})
	var got timing
	if err := fastjson.Unmarshal(ask(t, router, protocol.GetTimerMetrics).Body, &got); err != nil || got.Topics["T"].Count != 1 || got.Version.Counter != 1 {
		t.Errorf("counts: %+v, %v", got, err)
	}
}

// ask asks with fields as encode has them.
func ask(t *testing.T, router *remoting.Router, code int32, fields ...string) *wire.Command {
	t.Helper()
	return peer.Ask(t, router, encode(t, code, fields...))
}

// encode is a request with fields name, value, name, value.
func encode(t *testing.T, code int32, fields ...string) []byte {
	t.Helper()
	c := &wire.Command{Code: code, Version: 479}
	for i := 0; i < len(fields); i += 2 {
		c.Ext = append(c.Ext, wire.Pair{Key: []byte(fields[i]), Value: []byte(fields[i+1])})
	}
	frame, err := wire.AppendCommand(nil, c)
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

// waitFor waits until ok holds.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("what was waited for did not come")
		}
	}
}

func TestFigures(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), options())
		defer b.stop()
		if got := b.Figures(); got != (Figures{}) {
			t.Errorf("without timers: %+v", got)
		}
		b.failing(func(*record.Message) error { return errors.New("busy") })
		b.after("k", 2*time.Second)
		<-time.After(5500 * time.Millisecond)
		if got, want := b.Figures(), (Figures{ReadBehind: 3500 * time.Millisecond, Pending: 1}); got != want {
			t.Errorf("3.5 s late: %+v, want %+v", got, want)
		}
		b.failing(nil)
		<-time.After(time.Second)
		if got := b.Figures(); got != (Figures{}) {
			t.Errorf("delivered: %+v", got)
		}
	})
}
