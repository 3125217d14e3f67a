//go:build conformance

package names

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/client"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// A Java broker with enableSingleTopicRegister tells both name servers of each topic alone (217): of one that is made, alone, in a list or
// by a message, and of one that changes. Ours then says of it what Java's does, and keeps the version of the broker's topics that it had.
func TestToldOneByOne(t *testing.T) {
	sides := []*side{java(t, t.TempDir()), gannet(t, t.TempDir())}
	b := javaenv.StartBroker(t, javaenv.Options{Namesrv: sides[0].addr, Conf: map[string]string{
		"namesrvAddr": sides[0].addr + ";" + sides[1].addr, "enableSingleTopicRegister": "true",
		"registerNameServerPeriod": "60000", // a heartbeat tells all topics, with a new version
	}})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := javaenv.AwaitBroker(ctx, sides[1].addr, b.Addr); err != nil {
		t.Fatal(err)
	}
	c, err := client.New(client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	version, changes, began := storedVersion(ctx, t, c, sides[1].addr, b.Addr), 0, time.Now()
	told := tellings()
	for _, m := range told {
		askOK(ctx, t, c, b.Addr, m.request)
		for _, topic := range m.topics {
			awaitSameRoute(t, sides, topic, m.queues)
		}
		now := storedVersion(ctx, t, c, sides[1].addr, b.Addr)
		if now != version {
			changes++
		}
		version = now
	}
	t.Logf("told %d times in %v, another version after %d of them", len(told), time.Since(began), changes)
	if changes > len(told)/2 {
		t.Errorf("another version after %d of %d tellings, want few: they are told with all topics", changes, len(told))
	}
}

// telling is a request after which name servers are told of topics.
type telling struct {
	request *remoting.Message
	topics  []string
	queues  int32
}

func tellings() []telling {
	var all []telling
	for _, queues := range []int32{2, 3} { // made, then changed
		for i := range 10 {
			topic := fmt.Sprintf("alone-%d", i)
			all = append(all, telling{&remoting.Message{Code: protocol.UpdateAndCreateTopic, Header: &protocol.CreateTopicRequest{
				Topic: topic, DefaultTopic: "TBW102", ReadQueueNums: queues, WriteQueueNums: queues, Perm: 6, TopicFilterType: "SINGLE_TAG",
			}}, []string{topic}, queues})
		}
	}
	for i := range 5 {
		topic := fmt.Sprintf("sent-%d", i)
		all = append(all, telling{&remoting.Message{Code: protocol.SendMessageV2, Body: []byte("m"), Header: &protocol.SendRequestV2{
			ProducerGroup: []byte("P"), Topic: []byte(topic), DefaultTopic: []byte("TBW102"), DefaultTopicQueueNums: 4,
		}}, []string{topic}, 4})
	}
	list, topics := protocol.CreateTopicList{}, []string(nil)
	for i := range 10 {
		topics = append(topics, fmt.Sprintf("listed-%d", i))
		list.TopicConfigList = append(list.TopicConfigList, protocol.TopicConfig{
			TopicName: topics[i], ReadQueueNums: 5, WriteQueueNums: 5, Perm: 6, TopicFilterType: protocol.SingleTag,
		})
	}
	return append(all, telling{&remoting.Message{Code: protocol.UpdateAndCreateTopicList, Body: fastjson.Append(nil, &list)}, topics, 5})
}

// awaitSameRoute waits until both name servers know the topic with so many queues, and say the same of it.
func awaitSameRoute(t *testing.T, sides []*side, topic string, queues int32) {
	t.Helper()
	q := step{version: 479, code: protocol.GetRouteInfoByTopic, ext: []any{"topic", topic}}
	want := fmt.Appendf(nil, `"writeQueueNums":%d`, queues)
	for deadline := time.Now().Add(30 * time.Second); ; pause(t) {
		theirs, ours := sides[0].ask(t, q), sides[1].ask(t, q)
		if bytes.Contains(theirs.Body, want) && bytes.Contains(ours.Body, want) && same(t, q, theirs, ours) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s, want %s:\nJava   %s\ngannet %s", topic, want, shown(t, q, theirs), shown(t, q, ours))
		}
	}
}
