package clients

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// join sends a heartbeat.
func join(t *testing.T, router *remoting.Router, p *peer.Peer, d *protocol.HeartbeatData) {
	t.Helper()
	if a := p.Ask(t, router, frame(t, protocol.HeartBeat, nil, string(fastjson.Append(nil, d)))); a.Code != protocol.Success {
		t.Fatalf("heartbeat: %d %s", a.Code, a.Remark)
	}
}

func read[T any](t *testing.T, body []byte) (v T) {
	t.Helper()
	if err := fastjson.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

// A group that is as Java's was is shown as Java showed it.
func TestGoldenConsumerConnections(t *testing.T) {
	for _, f := range peer.Recorded(t, 203, 3) {
		_, router := serve(t, Options{})
		want := peer.Decode(t, f.Response)
		if want.Code == protocol.Success {
			java := read[protocol.ConsumerConnections](t, want.Body)
			group, _ := peer.Decode(t, f.Request).Lookup("consumerGroup")
			join(t, router, peer.New(), &protocol.HeartbeatData{
				ClientID: java.ConnectionSet[0].ClientID, ConsumerDataSet: []protocol.ConsumerData{{
					GroupName: string(group), ConsumeType: java.ConsumeType, MessageModel: java.MessageModel, ConsumeFromWhere: java.ConsumeFromWhere,
					SubscriptionDataSet: slices.Collect(maps.Values(java.SubscriptionTable)),
				}},
			})
			java.ConnectionSet[0].ClientAddr = peer.New().RemoteAddr().String()
			want.Body = fastjson.Append(nil, &java)
		}
		got := peer.New().Ask(t, router, f.Request)
		peer.LikeJava(t, &f, got)
		if string(got.Body) != string(want.Body) {
			t.Errorf("%s: body\n%s, Java\n%s", f.ReqFile, got.Body, want.Body)
		}
	}
}

func TestGoldenProducerConnections(t *testing.T) {
	for _, f := range peer.Recorded(t, 204, 3) {
		_, router := serve(t, Options{})
		want := peer.Decode(t, f.Response)
		if want.Code == protocol.Success {
			java := read[protocol.ProducerConnections](t, want.Body)
			group, _ := peer.Decode(t, f.Request).Lookup("producerGroup")
			join(t, router, peer.New(), producerOf(java.ConnectionSet[0].ClientID, string(group)))
			java.ConnectionSet[0].ClientAddr = peer.New().RemoteAddr().String()
			want.Body = fastjson.Append(nil, &java)
		}
		got := peer.New().Ask(t, router, f.Request)
		peer.LikeJava(t, &f, got)
		if string(got.Body) != string(want.Body) {
			t.Errorf("%s: body\n%s, Java\n%s", f.ReqFile, got.Body, want.Body)
		}
	}
}

func producerOf(client string, groups ...string) *protocol.HeartbeatData {
	d := &protocol.HeartbeatData{ClientID: client}
	for _, g := range groups {
		d.ProducerDataSet = append(d.ProducerDataSet, protocol.ProducerData{GroupName: g})
	}
	return d
}

// All producers of the recording come and are listed as Java listed them.
func TestGoldenProducers(t *testing.T) {
	for _, f := range peer.Recorded(t, 328, 2) {
		_, router := serve(t, Options{})
		java := read[protocol.AllProducers](t, peer.Decode(t, f.Response).Body)
		for group, members := range java.Data {
			for _, m := range members {
				join(t, router, peer.New(), producerOf(m.ClientID, group))
			}
		}
		got := peer.New().Ask(t, router, f.Request)
		peer.LikeJava(t, &f, got)
		ours := read[protocol.AllProducers](t, got.Body)
		for _, all := range []protocol.AllProducers{ours, java} {
			for _, members := range all.Data {
				for i := range members {
					m := &members[i]
					if m.LastUpdateTimestamp < 1_700_000_000_000 || m.RemoteIP[0] != '/' {
						t.Errorf("%s: %+v has no time or no address", f.ReqFile, m)
					}
					m.LastUpdateTimestamp, m.RemoteIP = 0, ""
				}
				slices.SortFunc(members, func(a, b protocol.ProducerInfo) int { return slices.Compare([]byte(a.ClientID), []byte(b.ClientID)) })
			}
		}
		if !reflect.DeepEqual(ours, java) {
			t.Errorf("%s: got %+v\nJava %+v", f.ReqFile, ours, java)
		}
	}
}

func TestGoldenSubscription(t *testing.T) {
	_, router := serve(t, Options{})
	join(t, router, peer.New(), consumerOf("c", "G", "T=7=TagA || TagB"))
	for _, f := range peer.Recorded(t, 345, 2) {
		got := peer.New().Ask(t, router, f.Request)
		peer.LikeJava(t, &f, got)
		if want := peer.Decode(t, f.Response); string(got.Body) != string(want.Body) {
			t.Errorf("%s: body %s, Java %s", f.ReqFile, got.Body, want.Body)
		}
	}
	got := peer.New().Ask(t, router, frame(t, 345, &protocol.QuerySubscriptionRequest{Group: "G", Topic: "T"}, ""))
	const want = `{"group":"G","subscriptionData":{"classFilterMode":false,"codeSet":[2598919,2598920],"expressionType":"TAG",` +
		`"subString":"TagA || TagB","subVersion":7,"tagsSet":["TagA","TagB"],"topic":"T"},"topic":"T"}`
	if string(got.Body) != want {
		t.Errorf("got %s, want %s", got.Body, want)
	}
}

// Tools dereference what Java would leave away as null.
func TestConsumerConnectionsOfAnIncompleteHeartbeat(t *testing.T) {
	_, router := serve(t, Options{})
	p := peer.New()
	join(t, router, p, &protocol.HeartbeatData{ClientID: "c", ConsumerDataSet: []protocol.ConsumerData{{GroupName: "G"}}})
	got := p.Ask(t, router, frame(t, 203, &protocol.ConsumerGroupRequest{ConsumerGroup: "G"}, ""))
	const want = `{"connectionSet":[{"clientAddr":"127.0.0.1:40001","clientId":"c","language":"JAVA","version":479}],` +
		`"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET","consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","subscriptionTable":{}}`
	if string(got.Body) != want {
		t.Errorf("got %s, want %s", got.Body, want)
	}
}

func TestSubscribers(t *testing.T) {
	table, router := serve(t, Options{})
	join(t, router, peer.New(), consumerOf("c", "G", "T=1"))
	join(t, router, peer.New(), consumerOf("d", "H", "T=1", "U=1"))
	join(t, router, peer.New(), consumerOf("e", "I"))
	for topic, want := range map[string][]string{"T": {"G", "H"}, "U": {"H"}, "V": nil} {
		if got := table.Subscribers(topic); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			t.Errorf("%s: got %q, want %q", topic, got, want)
		}
	}
	for _, tt := range []struct {
		group, topic string
		want         bool
	}{{"G", "T", false}, {"G", "U", true}, {"I", "T", false}, {"absent", "T", false}} {
		if got := table.Unwanted(tt.group, tt.topic); got != tt.want {
			t.Errorf("%s, %s: got %t, want %t", tt.group, tt.topic, got, tt.want)
		}
	}
}
