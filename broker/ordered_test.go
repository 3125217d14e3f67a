package broker

import (
	"context"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/vfs"
)

// orders is a name server that has an order for one topic.
type orders struct{ topic string }

func (o orders) Call(_ context.Context, _ string, m *remoting.Message) (*wire.Command, error) {
	answer := new(wire.Command)
	if m.Code == protocol.RegisterBroker {
		answer.Body = fastjson.Append(nil, &protocol.KVTable{Table: map[string]string{o.topic: "broker-a:4"}})
	}
	return answer, nil
}

// mqadmin updateOrderConf tells name servers; the broker learns of it with its next registration.
func TestOrderOfNameServers(t *testing.T) {
	c := bind(t, "listenPort=0", "vipPortEnable=false", "bindAddress=127.0.0.1", "mappedFileSizeCommitLog=8388608",
		"storePathRootDir=/data/store", "namesrvAddr=ns:9876")
	b, err := Start(Options{
		Config: c, FS: vfs.NewMem(), Advertised: netip.MustParseAddr("10.9.8.7"), Caller: orders{"T"}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	caller(t, b)(protocol.UpdateAndCreateTopic, &protocol.CreateTopicRequest{
		Topic: "T", DefaultTopic: "TBW102", ReadQueueNums: 4, WriteQueueNums: 4, Perm: 6, TopicFilterType: protocol.SingleTag,
	}) // which registers
	for end := time.Now().Add(10 * time.Second); !b.topics.Lookup([]byte("T")).Order; <-time.After(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the topic is not ordered")
		}
	}
}
