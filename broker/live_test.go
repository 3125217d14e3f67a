package broker

import (
	"testing"

	"github.com/gannetmq/gannet/broker/admin"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// What Java asks its configuration for at each request counts from the next request on.
func TestSettingsCountAtOnce(t *testing.T) {
	b, call := sent(t)
	pull := func(code int32, group string, offset int64, flags int32) *wire.Command {
		return call(code, &protocol.PullRequest{
			ConsumerGroup: []byte(group), Topic: []byte("T"), QueueID: 1, MaxMsgNums: 2, QueueOffset: offset, SysFlag: flags,
			Subscription: []byte("*"), SuspendTimeoutMillis: 60_000,
		}, nil)
	}
	recall := func() *wire.Command {
		return call(protocol.RecallMessage, &protocol.RecallRequest{Topic: "T", RecallHandle: "nonsense"}, nil)
	}
	traced := func() (on string) {
		a := call(protocol.SendMessage, &protocol.SendRequest{
			ProducerGroup: []byte("P"), Topic: []byte("T"), DefaultTopic: []byte("TBW102"), BornTimestamp: 1,
		}, []byte("x"))
		value, _ := a.Lookup("TRACE_ON")
		return string(value)
	}
	stranger := func() *wire.Command { return pull(protocol.PullMessage, "stranger", 0, protocol.PullSubscription) }
	for _, c := range []struct {
		key, value string
		ask        func() any
		was, is    any
	}{
		{"litePullMessageEnable", "false", func() any { return pull(protocol.LitePullMessage, "G", 0, 0).Code }, protocol.Success, protocol.NoPermission},
		{"rejectPullConsumerEnable", "true", func() any { return stranger().Code }, protocol.Success, protocol.SubscriptionNotExist},
		{"recallMessageEnable", "true", func() any { return recall().Code }, protocol.NoPermission, protocol.IllegalOperation},
		{"traceOn", "false", func() any { return traced() }, "true", "false"},
	} {
		if got := c.ask(); got != c.was {
			t.Errorf("%s: got %v, want %v", c.key, got, c.was)
		}
		if err := (settings{b}).Change([]admin.Setting{{Key: c.key, Value: c.value}}); err != nil {
			t.Errorf("%s=%s: %v", c.key, c.value, err)
		}
		if got := c.ask(); got != c.is {
			t.Errorf("%s=%s: got %v, want %v", c.key, c.value, got, c.is)
		}
	}
	if got := pull(protocol.PullMessage, "G", 0, protocol.PullSubscription); got.Code != protocol.Success {
		t.Errorf("a group that heartbeats told of: %d %s", got.Code, got.Remark)
	}
	if err := (settings{b}).Change([]admin.Setting{{Key: "longPollingEnable", Value: "false"}}); err != nil {
		t.Fatal(err)
	}
	if got := pull(protocol.PullMessage, "G", 3, protocol.PullSuspend); got.Code != protocol.PullNotFound {
		t.Errorf("a pull that may wait a minute: %d %s, want 19 after shortPollingTimeMills", got.Code, got.Remark)
	}
}
