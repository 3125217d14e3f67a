package stats

import (
	"context"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

func serve(t *testing.T, table *Table) *remoting.Router {
	t.Helper()
	pool := remoting.NewPool("admin", 1, 64)
	t.Cleanup(func() {
		if err := pool.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return peer.Router(t, table.Routes(pool))
}

func request(t *testing.T, name, key string) []byte {
	t.Helper()
	m := remoting.Message{Code: protocol.ViewBrokerStatsData, Header: &protocol.StatsDataRequest{StatsName: name, StatsKey: key}}
	f, err := m.Append(nil, new(wire.Encoder), wire.Head{Opaque: 7})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// 315 answers the recorded requests as Java did, whose broker had counted TopicA and no others.
func TestGoldenStats(t *testing.T) {
	for _, f := range peer.Recorded(t, 315, 7) {
		table := newTable(Options{})
		table.Put([]byte("TopicA"), 0, 1, 1, 0)
		got := peer.Ask(t, serve(t, table), f.Request)
		peer.LikeJava(t, &f, got)
		if want := peer.Decode(t, f.Response); string(got.Body) != string(want.Body) {
			t.Errorf("%s: body %s, Java %s", f.ReqFile, got.Body, want.Body)
		}
	}
}

func TestStatsBody(t *testing.T) {
	table := newTable(Options{})
	table.Put([]byte("T"), 0, 3, 600, 0)
	table.sample(1_700_000_000_000, true, true)
	got := peer.Ask(t, serve(t, table), request(t, "TOPIC_PUT_SIZE", "T"))
	var body protocol.BrokerStats
	if err := fastjson.Unmarshal(got.Body, &body); err != nil || got.Code != 0 {
		t.Fatalf("%d %s: %v", got.Code, got.Remark, err)
	}
	want := protocol.BrokerStats{
		StatsMinute: protocol.StatsItem{AvgPT: 600, Sum: 600, TPS: 60}, StatsHour: protocol.StatsItem{AvgPT: 600, Sum: 600, TPS: 1},
		StatsDay: protocol.StatsItem{AvgPT: 600, Sum: 600, TPS: 600.0 / 3600},
	}
	if body != want {
		t.Errorf("got %+v, want %+v", body, want)
	}
}
