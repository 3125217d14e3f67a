//go:build conformance

package transactions

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/client"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
)

const topic = "Transactions"

var target = recorder.Queue{Topic: topic, ID: 0}

// producer is a member of group P on a connection of its own, which hides nothing. When it is asked for a message it says what
// decide says of its body.
type producer struct {
	t      *testing.T
	addr   string
	client *client.Client
	decide func(body string) (commit bool)
	work   sync.WaitGroup

	mu    sync.Mutex
	asked map[string]int // by body
}

func newProducer(t *testing.T, addr string, decide func(body string) bool) *producer {
	t.Helper()
	p := &producer{t: t, addr: addr, decide: decide, asked: make(map[string]int)}
	router, err := remoting.NewRouter([]remoting.Route{{
		Code: protocol.CheckTransactionState, Run: remoting.Inline, Access: remoting.Open, Handle: p.question,
	}}, remoting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.client, err = client.New(client.Options{Router: router, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	return p
}

// join makes the broker know of it.
func (p *producer) join() error {
	beat := protocol.HeartbeatData{ClientID: "raw", ProducerDataSet: []protocol.ProducerData{{GroupName: "P"}}}
	a, err := p.call(protocol.HeartBeat, nil, fastjson.Append(nil, &beat))
	if err == nil && a.Code != protocol.Success {
		err = fmt.Errorf("heartbeat: %d %s", a.Code, a.Remark)
	}
	return err
}

func (p *producer) close() {
	_ = p.client.Close(context.Background())
	p.work.Wait()
}

func (p *producer) call(code int32, h wire.Header, body []byte) (*wire.Command, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	return p.client.Call(ctx, p.addr, &remoting.Message{Code: code, Header: h, Body: body})
}

// question is answered by a request of its own, as clients do.
func (p *producer) question(r *remoting.Request) {
	defer r.Ignore()
	var q protocol.CheckTransactionRequest
	var v record.View
	if err := wire.DecodeHeader(&r.Cmd, &q); err != nil {
		p.t.Errorf("question: %v", err)
		return
	}
	if _, err := record.Parse(r.Cmd.Body, &v, record.CheckCRC); err != nil {
		p.t.Errorf("question: %v", err)
		return
	}
	body := string(v.Body)
	p.mu.Lock()
	p.asked[body]++
	p.mu.Unlock()
	p.work.Go(func() { _ = p.end(half{q.TranStateTableOffset, q.CommitLogOffset}, p.decide(body), true) })
}

// half is where a half message is.
type half struct{ queueOff, phyOff int64 }

// end tells the broker how a transaction ends; the error is why it may not know.
func (p *producer) end(h half, commit, asked bool) error {
	how := record.SysTranRollback
	if commit {
		how = record.SysTranCommit
	}
	a, err := p.call(protocol.EndTransaction, &protocol.EndTransactionRequest{
		ProducerGroup: "P", TranStateTableOffset: h.queueOff, CommitLogOffset: h.phyOff, CommitOrRollback: how, FromTransactionCheck: asked, MsgID: "id",
	}, nil)
	if err == nil && a.Code != protocol.Success {
		err = fmt.Errorf("end of a transaction: %d %s", a.Code, a.Remark)
	}
	return err
}

// send sends a half message.
func (p *producer) send(body []byte) (half, error) {
	a, err := p.call(protocol.SendMessage, &protocol.SendRequest{
		ProducerGroup: []byte("P"), Topic: []byte(topic), DefaultTopic: []byte("TBW102"), DefaultTopicQueueNums: 1, SysFlag: record.SysTranPrepared,
		BornTimestamp: time.Now().UnixMilli(), Properties: []byte("TRAN_MSG\x01true\x02PGROUP\x01P\x02"),
	}, body)
	if err != nil {
		return half{}, err
	}
	var h protocol.SendResponse
	if err := wire.DecodeHeader(a, &h); err != nil || a.Code != protocol.Success {
		return half{}, fmt.Errorf("send: %d %s, %w", a.Code, a.Remark, err)
	}
	_, phyOff, err := record.ParseOffsetID(string(h.MsgID))
	return half{h.QueueOffset, phyOff}, err
}

// readAll returns what consumers find.
func readAll(t *testing.T, addr string) []recorder.Stored {
	t.Helper()
	return recorder.MustReadAll(t, addr, topic, 1)[target]
}

// until waits for something that happens by itself.
func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(60 * time.Second); !happened(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// bodies counts how often each is there.
func bodies(all []recorder.Stored) map[string]int {
	n := make(map[string]int)
	for _, s := range all {
		n[string(s.Body)]++
	}
	return n
}

// words counts different bodies by their first word.
func words(bodies map[string]int) map[string]int {
	n := make(map[string]int)
	for body := range bodies {
		word, _, _ := strings.Cut(body, " ")
		n[word]++
	}
	return n
}
