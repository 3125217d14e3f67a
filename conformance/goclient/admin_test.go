//go:build conformance

package goclient

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/apache/rocketmq-client-go/v2/admin"
	"github.com/apache/rocketmq-client-go/v2/primitive"

	"github.com/gannetmq/gannet/conformance/process"
)

// The Go client's administrator makes a topic, finds it and its queues, reads the groups, and deletes the topic.
func TestAdmin(t *testing.T) {
	g := process.Run(t, process.Options{})
	a, err := admin.NewAdmin(admin.WithResolver(primitive.NewPassthroughResolver([]string{g.Namesrv})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	const topic = "GoAdmin"
	listed := func() bool {
		t.Helper()
		list, err := a.FetchAllTopicList(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return slices.Contains(list.TopicList, topic)
	}

	create := []admin.OptionCreate{
		admin.WithTopicCreate(topic), admin.WithBrokerAddrCreate(g.Broker), admin.WithReadQueueNums(3), admin.WithWriteQueueNums(3),
	}
	if err := a.CreateTopic(ctx, create...); err != nil {
		t.Fatal(err)
	}
	if !listed() {
		t.Errorf("%s is not listed after it was made", topic)
	}
	queues, err := a.FetchPublishMessageQueues(ctx, topic)
	if err != nil || len(queues) != 3 {
		t.Errorf("queues %v, %v, want 3", queues, err)
	}
	groups, err := a.GetAllSubscriptionGroup(ctx, g.Broker, 3*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if tools, ok := groups.SubscriptionGroupTable["TOOLS_CONSUMER"]; !ok || !tools.ConsumeEnable || tools.RetryMaxTimes != 16 {
		t.Errorf("groups %+v, want TOOLS_CONSUMER with Java's defaults among them", groups.SubscriptionGroupTable)
	}
	if err := a.DeleteTopic(ctx, admin.WithTopicDelete(topic), admin.WithBrokerAddrDelete(g.Broker)); err != nil {
		t.Fatal(err)
	}
	if listed() {
		t.Errorf("%s is listed after it was deleted", topic)
	}
}
