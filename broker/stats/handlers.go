package stats

import (
	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Java: AdminBrokerProcessor.viewBrokerStatsData.
//
//	315 VIEW_BROKER_STATS_DATA  one figure of one topic, group or queue, or of the broker; 1 if there is none

// Routes returns the row of 315.
func (t *Table) Routes(pool *remoting.Pool) []remoting.Route {
	return []remoting.Route{{
		Code: protocol.ViewBrokerStatsData, Run: pool,
		Access: remoting.Access{Action: remoting.ActionGet, Resources: remoting.EveryCluster}, Handle: remoting.Typed(t.view),
	}}
}

func (t *Table) view(_ *remoting.Request, h *protocol.StatsDataRequest) (remoting.Reply, error) {
	s, ok := t.Summary(h.StatsName, h.StatsKey)
	if !ok {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "The stats <%.100s> <%.1000s> not exist", h.StatsName, h.StatsKey)
	}
	body := protocol.BrokerStats{StatsMinute: item(s.Minute), StatsHour: item(s.Hour), StatsDay: item(s.Day)}
	return remoting.Reply{Body: fastjson.Append(nil, &body)}, nil
}

func item(f Figure) protocol.StatsItem {
	return protocol.StatsItem{AvgPT: f.Mean, Sum: f.Sum, TPS: f.Rate}
}
