package doctor

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/jprops"
	"github.com/gannetmq/gannet/compat/mqversion"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/client"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// questions asks brokers and name servers, RocketMQ's too.
type questions struct {
	client  *client.Client
	timeout time.Duration
}

// call asks once. The error tells of an answer other than code 0 as well, and is then a
// *remoting.Error.
func (q questions) call(ctx context.Context, addr string, m *remoting.Message) (*wire.Command, error) {
	ctx, cancel := context.WithTimeout(ctx, q.timeout)
	defer cancel()
	answer, err := q.client.Call(ctx, addr, m)
	if err != nil {
		return nil, err
	}
	if answer.Code != protocol.Success {
		return nil, remoting.Errorf(answer.Code, "%s", answer.Remark)
	}
	return answer, nil
}

// broker asks for settings and figures.
func (q questions) broker(ctx context.Context, addr string) Broker {
	b := Broker{Addr: addr}
	began := time.Now()
	answer, err := q.call(ctx, addr, &remoting.Message{Code: protocol.GetBrokerRuntimeInfo})
	ended := time.Now()
	if err != nil {
		b.Err = err
		return b
	}
	b.Version = mqversion.Name(int(answer.Version))
	var figures protocol.KVTable
	if b.Err = fastjson.Unmarshal(answer.Body, &figures); b.Err != nil {
		return b
	}
	b.Figures = figures.Table
	if v := b.Figures["brokerVersionDesc"]; v != "" {
		b.Version = v
	}
	b.Clock = clock(b.Figures, began, ended)
	if answer, b.Err = q.call(ctx, addr, &remoting.Message{Code: protocol.GetBrokerConfig}); b.Err != nil {
		return b
	}
	file, err := jprops.LoadText(answer.Body)
	if err != nil {
		b.Err = fmt.Errorf("configuration of %s: %w", addr, err)
		return b
	}
	b.Settings = make(map[string]string, len(file.Entries))
	for _, e := range file.Entries {
		b.Settings[e.Key] = e.Value
	}
	return b
}

// upTime is how brokers tell how long they have been up. Java: StoreStatsService.getFormatRuntime.
var upTime = regexp.MustCompile(`^\[ (\d+) days, (\d+) hours, (\d+) minutes, (\d+) seconds \]$`)

// clock finds a broker's time: when it was started, and for how long it has been up, in whole seconds.
// A broker of this project counts the second without its clock, so that a clock that was set since
// its start is not seen.
func clock(figures map[string]string, began, ended time.Time) Clock {
	boot, ok := number(figures["bootTimestamp"])
	m := upTime.FindStringSubmatch(figures["runtime"])
	if !ok || m == nil {
		return Clock{}
	}
	up := time.Duration(0)
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, err := strconv.ParseInt(m[i+1], 10, 32)
		if err != nil {
			return Clock{}
		}
		up += time.Duration(n) * unit
	}
	theirs := time.UnixMilli(boot).Add(up + time.Second/2)
	return Clock{Known: true, Ahead: theirs.Sub(began.Add(ended.Sub(began) / 2).Round(0))}
}

// nameServer asks for the brokers it knows, and for the route of a topic if one is given.
func (q questions) nameServer(ctx context.Context, addr, topic string) NameServer {
	n := NameServer{Addr: addr}
	answer, err := q.call(ctx, addr, &remoting.Message{Code: protocol.GetBrokerClusterInfo})
	if err == nil {
		n.Version = mqversion.Name(int(answer.Version))
		err = fastjson.Unmarshal(answer.Body, &n.Cluster)
	}
	if n.Err = err; err != nil || topic == "" {
		return n
	}
	n.Route, n.RouteErr = q.route(ctx, addr, topic)
	if n.Route == nil && n.RouteErr == nil {
		n.Topics = q.topics(ctx, addr)
	}
	return n
}

// route is nil if the name server knows none.
func (q questions) route(ctx context.Context, addr, topic string) (*protocol.TopicRouteData, error) {
	answer, err := q.call(ctx, addr, &remoting.Message{Code: protocol.GetRouteInfoByTopic, Header: &protocol.RouteRequest{Topic: topic}})
	if refused, ok := err.(*remoting.Error); ok && refused.Code == protocol.TopicNotExist {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	route := new(protocol.TopicRouteData)
	return route, fastjson.Unmarshal(answer.Body, route)
}

// topics lists all, for a hint only: nothing if the name server does not tell.
func (q questions) topics(ctx context.Context, addr string) []string {
	var list protocol.TopicList
	answer, err := q.call(ctx, addr, &remoting.Message{Code: protocol.GetAllTopicListFromNameServer})
	if err != nil || fastjson.Unmarshal(answer.Body, &list) != nil {
		return nil
	}
	slices.Sort(list.TopicList)
	return list.TopicList
}
