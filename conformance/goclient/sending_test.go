//go:build conformance

package goclient

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
)

// Messages that nobody waited for, and those whose sender was told by callback, are there once.
func TestAsyncAndOneWay(t *testing.T) {
	t.Parallel()
	g := process.Run(t, process.Options{})
	recorder.MustCreateTopic(t, g.Broker, "GoAsync", 4)
	p := newProducer(t, g.Namesrv, "PAsync")
	const each = 200
	want := make(map[string]bool)
	told := make(chan error, each)
	for i := range each {
		m := primitive.NewMessage("GoAsync", fmt.Appendf(nil, "async %d", i))
		want[string(m.Body)] = true
		err := p.SendAsync(context.Background(), func(_ context.Context, r *primitive.SendResult, err error) {
			if err == nil && r.Status != primitive.SendOK {
				err = fmt.Errorf("status %v", r.Status)
			}
			told <- err
		}, m)
		if err != nil {
			t.Fatal(err)
		}
		m = primitive.NewMessage("GoAsync", fmt.Appendf(nil, "oneway %d", i))
		want[string(m.Body)] = true
		if err := p.SendOneWay(context.Background(), m); err != nil {
			t.Fatal(err)
		}
	}
	for range each {
		select {
		case err := <-told:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("a callback does not come")
		}
	}
	into := newInbox()
	listen(t, g.Namesrv, "GAsync", "GoAsync", into.take)
	into.wait(t, len(want))
	into.check(t, want)
}

// Bodies that the client compresses come back whole: at once, after a failure, after a delay and after a commit.
func TestCompressedBodies(t *testing.T) {
	t.Parallel()
	g := process.Run(t, process.Options{Set: shortLevels})
	recorder.MustCreateTopic(t, g.Broker, "GoCompressed", 1)
	p := newProducer(t, g.Namesrv, "PCompressed")
	want := make(map[string]bool)
	var first *primitive.MessageExt
	message := func(text string) *primitive.Message {
		m := primitive.NewMessage("GoCompressed", []byte(strings.Repeat(text, 2000)))
		want[string(m.Body)] = true
		return m
	}
	send(t, p, message("compressible "))
	send(t, p, message("delayed ").WithDelayTimeLevel(1))
	d := &decisions{asked: make(map[string]int)}
	r, err := newTransactionProducer(t, g.Namesrv, "PCompressedHalf", d).SendMessageInTransaction(context.Background(), message("commit "))
	if err != nil || r.Status != primitive.SendOK {
		t.Fatalf("transaction: %v, %v", r, err)
	}
	into, failed := newInbox(), make(map[string]bool)
	listen(t, g.Namesrv, "GCompressed", "GoCompressed", func(m *primitive.MessageExt) consumer.ConsumeResult {
		into.mu.Lock()
		again := failed[string(m.Body)]
		failed[string(m.Body)] = true
		if first == nil {
			first = m
		}
		into.mu.Unlock()
		if !again {
			return consumer.ConsumeRetryLater
		}
		return into.take(m)
	}, consumer.WithConsumeMessageBatchMaxSize(1))
	into.wait(t, len(want))
	into.check(t, want)
	into.mu.Lock()
	defer into.mu.Unlock()
	for body := range failed {
		if !want[body] {
			t.Errorf("%.60q came first, which nobody sent", body)
		}
	}
	if first.StoreSize > 2000 {
		t.Errorf("a compressed message takes %d bytes in the store", first.StoreSize)
	}
}

func (b *inbox) take(m *primitive.MessageExt) consumer.ConsumeResult {
	b.add(m, false)
	return consumer.ConsumeSuccess
}
