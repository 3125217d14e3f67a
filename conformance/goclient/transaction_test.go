//go:build conformance

package goclient

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"

	"github.com/gannetmq/gannet/conformance/process"
)

// decisions decide by the first word of a body, and count the questions.
type decisions struct {
	mu    sync.Mutex
	asked map[string]int
}

func (d *decisions) ExecuteLocalTransaction(m *primitive.Message) primitive.LocalTransactionState {
	switch word, _, _ := strings.Cut(string(m.Body), " "); word {
	case "commit":
		return primitive.CommitMessageState
	case "rollback":
		return primitive.RollbackMessageState
	}
	return primitive.UnknowState
}

func (d *decisions) CheckLocalTransaction(m *primitive.MessageExt) primitive.LocalTransactionState {
	word, _, _ := strings.Cut(string(m.Body), " ")
	d.mu.Lock()
	d.asked[word]++
	d.mu.Unlock()
	if word == "later" {
		return primitive.CommitMessageState
	}
	return primitive.RollbackMessageState
}

func newTransactionProducer(t *testing.T, namesrv, group string, d *decisions) rocketmq.TransactionProducer {
	t.Helper()
	p, err := rocketmq.NewTransactionProducer(d,
		producer.WithNsResolver(primitive.NewPassthroughResolver([]string{namesrv})),
		producer.WithGroupName(group), producer.WithInstanceName(t.Name()+group), producer.WithRetry(2),
	)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Shutdown(); err != nil {
			t.Errorf("producer shutdown: %v", err)
		}
	})
	return p
}

// What is committed, at once or when asked, is consumed once; what is rolled back never is.
func TestTransactions(t *testing.T) {
	g := process.Run(t, process.Options{Set: map[string]string{
		"transactionTimeOut": "1000", "transactionCheckInterval": "1000", "transactionCheckMax": "100",
	}})
	d := &decisions{asked: make(map[string]int)}
	p := newTransactionProducer(t, g.Namesrv, "PTx", d)
	const each = 20
	want := make(map[string]bool)
	for _, word := range []string{"commit", "rollback", "later", "never"} {
		for i := range each {
			body := fmt.Sprintf("%s %d", word, i)
			r, err := p.SendMessageInTransaction(context.Background(), primitive.NewMessage("GoTransactions", []byte(body)))
			if err != nil || r.Status != primitive.SendOK {
				t.Fatalf("%s: %v, %v", body, r, err)
			}
			want[body] = word == "commit" || word == "later"
		}
	}
	for body, committed := range want {
		if !committed {
			delete(want, body)
		}
	}
	got := newInbox()
	c := subscribe(t, g.Namesrv, "GTx", "GoTransactions", consumer.MessageSelector{}, got, false)
	got.wait(t, len(want))
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(60 * time.Second)
	for rolledBack := 0; rolledBack < each; {
		if time.Now().After(deadline) {
			t.Fatalf("asked %v", d.asked)
		}
		d.mu.Lock()
		rolledBack = d.asked["never"]
		d.mu.Unlock()
		<-tick.C
	}
	if err := c.Shutdown(); err != nil {
		t.Error(err)
	}
	got.check(t, want)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asked["commit"]+d.asked["rollback"] != 0 {
		t.Errorf("asked for what was decided: %v", d.asked)
	}
}
