package cold

import (
	"fmt"
	"strings"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/jprops"
	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Java: AdminBrokerProcessor.updateColdDataFlowCtrGroupConfig and so on.
//
//	2001 UPDATE_COLD_DATA_FLOW_CTR_CONFIG  properties, group=bytes in 5 s; they are kept until the broker stops
//	2002 REMOVE_COLD_DATA_FLOW_CTR_CONFIG  the body is a group's name
//	2003 GET_COLD_DATA_FLOW_CTR_INFO       what groups read in this window, and their thresholds
//	2004 SET_COMMITLOG_READ_MODE           READ_AHEAD_MODE 0 for as usual, 1 for none
//
// Deviations: Java answers 0 to thresholds that it cannot read and leaves them out; here all count, or none. 2004 changes
// nothing, dataReadAheadEnable neither, because messages that are not in memory are not read through a mapping; its remark
// says so.

// Limits of one request.
const (
	maxBody = 1 << 20 // bytes
	maxName = 255     // bytes of a group's name
)

// Routes returns the rows of 2001 to 2004.
func (a *Accounts) Routes(pool *remoting.Pool) []remoting.Route {
	access := func(action remoting.Action) remoting.Access {
		return remoting.Access{Action: action, Resources: remoting.EveryCluster}
	}
	return []remoting.Route{
		{Code: protocol.UpdateColdDataFlowCtrConfig, Run: pool, Access: access(remoting.ActionUpdate), Handle: remoting.Plain(a.update)},
		{Code: protocol.RemoveColdDataFlowCtrConfig, Run: pool, Access: access(remoting.ActionUpdate), Handle: remoting.Plain(a.remove)},
		{Code: protocol.GetColdDataFlowCtrInfo, Run: pool, Access: access(remoting.ActionGet), Handle: remoting.Plain(a.info)},
		{Code: protocol.SetCommitLogReadMode, Run: pool, Access: access(remoting.ActionUpdate), Handle: remoting.Plain(readMode)},
	}
}

func (a *Accounts) update(r *remoting.Request) (remoting.Reply, error) {
	if err := checkBody(r.Cmd.Body); err != nil {
		return remoting.Reply{}, err
	}
	file, err := jprops.LoadText(r.Cmd.Body)
	if err != nil {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "string2Properties error: %v", err)
	}
	thresholds := make(map[string]int64, len(file.Entries))
	for _, e := range file.Entries {
		n, err := jvalue.ParseLong(strings.TrimSpace(e.Value))
		if err != nil {
			return remoting.Reply{}, remoting.Errorf(protocol.InvalidParameter, "%.100q is no number of bytes", e.Value)
		}
		if e.Key == "" || len(e.Key) > maxName {
			return remoting.Reply{}, remoting.Errorf(protocol.InvalidParameter, "the name of a group of %d bytes: 1 to %d are allowed", len(e.Key), maxName)
		}
		thresholds[e.Key] = n
	}
	if err := a.Set(thresholds); err != nil {
		return remoting.Reply{}, err
	}
	for group, n := range thresholds {
		a.opts.Log.Info("threshold of cold reads set", "group", group, "bytes", n, "by", r.Peer.RemoteAddr())
	}
	return remoting.Reply{}, nil
}

func (a *Accounts) remove(r *remoting.Request) (remoting.Reply, error) {
	if err := checkBody(r.Cmd.Body); err != nil {
		return remoting.Reply{}, err
	}
	group := string(r.Cmd.Body)
	a.Unset(group)
	a.opts.Log.Info("threshold of cold reads removed", "group", group[:min(len(group), maxName)], "by", r.Peer.RemoteAddr())
	return remoting.Reply{}, nil
}

func checkBody(b []byte) error {
	if len(b) > maxBody {
		return remoting.Errorf(protocol.InvalidParameter, "body of %d bytes, limit %d", len(b), maxBody)
	}
	return nil
}

// reading is an account as mqadmin expects it. Java: AccAndTimeStamp.
type reading struct {
	Bytes    int64 `json:"coldAcc"`
	First    int64 `json:"createTimeMills"`
	LastRead int64 `json:"lastColdReadTimeMills"`
}

// adaptedSuffix follows the group's name where Java shows a threshold that the strategy made.
const adaptedSuffix = "||adaptive"

// info prints its members in the order in which Java puts them. Java: getColdDataFlowCtrInfo.
func (a *Accounts) info(*remoting.Request) (remoting.Reply, error) {
	r := a.opts.Rules()
	a.mu.Lock()
	a.roll(r)
	groups, set := make(map[string]reading, len(a.groups)), make(map[string]int64, len(a.set)+len(a.adapted))
	for name, g := range a.groups {
		groups[name] = reading{g.bytes, g.first.UnixMilli(), g.lastRead.UnixMilli()}
	}
	for name, n := range a.adapted {
		set[name+adaptedSuffix] = n
	}
	for name, n := range a.set {
		set[name] = n
	}
	total := a.total
	a.mu.Unlock() // pulls take it
	body := fastjson.Append([]byte(`{"runtimeTable":`), groups)
	body = fastjson.Append(append(body, `,"configTable":`...), set)
	body = fastjson.Append(append(body, `,"cgColdReadThreshold":`...), r.Group)
	body = fastjson.Append(append(body, `,"globalColdReadThreshold":`...), r.Global)
	body = fastjson.Append(append(body, `,"globalAcc":`...), total)
	return remoting.Reply{Body: append(body, '}')}, nil
}

// The modes of 2004, which are madvise's.
const (
	readNormal = 0
	readRandom = 1
)

// readMode changes nothing. Java: setCommitLogReadaheadMode.
func readMode(r *remoting.Request) (remoting.Reply, error) {
	if len(r.Cmd.Ext) == 0 {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "set commitlog readahead mode param error")
	}
	value, _ := r.Cmd.Lookup("READ_AHEAD_MODE")
	mode, err := jvalue.ParseInt(value)
	if err != nil {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "set commitlog readahead mode failed")
	}
	if mode != readNormal && mode != readRandom {
		return remoting.Reply{}, remoting.Errorf(protocol.InvalidParameter, "set commitlog readahead mode param value error")
	}
	return remoting.Reply{Remark: fmt.Sprintf("set commitlog readahead mode has no effect, mode: %d", mode)}, nil
}
