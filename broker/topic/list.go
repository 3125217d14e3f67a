package topic

import (
	"maps"
	"slices"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// listed names the topics of a request 18. A body that does not decode names none, and is refused.
func listed(r *remoting.Request, dst []remoting.Resource) []remoting.Resource {
	var body protocol.CreateTopicList
	if fastjson.Unmarshal(r.Cmd.Body, &body) != nil {
		return dst
	}
	for i := range body.TopicConfigList {
		dst = append(dst, remoting.Resource{Kind: remoting.KindTopic, Name: body.TopicConfigList[i].TopicName})
	}
	return dst
}

// updateList serves 18. Attributes are modifications as in 17, but already taken apart: the names in
// the list have the + or - in front.
func (t *Table) updateList(r *remoting.Request) (remoting.Reply, error) {
	var body protocol.CreateTopicList
	if err := fastjson.Unmarshal(r.Cmd.Body, &body); err != nil {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "the body is no list of topics: %v", err)
	}
	changes := make([]Change, len(body.TopicConfigList))
	for i := range changes {
		ch := &changes[i]
		*ch = changeOf(&body.TopicConfigList[i])
		if err := t.checkName(&ch.Config); err != nil {
			return remoting.Reply{}, err
		}
		if err := t.checkNumbers(&ch.Config); err != nil {
			return remoting.Reply{}, err
		}
	}
	if err := t.UpdateAll(changes); err != nil {
		return remoting.Reply{}, err
	}
	return remoting.Reply{Remark: remoting.RemarkUnset}, nil
}

func changeOf(b *protocol.TopicConfig) Change {
	ch := Change{Config: Config{
		Name: b.TopicName, ReadQueues: b.ReadQueueNums, WriteQueues: b.WriteQueueNums, Perm: b.Perm,
		FilterType: b.TopicFilterType, SysFlag: b.TopicSysFlag, Order: b.Order,
	}}
	for _, key := range slices.Sorted(maps.Keys(b.Attributes)) {
		ch.edits = append(ch.edits, edit{key, b.Attributes[key]})
	}
	return ch
}

// all serves 21. A client that names a first topic, as those newer than 5.3.3 do, gets the page that it
// asks for and is told how many topics there are; others get everything and an empty header.
func (t *Table) all(_ *remoting.Request, h *protocol.AllTopicConfigRequest) (remoting.Reply, error) {
	topics, version := t.All()
	var answer protocol.AllTopicConfigResponse
	paged := h.Seq.Set
	if paged {
		answer.Total = int32(len(topics))
		from, to := page(len(topics), h.Seq.Value, h.Max.Or(pageSize), h.DataVersion, version)
		topics = topics[from:to]
	}
	table := protocol.TopicTable{DataVersion: version, TopicConfigTable: make(map[string]protocol.TopicConfig, len(topics))}
	for _, c := range topics {
		table.TopicConfigTable[c.Name] = c.body()
	}
	reply := remoting.Reply{Body: fastjson.Append(nil, &table)}
	if paged {
		reply.Header = &answer
	}
	return reply, nil
}

// pageSize is the most topics of a page. Java: splitMetadataSize.
const pageSize = 2000

// page is the part of a table of n entries that begins with entry seq and has at most size of them.
// A client that goes on with another version than it began with starts from the beginning. Java:
// AdminBrokerProcessor.getAllTopicConfig of 5.3.4.
func page(n int, seq, size int32, of string, is protocol.DataVersion) (from, to int) {
	var began protocol.DataVersion
	if of != "" && (fastjson.Unmarshal([]byte(of), &began) != nil || began != is) {
		seq = 0
	}
	if size <= 0 {
		size = pageSize
	}
	from = min(max(int(seq), 0), n)
	return from, min(from+int(min(size, pageSize)), n)
}

// one serves 351. There are no static topics, so the part about them is never there.
func (t *Table) one(_ *remoting.Request, h *protocol.TopicRequest) (remoting.Reply, error) {
	c := t.Lookup([]byte(h.Topic))
	if c == nil {
		return remoting.Reply{}, remoting.Errorf(protocol.TopicNotExist, "No topic in this broker. topic: %.300s", h.Topic)
	}
	return remoting.Reply{Body: fastjson.Append(nil, &protocol.TopicConfigWithMapping{TopicConfig: c.body()})}, nil
}

// systemList serves 305.
func (t *Table) systemList(*remoting.Request) (remoting.Reply, error) {
	return remoting.Reply{Body: fastjson.Append(nil, &protocol.TopicList{TopicList: t.systemNames()})}, nil
}
