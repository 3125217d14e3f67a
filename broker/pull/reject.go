package pull

import (
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// reject refuses consumers that pull by themselves, if such are not wanted: those of groups that no heartbeat told of, or whose members
// pull by themselves and the connection is not one of them. Java: PullMessageProcessor.processRequest, rejectPullConsumerEnable.
func (p *pull) reject() error {
	on := p.h.opts.Reject
	if on == nil || !on() || tool(string(p.head.ConsumerGroup)) || p.h.meta.Member(p.head.ConsumerGroup, p.request.Peer) {
		return nil
	}
	return remoting.Errorf(protocol.SubscriptionNotExist,
		"the consumer's group info not exist, or the pull consumer is rejected by server.%s", protocol.FAQ)
}

// tool reports whether the group is of those that Java lets pull always: MixAll.isSysConsumerGroupPullMessage.
func tool(group string) bool {
	switch group {
	case record.GroupDefaultConsumer, record.GroupTools, record.GroupSchedule, record.GroupMonitor, record.GroupFilterServer,
		record.GroupSelfTestConsumer, record.GroupONSHTTPProxy, record.GroupONSPermission, record.GroupONSOwner, record.GroupONSPull:
		return true
	}
	return record.IsSystemGroup(group)
}
