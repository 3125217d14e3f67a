package progress

import (
	"fmt"
	"slices"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Java: getTopicStatsInfo, queryTopicConsumeByWho, queryTopicsByConsumer, queryConsumeTimeSpan.
//
//	202 GET_TOPIC_STATS_INFO       where the queues of a topic begin and end; 17 if there is none
//	300 QUERY_TOPIC_CONSUME_BY_WHO groups that subscribe to a topic or have an offset of it
//	343 QUERY_TOPICS_BY_CONSUMER   topics that a group has an offset of
//	303 QUERY_CONSUME_TIME_SPAN    when the messages of a topic were stored, and how far a group is in time
//
// Deviation: of a group without an offset 303 tells the delay of the first message; Java tells the time since 1970.

func (v *View) topic(_ *remoting.Request, q *protocol.TopicRequest) (remoting.Reply, error) {
	t, err := v.find(q.Topic)
	if err != nil {
		return remoting.Reply{}, err
	}
	body := protocol.TopicStats{OffsetTable: make(map[protocol.MessageQueue]protocol.TopicOffset), TopicPutTPS: v.Counters.PutRate(q.Topic)}
	name := []byte(q.Topic)
	for id := range t.Queues() {
		o := protocol.TopicOffset{MinOffset: v.Queues.MinOffset(name, id), MaxOffset: v.Queues.MaxOffset(name, id)}
		if o.MaxOffset > 0 {
			if o.LastUpdateTimestamp, err = v.Queues.StoreTime(name, id, o.MaxOffset-1); err != nil {
				return remoting.Reply{}, err
			}
		}
		body.OffsetTable[v.queue(q.Topic, id)] = o
	}
	return remoting.Reply{Body: fastjson.Append(nil, &body)}, nil
}

func (v *View) who(_ *remoting.Request, q *protocol.TopicRequest) (remoting.Reply, error) {
	groups := append(v.Offsets.Groups(q.Topic), v.Clients.Subscribers(q.Topic)...)
	slices.Sort(groups)
	return remoting.Reply{Body: fastjson.Append(nil, &protocol.GroupList{GroupList: slices.Compact(groups)})}, nil
}

func (v *View) what(_ *remoting.Request, q *protocol.GroupRequest) (remoting.Reply, error) {
	return remoting.Reply{Body: fastjson.Append(nil, &protocol.TopicList{BrokerAddr: v.Addr, TopicList: v.Offsets.Topics(q.Group)})}, nil
}

func (v *View) times(_ *remoting.Request, q *protocol.ConsumeTimeSpanRequest) (remoting.Reply, error) {
	t, err := v.find(q.Topic)
	if err != nil {
		return remoting.Reply{}, err
	}
	spans := make([]protocol.QueueTimeSpan, t.WriteQueues)
	for id := range t.WriteQueues {
		if spans[id], err = v.span(q.Group, q.Topic, id); err != nil {
			return remoting.Reply{}, err
		}
	}
	return remoting.Reply{Body: fastjson.Append(nil, &protocol.ConsumeTimeSpans{ConsumeTimeSpanSet: spans})}, nil
}

// span is the times of one queue.
func (v *View) span(group, topic string, id int32) (s protocol.QueueTimeSpan, err error) {
	name := []byte(topic)
	s.MessageQueue = v.queue(topic, id)
	if s.MinTimeStamp, err = v.Queues.EarliestTime(name, id); err != nil {
		return s, err
	}
	end := v.Queues.MaxOffset(name, id)
	if s.MaxTimeStamp, err = v.Queues.StoreTime(name, id, end-1); err != nil {
		return s, err
	}
	next, ok := v.Offsets.Query([]byte(group), name, id)
	if !ok {
		next = v.Queues.MinOffset(name, id)
	}
	s.ConsumeTimeStamp = s.MinTimeStamp
	if ok && next > 0 {
		if s.ConsumeTimeStamp, err = v.Queues.StoreTime(name, id, next-1); err != nil {
			return s, err
		}
	}
	if next < end {
		at, err := v.Queues.StoreTime(name, id, next)
		if err != nil {
			return s, err
		}
		if at > 0 {
			s.DelayTime = v.Now().UnixMilli() - at
		}
	}
	s.MinTimeStampStr, s.MaxTimeStampStr, s.ConsumeTimeStampStr = timeText(s.MinTimeStamp), timeText(s.MaxTimeStamp), timeText(s.ConsumeTimeStamp)
	return s, nil
}

// timeText prints Unix milliseconds in local time. Java: UtilAll.YYYY_MM_DD_HH_MM_SS_SSS.
func timeText(ms int64) string {
	at := time.UnixMilli(ms)
	return fmt.Sprintf("%s:%03d", at.Format("2006-01-02#15:04:05"), at.Nanosecond()/int(time.Millisecond))
}
