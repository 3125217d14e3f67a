package broker

import (
	"testing"
	"time"

	"github.com/gannetmq/gannet/broker/admin"
	"github.com/gannetmq/gannet/compat/fastjson"
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
	sql := func() int32 {
		return call(protocol.PullMessage, &protocol.PullRequest{
			ConsumerGroup: []byte("G"), Topic: []byte("T"), QueueID: 1, MaxMsgNums: 2, SysFlag: protocol.PullSubscription,
			Subscription: []byte("a > 1"), ExpressionType: []byte("SQL92"),
		}, nil).Code
	}
	check := func() int32 {
		return call(protocol.CheckClientConfig, nil, fastjson.Append(nil, &protocol.ClientConfigCheck{
			ClientID: "c", Group: "G", SubscriptionData: &protocol.SubscriptionData{Topic: "T", SubString: "a > 1", ExpressionType: "SQL92"},
		})).Code
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
		{"enablePropertyFilter", "true", func() any { return [2]int32{sql(), check()} },
			[2]int32{protocol.SystemError, protocol.SystemError}, [2]int32{protocol.PullRetryImmediately, protocol.Success}},
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

// A client that pulls by itself says the same in each heartbeat, whatever the broker makes of it.
func TestHeartbeatsFollowRejectPullConsumer(t *testing.T) {
	b, _ := sent(t)
	call := consumer(t, b)
	beat := func() {
		t.Helper()
		a := call(protocol.HeartBeat, nil, fastjson.Append(nil, &protocol.HeartbeatData{ClientID: "p", ConsumerDataSet: []protocol.ConsumerData{{
			GroupName: "Puller", ConsumeType: protocol.ConsumeActively, MessageModel: protocol.Clustering,
		}}}))
		if a.Code != protocol.Success {
			t.Fatalf("heartbeat: %d %s", a.Code, a.Remark)
		}
	}
	reject := func(value string) {
		t.Helper()
		if err := (settings{b}).Change([]admin.Setting{{Key: "rejectPullConsumerEnable", Value: value}}); err != nil {
			t.Fatal(err)
		}
	}
	reject("true")
	beat()
	beat()
	if ids := b.clients.ClientIDs([]byte("Puller")); len(ids) != 0 {
		t.Errorf("members %v, want none", ids)
	}
	reject("false")
	beat()
	if ids := b.clients.ClientIDs([]byte("Puller")); len(ids) != 1 {
		t.Errorf("members %v, want p", ids)
	}
	beat()
	repeated := b.clients.Metrics.Repeated.Load()
	reject("true")
	beat()
	if n := b.clients.Metrics.Repeated.Load() - repeated; n != 0 || repeated == 0 {
		t.Errorf("%d heartbeats of before renew a member that is not wanted any more, %d were repetitions; want 0 of some", n, repeated)
	}
}

// With timerStopEnqueue timed messages are stored and wait; without it again they are taken up, those too that came meanwhile.
func TestTimersStopAndGoOn(t *testing.T) {
	b, call := sent(t)
	set := func(value string) {
		t.Helper()
		if err := (settings{b}).Change([]admin.Setting{{Key: "timerStopEnqueue", Value: value}}); err != nil {
			t.Fatal(err)
		}
	}
	send := func() {
		t.Helper()
		a := call(protocol.SendMessage, &protocol.SendRequest{
			ProducerGroup: []byte("P"), Topic: []byte("T"), DefaultTopic: []byte("TBW102"), BornTimestamp: 1,
			Properties: []byte("TIMER_DELAY_SEC\x013600\x02"),
		}, []byte("x"))
		if a.Code != protocol.Success {
			t.Fatalf("send: %d %s", a.Code, a.Remark)
		}
	}
	await := func(pending, behind int64) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; {
			f := b.timers.Figures()
			if f.Pending == pending && f.OffsetBehind == behind {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d pending and %d behind, want %d and %d", f.Pending, f.OffsetBehind, pending, behind)
			}
			<-time.After(time.Millisecond)
		}
	}
	send()
	await(1, 0)
	set("true")
	send()
	await(1, 1)
	set("false")
	await(2, 0)
}
