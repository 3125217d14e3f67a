package admin

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// Java: AdminBrokerProcessor.deleteTopic, deleteSubscriptionGroup, cleanUnusedTopic.
//
//	215 DELETE_TOPIC_IN_BROKER    the topic, its queues, its groups' offsets, what was counted of it, its POP retry topics;
//	                              blank or the broker's own is 29, one that is not there is done already
//	207 DELETE_SUBSCRIPTIONGROUP  the group and what is forbidden to it; its offsets if cleanOffset
//	316 CLEAN_UNUSED_TOPIC        queues of topics that are not in the table
//
// Messages stay in the log until it expires. mqadmin tells the name servers by itself; the broker's next
// registration does not name the topic either. A producer that may create topics makes it again with its
// next send, and members of a group with their next heartbeat.
//
// Deviations: what fails is told, and the rest is done all the same; a second request tries again. The count of a topic's
// undecided transactions goes too.

// Topics is the topic table.
type Topics interface {
	// Guarded reports whether the topic may not be deleted by hand.
	Guarded(name string) bool
	// Exists allocates nothing.
	Exists(name []byte) bool
	// Delete reports whether the topic was there.
	Delete(name string) (bool, error)
}

// Groups is the table of consumer groups.
type Groups interface {
	// Delete reports whether the group was there.
	Delete(name string) (bool, error)
}

// Offsets is the table of consumers' offsets.
type Offsets interface {
	Groups(topic string) []string
	DropTopic(topic string) int
	DropGroup(group string) int
}

// Queues are the store's.
type Queues interface {
	// Topics are those that have queues.
	Topics() []string
	// DeleteTopic may wait for the disk.
	DeleteTopic(topic []byte) error
}

// Counters are what was counted of topics and groups.
type Counters interface {
	ForgetTopic(topic string)
	ForgetGroup(group string)
}

// Pending is a count, topic by topic, of messages that wait for a time or a decision. They wait on.
type Pending interface{ ForgetTopic(topic string) }

// Deleter takes topics and groups away, with what other tables hold of them.
type Deleter struct {
	Topics   Topics
	Groups   Groups
	Offsets  Offsets
	Queues   Queues
	Counters Counters
	Pending  []Pending
	// RetryTopics: a topic's POP retry topics go with it (clearRetryTopicWhenDeleteTopic).
	RetryTopics func() bool
	// Deleted is told that a topic is no more.
	Deleted func()
	Log     *slog.Logger
}

// Routes returns the rows of 207, 215 and 316. They write files, so they run on pool.
func (d *Deleter) Routes(pool *remoting.Pool) []remoting.Route {
	return []remoting.Route{
		{
			Code: protocol.DeleteSubscriptionGroup, Run: pool,
			Access: remoting.Access{Action: remoting.ActionDelete, Resources: remoting.Field(remoting.KindGroup, "groupName")},
			Handle: remoting.Typed(d.group),
		},
		{
			Code: protocol.DeleteTopicInBroker, Run: pool,
			Access: remoting.Access{Action: remoting.ActionDelete, Resources: remoting.Field(remoting.KindTopic, "topic")},
			Handle: remoting.Typed(d.topic),
		},
		{
			Code: protocol.CleanUnusedTopic, Run: pool,
			Access: remoting.Access{Action: remoting.ActionUpdate, Resources: remoting.NoResource}, Handle: remoting.Plain(d.unused),
		},
	}
}

func (d *Deleter) topic(r *remoting.Request, h *protocol.TopicRequest) (remoting.Reply, error) {
	switch {
	case strings.TrimSpace(h.Topic) == "":
		return remoting.Reply{}, remoting.Errorf(protocol.InvalidParameter, "The specified topic is blank.")
	case d.Topics.Guarded(h.Topic):
		return remoting.Reply{}, remoting.Errorf(protocol.InvalidParameter, "The topic[%.300s] is conflict with system topic.", h.Topic)
	}
	names := append([]string{h.Topic}, d.retryTopics(h.Topic)...)
	var errs []error
	for _, name := range names {
		errs = append(errs, d.deleteTopic(name))
	}
	d.Deleted()
	d.Log.Info("topic deleted", "topics", names, "by", r.Peer.RemoteAddr())
	return remoting.Reply{}, errors.Join(errs...)
}

// retryTopics are those in which POP keeps a topic's failed messages, group by group, in both of its
// ways to name them. Java: KeyBuilder.buildPopRetryTopic.
func (d *Deleter) retryTopics(topic string) []string {
	if !d.RetryTopics() {
		return nil
	}
	var names []string
	for _, group := range d.Offsets.Groups(topic) {
		for _, separator := range []string{"+", "_"} {
			if name := record.RetryPrefix + group + separator + topic; d.Topics.Exists([]byte(name)) {
				names = append(names, name)
			}
		}
	}
	return names
}

// deleteTopic begins with the table, so that nobody finds the topic any more, and ends with the offsets, which
// pulls that are under way may still commit.
func (d *Deleter) deleteTopic(name string) error {
	_, err := d.Topics.Delete(name)
	err = errors.Join(err, d.Queues.DeleteTopic([]byte(name)))
	d.Offsets.DropTopic(name)
	d.Counters.ForgetTopic(name)
	for _, p := range d.Pending {
		p.ForgetTopic(name)
	}
	return err
}

func (d *Deleter) group(r *remoting.Request, h *protocol.DeleteGroupRequest) (remoting.Reply, error) {
	found, err := d.Groups.Delete(h.GroupName)
	offsets := 0
	if h.CleanOffset {
		offsets = d.Offsets.DropGroup(h.GroupName)
	}
	d.Counters.ForgetGroup(h.GroupName)
	d.Log.Info("group deleted", "group", h.GroupName, "existed", found, "offsets", offsets, "by", r.Peer.RemoteAddr())
	return remoting.Reply{}, err
}

// unused leaves light queues alone, which are in no table.
func (d *Deleter) unused(*remoting.Request) (remoting.Reply, error) {
	var errs []error
	for _, name := range d.Queues.Topics() {
		if d.Topics.Exists([]byte(name)) || record.IsSystemTopic(name) || strings.HasPrefix(name, record.LMQPrefix) {
			continue
		}
		errs = append(errs, d.Queues.DeleteTopic([]byte(name)))
		d.Log.Info("queues of a topic that is not in the table deleted", "topic", name)
	}
	return remoting.Reply{}, errors.Join(errs...)
}
