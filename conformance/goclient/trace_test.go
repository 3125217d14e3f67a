//go:build conformance

package goclient

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
)

// What the client tells of a message is in RMQ_SYS_TRACE_TOPIC: who sent it, and who consumed it. The fields stand where Java's stand
// (TraceDataEncoder).
func TestTrace(t *testing.T) {
	t.Parallel()
	g := process.Run(t, process.Options{Set: map[string]string{"traceTopicEnable": "true"}})
	recorder.MustCreateTopic(t, g.Broker, "GoTraced", 1)
	resolver := primitive.NewPassthroughResolver([]string{g.Namesrv})
	config := func(group string) *primitive.TraceConfig {
		return &primitive.TraceConfig{GroupName: group, Access: primitive.Local, Resolver: resolver, NamesrvAddrs: []string{g.Namesrv}}
	}
	p, err := rocketmq.NewProducer(producer.WithNsResolver(resolver), producer.WithGroupName("PTraced"),
		producer.WithInstanceName(t.Name()), producer.WithTrace(config("PTraced")))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Shutdown() })

	var mu sync.Mutex
	told := make(map[string][]string) // fields by kind
	change := newInbox()
	listen(t, g.Namesrv, "GTraces", "RMQ_SYS_TRACE_TOPIC", func(m *primitive.MessageExt) consumer.ConsumeResult {
		mu.Lock()
		defer mu.Unlock()
		for line := range strings.SplitSeq(strings.TrimSuffix(string(m.Body), "\x02"), "\x02") {
			fields := strings.Split(line, "\x01")
			told[fields[0]] = fields
			change.bodies[fields[0]]++
		}
		return change.take(m)
	})
	listen(t, g.Namesrv, "GTraced", "GoTraced", newInbox().take, consumer.WithTrace(config("GTraced")))
	r, err := p.SendSync(context.Background(), primitive.NewMessage("GoTraced", []byte("traced")).WithTag("tag").WithKeys([]string{"key"}))
	if err != nil || r.Status != primitive.SendOK {
		t.Fatalf("send: %v, %v", r, err)
	}
	change.until(t, "three traces", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return told["Pub"] != nil && told["SubBefore"] != nil && told["SubAfter"] != nil
	})
	mu.Lock()
	defer mu.Unlock()
	pub := told["Pub"]
	if len(pub) < 14 || pub[3] != "PTraced" || pub[4] != "GoTraced" || pub[5] != r.MsgID || pub[6] != "tag" || pub[7] != "key" ||
		pub[9] != fmt.Sprint(len("traced")) || pub[12] != r.OffsetMsgID || pub[13] != "true" {
		t.Errorf("of the sender: %q, want group, topic, ids and result of %v", pub, r)
	}
	before, after := told["SubBefore"], told["SubAfter"]
	if len(before) < 8 || before[3] != "GTraced" || before[5] != r.MsgID || before[6] != "0" || before[7] != "key" {
		t.Errorf("before consuming: %q", before)
	}
	if len(after) < 6 || after[1] != before[4] || after[2] != r.MsgID || after[4] != "true" || after[5] != "key" {
		t.Errorf("after consuming: %q", after)
	}
}
