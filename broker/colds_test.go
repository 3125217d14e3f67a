package broker

import (
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/admin"
	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Cold reads are not watched by default; the switch, the thresholds and what administrators set count at once.
func TestColdReadsAreWatched(t *testing.T) {
	b, call := sent(t)
	g := coldGroups{b.cold, b}
	set := func(key, value string) {
		t.Helper()
		if err := (settings{b}).Change([]admin.Setting{{Key: key, Value: value}}); err != nil {
			t.Fatal(err)
		}
	}
	spent := func() bool { _, yes := g.Spent([]byte("G")); return yes }
	g.Read([]byte("G"), 1<<40)
	if spent() {
		t.Error("by default: spent")
	}
	set("coldDataFlowControlEnable", "true")
	set("cgColdReadThreshold", "0")
	g.Read([]byte("G"), 7)
	if !spent() {
		t.Error("threshold 0: not spent")
	}
	if a := call(protocol.UpdateColdDataFlowCtrConfig, nil, []byte("G=1000000000\n")); a.Code != protocol.Success || spent() {
		t.Errorf("2001: %d %s, spent %t, want 0 and false", a.Code, a.Remark, spent())
	}
	info := string(call(protocol.GetColdDataFlowCtrInfo, nil, nil).Body)
	for _, want := range []string{`"runtimeTable":{"G":{"coldAcc":`, `"configTable":{"G":1000000000},"cgColdReadThreshold":0,`} {
		if !strings.Contains(info, want) {
			t.Errorf("2003: %s, want %s in it", info, want)
		}
	}
	set("globalColdReadThreshold", "0")
	if !spent() {
		t.Error("all together: not spent")
	}
	set("coldDataFlowControlEnable", "false")
	if spent() {
		t.Error("off again: spent")
	}
}

// Who pulls by himself is told by heartbeats.
func TestWhoPolls(t *testing.T) {
	b, call := sent(t)
	call(protocol.HeartBeat, nil, fastjson.Append(nil, &protocol.HeartbeatData{ClientID: "p", ConsumerDataSet: []protocol.ConsumerData{{
		GroupName: "P", ConsumeType: protocol.ConsumeActively, MessageModel: protocol.Clustering,
	}}}))
	g := coldGroups{b.cold, b}
	for group, want := range map[string]bool{"P": true, "G": false, "nobody": false} {
		if got := g.Polls([]byte(group)); got != want {
			t.Errorf("%s: %t, want %t", group, got, want)
		}
	}
}
