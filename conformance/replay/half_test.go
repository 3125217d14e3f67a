package replay

import (
	"strconv"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// half sends a half message for the request to be about, and returns the request with the place where it is.
func (w *world) half(x *exchange) []byte {
	w.t.Helper()
	const topic = "Halves"
	w.topic(topic)
	var props []byte
	for _, p := range [][2]string{
		{record.PropTranPrepared, "true"}, {record.PropProducerGroup, field(x.req, "producerGroup")}, {record.PropUniqKey, "replay"},
	} {
		props = record.AppendProperty(props, p[0], p[1])
	}
	answer, err := w.control.Call(protocol.SendMessage, &protocol.SendRequest{
		ProducerGroup: []byte("P"), Topic: []byte(topic), DefaultTopic: []byte("TBW102"), SysFlag: record.SysTranPrepared,
		BornTimestamp: 1795230399999, Properties: props,
	}, []byte("half"))
	if err != nil || answer.Code != protocol.Success {
		w.t.Fatalf("a half message: %v, %s", err, brief(answer))
	}
	id := field(answer, "msgId")
	_, phyOff, err := record.ParseOffsetID(id)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.rewritten(x, map[string]string{
		"commitLogOffset": strconv.FormatInt(phyOff, 10), "tranStateTableOffset": field(answer, "queueOffset"), "msgId": id,
	})
}
