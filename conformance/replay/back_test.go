package replay

import (
	"strconv"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// back sends a message for a consumer to send back, and returns the request with the place where it is.
func (w *world) back(x *exchange) []byte {
	w.t.Helper()
	const topic = "SentBack"
	w.topic(topic)
	answer, err := w.control.Call(protocol.SendMessage, &protocol.SendRequest{
		ProducerGroup: []byte("P"), Topic: []byte(topic), DefaultTopic: []byte("TBW102"), BornTimestamp: 1795230399999,
		Properties: record.AppendProperty(nil, record.PropUniqKey, "replay"),
	}, []byte("back"))
	if err != nil || answer.Code != protocol.Success {
		w.t.Fatalf("a message to send back: %v, %s", err, brief(answer))
	}
	_, phyOff, err := record.ParseOffsetID(field(answer, "msgId"))
	if err != nil {
		w.t.Fatal(err)
	}
	return w.rewritten(x, map[string]string{"offset": strconv.FormatInt(phyOff, 10)})
}
