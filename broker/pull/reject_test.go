package pull_test

import (
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/vfs"
)

// With rejectPullConsumerEnable only members and Java's own tools pull, whatever the request says of its subscription.
func TestReject(t *testing.T) {
	o := options()
	on := false
	o.Reject = func() bool { return on }
	b := start(t, vfs.NewMem(), smallStore(), o)
	b.put(t, "T", 0, "", []byte("x"))
	member, stranger := peer.New(), peer.New()
	b.tables.members = map[string]uint64{"G": member.ID()}
	for _, group := range []string{"TOOLS_CONSUMER", "SELF_TEST_C_GROUP", "CID_RMQ_SYS_X"} {
		b.tables.groups[group] = b.tables.groups["G"]
	}
	for _, reject := range []bool{false, true} {
		on = reject
		for _, c := range []struct {
			name     string
			peer     *peer.Peer
			group    string
			sys      int32
			rejected bool
		}{
			{"a member", member, "G", tagged, false},
			{"a stranger", stranger, "G", tagged, true},
			{"a stranger without a subscription", stranger, "G", 0, true},
			{"a tool", stranger, "TOOLS_CONSUMER", tagged, false},
			{"a self-test", stranger, "SELF_TEST_C_GROUP", tagged, false},
			{"a group of the broker's", stranger, "CID_RMQ_SYS_X", tagged, false},
		} {
			b.send(t, c.peer, request{group: c.group, sys: c.sys, tags: "*"})
			got := c.peer.Next(t)
			if want := int32(protocol.SubscriptionNotExist); reject && c.rejected {
				if got.Code != want || !strings.HasPrefix(string(got.Remark), "the consumer's group info not exist, or the pull consumer is rejected by server.\nSee ") {
					t.Errorf("%s: got %d %q, want %d", c.name, got.Code, got.Remark, want)
				}
			} else if got.Code != protocol.Success {
				t.Errorf("%s, rejected %t: got %d %q", c.name, reject, got.Code, got.Remark)
			}
		}
	}
	on = false
	b.send(t, stranger, request{offset: 1, sys: tagged | protocol.PullSuspend, tags: "*", suspend: 60_000})
	on = true
	b.put(t, "T", 0, "", []byte("y"))
	if got := stranger.Next(t); got.Code != protocol.SubscriptionNotExist {
		t.Errorf("a stranger who waited: got %d %q", got.Code, got.Remark)
	}
}
