//go:build conformance

package goclient

import (
	"context"
	"fmt"
	"testing"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
)

// calls is how many requests each pair of clients makes.
const calls = 10

// replying starts a consumer that replies to what it gets.
func replying(t *testing.T, namesrv, topic string) {
	t.Helper()
	p := newProducer(t, namesrv, "Replier-"+topic)
	c, err := rocketmq.NewPushConsumer(
		consumer.WithNsResolver(primitive.NewPassthroughResolver([]string{namesrv})), consumer.WithGroupName("Server-"+topic),
		consumer.WithInstance("server-"+topic), consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
	)
	if err != nil {
		t.Fatal(err)
	}
	err = c.Subscribe(topic, consumer.MessageSelector{}, func(ctx context.Context, batch ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		for _, m := range batch {
			reply, err := consumer.CreateReplyMessage(m, nil)
			if err != nil {
				return consumer.ConsumeRetryLater, err
			}
			reply.Body = []byte("re: " + string(m.Body)) // the client forgets it
			if _, err := p.SendSync(ctx, reply); err != nil {
				return consumer.ConsumeRetryLater, err
			}
		}
		return consumer.ConsumeSuccess, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Shutdown(); err != nil {
			t.Errorf("consumer shutdown: %v", err)
		}
	})
}

// asking makes requests and expects the replies.
func asking(t *testing.T, namesrv, topic string) {
	t.Helper()
	p := newProducer(t, namesrv, "Caller-"+topic)
	for i := range calls {
		text := fmt.Sprintf("call %d", i)
		reply, err := p.Request(context.Background(), time.Minute, primitive.NewMessage(topic, []byte(text)))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := string(reply.Body); got != "re: "+text {
			t.Fatalf("the reply to %s is %q", text, got)
		}
	}
}

// Requests and replies between the Go client and itself, and between it and Java clients in both directions.
func TestRequestAndReply(t *testing.T) {
	g := process.Run(t, process.Options{})
	topic := func(name string) string {
		t.Helper()
		recorder.MustCreateTopic(t, g.Broker, name, 2)
		return name
	}
	t.Run("Go asks Go", func(t *testing.T) {
		of := topic("RpcGo")
		replying(t, g.Namesrv, of)
		asking(t, g.Namesrv, of)
	})
	for _, client := range javasuite.Clients("CallPeer") {
		peer := func(t *testing.T, topic, mode string) {
			javaenv.RunClient(t, client.Module, "CallPeer", client.Props(), "--namesrv", g.Namesrv, "--topic", topic, "--mode", mode, "--count", fmt.Sprint(calls))
		}
		t.Run("Java asks Go/"+client.Name(), func(t *testing.T) {
			t.Parallel()
			of := topic("RpcJavaGo-" + client.Name())
			replying(t, g.Namesrv, of)
			peer(t, of, "call")
		})
		t.Run("Go asks Java/"+client.Name(), func(t *testing.T) {
			t.Parallel()
			of := topic("RpcGoJava-" + client.Name())
			done := make(chan struct{})
			go func() {
				defer close(done)
				peer(t, of, "serve")
			}()
			asking(t, g.Namesrv, of)
			<-done
		})
	}
}
