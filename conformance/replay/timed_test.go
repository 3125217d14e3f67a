package replay

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// recall makes the topic, and the handle one of a message that is due in a minute.
func (w *world) recall(x *exchange) []byte {
	w.t.Helper()
	w.topic(field(x.req, "topic"))
	raw, err := base64.URLEncoding.DecodeString(field(x.req, "recallHandle"))
	if err != nil {
		w.t.Fatal(err)
	}
	items := strings.Split(string(raw), " ")
	items[3] = strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10)
	return w.rewritten(x, map[string]string{"recallHandle": base64.URLEncoding.EncodeToString([]byte(strings.Join(items, " ")))})
}

// timed has a message that named a moment name one to come.
func (w *world) timed(x *exchange) []byte {
	w.t.Helper()
	const name = record.PropTimerDeliverMS
	props := []byte(field(x.req, "i"))
	if _, ok := record.Property(props, name); !ok {
		return x.Request
	}
	props = record.AppendProperty(record.AppendWithout(nil, props, name), name, strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10))
	return w.rewritten(x, map[string]string{"i": string(props)})
}

// waiting has a message wait for its moment in each topic of which Java's answer told.
func (w *world) waiting(x *exchange) {
	w.t.Helper()
	for topic := range w.timers(x.want.Body) {
		w.topic(topic)
		due := strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10)
		answer, err := w.control.Call(protocol.SendMessage, &protocol.SendRequest{
			ProducerGroup: []byte("P"), Topic: []byte(topic), DefaultTopic: []byte("TBW102"), BornTimestamp: 1795230399999,
			Properties: record.AppendProperty(nil, record.PropTimerDeliverMS, due),
		}, []byte("timed"))
		if err != nil || answer.Code != protocol.Success {
			w.t.Fatalf("a message that waits: %v, %s", err, brief(answer))
		}
		w.until("a message of "+topic+" waits", func() bool {
			return w.timers(w.exchange(w.of(x.Caller, x.target), x.Request, int32(x.Opaque), true).Body)[topic] > 0
		})
	}
}

// timers is how many messages of each topic wait.
func (w *world) timers(body []byte) map[string]int64 {
	w.t.Helper()
	var told struct {
		TimingCount map[string]struct{ Count int64 }
	}
	if err := json.Unmarshal(body, &told); err != nil {
		w.t.Fatal(err)
	}
	counts := make(map[string]int64)
	for topic, c := range told.TimingCount {
		counts[topic] = c.Count
	}
	return counts
}
