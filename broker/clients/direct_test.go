package clients

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// archive has one message, under any id but "none", and knows one topic and one group.
type archive struct{}

func (archive) Message(id string) ([]byte, error) {
	if id == "none" {
		return nil, remoting.Errorf(protocol.SystemError, "no message %s", id)
	}
	return []byte("record of " + id), nil
}

func (archive) SysFlags(topic, group string) (t, g wire.Opt[int32]) {
	if topic != "" {
		t = wire.Some[int32](3)
	}
	if group != "Unknown" {
		g = wire.Some[int32](5)
	}
	return t, g
}

// The client gets what the administrator sent, the message, and what only the broker knows; its answer comes back as
// it is.
func TestGoldenDirectly(t *testing.T) {
	for _, f := range peer.Recorded(t, 309, 3) {
		if f.Direction != "client->broker" {
			continue
		}
		request, want := peer.Decode(t, f.Request), peer.Decode(t, f.Response)
		var q protocol.ConsumeDirectlyRequest
		if err := wire.DecodeHeader(request, &q); err != nil {
			t.Fatal(err)
		}
		if want.Code != protocol.Success {
			_, router := serve(t, Options{Direct: archive{}})
			peer.LikeJava(t, &f, peer.New().Ask(t, router, f.Request))
			continue
		}
		_, router, p := relaying(t, Options{Direct: archive{}, Broker: "broker-a"}, q.ClientID, q.ConsumerGroup)
		admin := peer.New()
		if err := router.Frame(admin, f.Request); err != nil {
			t.Fatal(err)
		}
		got := p.Next(t)
		if string(got.Body) != "record of "+q.MsgID || got.Code != 309 || len(got.Ext) != len(request.Ext)+3 {
			t.Errorf("%s: the client is asked %d with %s, %q", f.ReqFile, got.Code, got.Ext, got.Body)
		}
		for field, want := range map[string]string{"brokerName": "broker-a", "topicSysFlag": "3", "groupSysFlag": "5", "msgId": q.MsgID} {
			if v, _ := got.Lookup(field); string(v) != want {
				t.Errorf("%s: %s is %q, want %q", f.ReqFile, field, v, want)
			}
		}
		p.Answer(t, router, got, want.Code, string(want.Remark), string(want.Body))
		if answer := admin.Next(t); string(answer.Body) != string(want.Body) || string(answer.Remark) != string(want.Remark) {
			t.Errorf("%s: %d %s, body %s, want %s", f.ReqFile, answer.Code, answer.Remark, answer.Body, want.Body)
		}
	}
}

func TestDirectlyRefused(t *testing.T) {
	tests := []struct {
		name   string
		direct Direct
		q      protocol.ConsumeDirectlyRequest
		remark string
	}{
		{"no such message", archive{}, protocol.ConsumeDirectlyRequest{ConsumerGroup: "G", ClientID: "c", MsgID: "none"}, "no message none"},
		{"no such client", archive{}, protocol.ConsumeDirectlyRequest{ConsumerGroup: "G", ClientID: "d"}, "The Consumer <G> <d> not online"},
		{"no messages", nil, protocol.ConsumeDirectlyRequest{ConsumerGroup: "G", ClientID: "c"}, "this broker has no messages to consume"},
	}
	for _, tt := range tests {
		_, router, p := relaying(t, Options{Direct: tt.direct}, "c", "G")
		got := peer.New().Ask(t, router, frame(t, 309, &tt.q, ""))
		if got.Code != protocol.SystemError || string(got.Remark) != tt.remark || len(p.Answers) != 0 {
			t.Errorf("%s: got %d %s, %d sent to the client, want 1 %s", tt.name, got.Code, got.Remark, len(p.Answers), tt.remark)
		}
	}
}

// Fields that the administrator set are the broker's to say, and what it does not know is not said.
func TestDirectlyReplacesFields(t *testing.T) {
	_, router, p := relaying(t, Options{Direct: archive{}, Broker: "b"}, "c", "Unknown")
	q := &protocol.ConsumeDirectlyRequest{ConsumerGroup: "Unknown", ClientID: "c", BrokerName: "other"}
	if err := router.Frame(peer.New(), frame(t, 309, q, "")); err != nil {
		t.Fatal(err)
	}
	got := p.Next(t)
	names := make(map[string]int)
	for _, pair := range got.Ext {
		names[string(pair.Key)]++
	}
	if v, _ := got.Lookup("brokerName"); string(v) != "b" || names["brokerName"] != 1 || names["topicSysFlag"] != 0 || names["groupSysFlag"] != 0 {
		t.Errorf("got %s", got.Ext)
	}
	p.Answer(t, router, got, 0, "", "")
}
