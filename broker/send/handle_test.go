package send_test

import (
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// elsewhere serves times: it sends their messages to another topic.
type elsewhere struct{}

var elsewhereTopic = []byte("Elsewhere")

func (elsewhere) BeforePut(m *record.Message, asks send.Asks) (send.Asks, error) {
	if asks&send.AsksTime != 0 {
		m.Topic, m.QueueID = elsewhereTopic, 0
		m.Properties = record.AppendProperty(m.Properties, record.PropRealTopic, "TopicA")
	}
	return asks &^ send.AsksTime, nil
}

// Who sent a message that waits elsewhere is told how to take it back; nobody else is.
func TestRecallHandle(t *testing.T) {
	o := options()
	o.Handle = func(dst []byte, m *record.Message, uniqKey []byte) []byte {
		if string(m.Topic) != "Elsewhere" || !strings.Contains(string(m.Properties), "REAL_TOPIC\x01TopicA") {
			t.Errorf("asked for the handle of a message of %s with %q", m.Topic, m.Properties)
		}
		return append(append(dst, "handle of "...), uniqKey...)
	}
	b := start(t, vfs.NewMem(), smallStore(), o, elsewhere{})
	for _, c := range []struct{ props, want string }{
		{"TIMER_DELAY_MS\x015\x02UNIQ_KEY\x01K\x02", "handle of K"},
		{"UNIQ_KEY\x01K\x02TIMER_DELIVER_MS\x015\x02", "handle of K"},
		{"UNIQ_KEY\x01K\x02", ""},
	} {
		answer := peer.New().Ask(t, b.router, message{topic: "TopicA", body: []byte("x"), props: c.props}.frame(t, wire.JSON))
		if got, _ := answer.Lookup("recallHandle"); answer.Code != 0 || string(got) != c.want {
			t.Errorf("%q: answered %d %q with the handle %q, want %q", c.props, answer.Code, answer.Remark, got, c.want)
		}
	}
}
