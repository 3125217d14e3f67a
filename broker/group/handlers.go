package group

import (
	"errors"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Java: AdminBrokerProcessor.updateAndCreateSubscriptionGroup and its neighbours.
//
//	200 UPDATE_AND_CREATE_SUBSCRIPTIONGROUP       the whole configuration of one group
//	225 UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST  the same of several
//	201 GET_ALL_SUBSCRIPTIONGROUP_CONFIG          the table, to clients newer than 5.3.3 in pages
//	352 GET_SUBSCRIPTIONGROUP_CONFIG              one group, which may appear by this use
//	353 UPDATE_AND_GET_GROUP_FORBIDDEN            whether a group may consume a topic
//
// Deviations: 200 and 225 refuse names with 29 as Java 5.3.4 does, and numbers that mean nothing; what
// is equal does not move the version; a change that could not be written is answered 1, though it
// holds until the next start. 353 allows one topic again without allowing all of them.

// Routes returns the rows of the group codes. They write a file or read the whole table, so they run on pool.
func (t *Table) Routes(pool *remoting.Pool) []remoting.Route {
	named := remoting.Field(remoting.KindGroup, "group")
	update := remoting.Access{Action: remoting.ActionUpdate, Resources: bodyNames}
	return []remoting.Route{
		{Code: protocol.UpdateAndCreateSubscriptionGroup, Run: pool, Access: update, Handle: remoting.Plain(t.update)},
		{Code: protocol.UpdateAndCreateSubscriptionGroupList, Run: pool, Access: update, Handle: remoting.Plain(t.update)},
		{
			Code: protocol.GetAllSubscriptionGroupConfig, Run: pool,
			Access: remoting.Access{Action: remoting.ActionList, Resources: remoting.NoResource}, Handle: remoting.Typed(t.all),
		},
		{
			Code: protocol.GetSubscriptionGroupConfig, Run: pool,
			Access: remoting.Access{Action: remoting.ActionGet, Resources: named}, Handle: remoting.Typed(t.one),
		},
		{
			Code: protocol.UpdateAndGetGroupForbidden, Run: pool,
			Access: remoting.Access{Action: remoting.ActionUpdate, Resources: named}, Handle: remoting.Typed(t.forbid),
		},
	}
}

// bodyNames names the groups of a request 200 or 225. A body that does not decode names none, and is refused.
func bodyNames(r *remoting.Request, dst []remoting.Resource) []remoting.Resource {
	groups, err := bodyOf(r)
	if err != nil {
		return dst
	}
	for _, c := range groups {
		dst = append(dst, remoting.Resource{Kind: remoting.KindGroup, Name: c.Name})
	}
	return dst
}

// bodyOf decodes the groups of a request 200 or 225.
func bodyOf(r *remoting.Request) ([]*Config, error) {
	var list struct {
		Groups []*Config `json:"groupConfigList"`
	}
	var err error
	if r.Cmd.Code == protocol.UpdateAndCreateSubscriptionGroup {
		list.Groups = []*Config{nil}
		err = fastjson.Unmarshal(r.Cmd.Body, &list.Groups[0])
	} else {
		err = fastjson.Unmarshal(r.Cmd.Body, &list)
	}
	for _, c := range list.Groups {
		if c == nil && err == nil {
			err = errors.New("null is no group")
		}
	}
	if err != nil {
		return nil, remoting.Errorf(protocol.SystemError, "the body is no group: %v", err)
	}
	return list.Groups, nil
}

func (t *Table) update(r *remoting.Request) (remoting.Reply, error) {
	groups, err := bodyOf(r)
	if err != nil {
		return remoting.Reply{}, err
	}
	return remoting.Reply{}, t.Update(groups)
}

// wrapper is the body of the answer to 201: what subscriptionGroup.json holds. Java:
// SubscriptionGroupWrapper, which must have its forbiddenTable.
type wrapper struct {
	Version   protocol.DataVersion        `json:"dataVersion"`
	Forbidden map[string]map[string]int32 `json:"forbiddenTable" fastjson:"notnull"`
	Groups    map[string]*Config          `json:"subscriptionGroupTable" fastjson:"notnull"`
}

// all serves 201. A client that names a first group, as those newer than 5.3.3 do, gets the page that it
// asks for and is told how many groups there are; others get everything.
func (t *Table) all(_ *remoting.Request, h *protocol.AllGroupConfigRequest) (remoting.Reply, error) {
	s := t.state.Load()
	body := wrapper{Version: s.version, Forbidden: s.forbidden, Groups: s.groups}
	if !h.Seq.Set {
		return remoting.Reply{Body: fastjson.Append(nil, &body)}, nil
	}
	body.Groups = s.page(h.Seq.Value, h.Max.Or(pageSize), h.DataVersion)
	return remoting.Reply{
		Header: &protocol.AllGroupConfigResponse{Total: int32(len(s.groups))}, Body: fastjson.Append(nil, &body),
	}, nil
}

// pageSize is the most groups of a page. Java: splitMetadataSize.
const pageSize = 2000

// page is the groups from number seq on, by name, at most size of them. A client that goes on with
// another version than it began with starts from the beginning. Java:
// AdminBrokerProcessor.getAllSubscriptionGroup of 5.3.4.
func (s *state) page(seq, size int32, of string) map[string]*Config {
	var began protocol.DataVersion
	if of != "" && (fastjson.Unmarshal([]byte(of), &began) != nil || began != s.version) {
		seq = 0
	}
	if size <= 0 {
		size = pageSize
	}
	sorted := s.sorted()
	from := min(max(int(seq), 0), len(sorted))
	groups := make(map[string]*Config)
	for _, c := range sorted[from:min(from+int(min(size, pageSize)), len(sorted))] {
		groups[c.Name] = c
	}
	return groups
}

// one serves 352.
func (t *Table) one(_ *remoting.Request, h *protocol.GroupRequest) (remoting.Reply, error) {
	c, err := t.Find([]byte(h.Group))
	if err != nil {
		return remoting.Reply{}, remoting.Errorf(protocol.SubscriptionGroupNotExist, "No group in this broker")
	}
	return remoting.Reply{Body: fastjson.Append(nil, c)}, nil
}

// ReadBit is the bit of Forbid with which an administrator forbids to consume. Java: PermName.INDEX_PERM_READ.
const ReadBit = 2

// maxTopic is how long the longest name of a topic is, in bytes.
const maxTopic = 255

// forbidden is the body of the answer to 353. Java: GroupForbidden.
type forbidden struct {
	Group    string `json:"group"`
	Readable bool   `json:"readable"`
	Topic    string `json:"topic"`
}

// forbid serves 353. Without readable it is a question.
func (t *Table) forbid(_ *remoting.Request, h *protocol.GroupForbiddenRequest) (remoting.Reply, error) {
	if h.Readable.Set {
		if remark := Invalid([]byte(h.Group)); remark != "" {
			return remoting.Reply{}, remoting.Errorf(protocol.InvalidParameter, "%s", remark)
		}
		if topic := []byte(h.Topic); !allowed(topic) || len(topic) == 0 || len(topic) > maxTopic {
			return remoting.Reply{}, remoting.Errorf(protocol.InvalidParameter, "no topic is named %.300q", topic)
		}
		if err := t.Forbid(h.Group, h.Topic, ReadBit, !h.Readable.Value); err != nil {
			return remoting.Reply{}, err
		}
	}
	readable := !t.Forbidden([]byte(h.Group), []byte(h.Topic), ReadBit)
	return remoting.Reply{Body: fastjson.Append(nil, &forbidden{h.Group, readable, h.Topic})}, nil
}
