package replay

import (
	"math"
	"net/netip"
	"strconv"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// place is one of a queue's offsets.
type place struct {
	topic string
	queue int32
	off   int64
}

// found lists the messages that Java returned anywhere in a scene, by their places.
func (w *world) found(list []*exchange) {
	w.t.Helper()
	w.messages, w.lies = make(map[place]*record.View), make(map[string]int64)
	for _, x := range list {
		if x.want == nil || !holdsRecords(x.Code) {
			continue
		}
		views, err := records(x.want.Body)
		if err != nil {
			w.t.Fatalf("%s: %v", x.name, err)
		}
		for i := range views {
			at := placeOf(&views[i])
			if w.messages[at] == nil {
				w.messages[at] = &views[i]
			}
		}
	}
	w.fillAhead(list)
}

// fillAhead puts those messages before anything else is sent to their queues, as many as a queue had
// whenever Java tells of it.
func (w *world) fillAhead(list []*exchange) {
	w.t.Helper()
	type queue struct {
		topic string
		id    int32
	}
	until, short := make(map[queue]int64), make(map[queue]int64)
	for at := range w.messages {
		q := queue{at.topic, at.queue}
		until[q], short[q] = max(until[q], at.off+1), math.MaxInt64
	}
	for _, x := range list {
		if x.want != nil && field(x.want, "maxOffset") != "" {
			q := queue{field(x.req, "topic"), int32(number(x.req, "queueId"))}
			short[q] = min(short[q], number(x.want, "maxOffset"))
		}
	}
	for q, end := range until {
		w.topic(q.topic)
		w.fill(q.topic, q.id, min(end, short[q]))
	}
}

func placeOf(v *record.View) place { return place{string(v.Topic), v.QueueID, v.QueueOffset} }

// fill puts messages into a queue until it has so many: those that Java returned where they were, others
// between them.
func (w *world) fill(topic string, queue int32, until int64) {
	w.t.Helper()
	for i := w.end(topic, queue); i < until; i++ {
		at := place{topic, queue, i}
		v := w.messages[at]
		if v == nil {
			v = &record.View{Body: []byte("filler"), Properties: record.AppendProperty(nil, record.PropTags, "filler")}
		}
		w.lies[describe(v)] = w.put(topic, queue, v)
	}
}

func (w *world) end(topic string, queue int32) int64 {
	w.t.Helper()
	return number(w.call(protocol.GetMaxOffset, &protocol.MaxOffsetRequest{Topic: topic, QueueID: queue}), "offset")
}

// put stores a message and returns where it lies in the log.
func (w *world) put(topic string, queue int32, v *record.View) int64 {
	w.t.Helper()
	host := netip.MustParseAddrPort("127.0.0.1:10911")
	var e record.Encoded
	err := e.Set(&record.Message{
		Topic: []byte(topic), QueueID: queue, Flag: v.Flag, SysFlag: v.SysFlag, BornTime: v.BornTime, BornHost: host, StoreHost: host,
		ReconsumeTimes: v.ReconsumeTimes, Body: v.Body, Properties: v.Properties,
	}, record.EncodeOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	done := make(settled, 1)
	placed, err := w.broker.Put([]byte(topic), queue, &e, done)
	if err == nil {
		err = <-done
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.until("a message is seen", func() bool { return w.end(topic, queue) > placed.QueueOffset })
	return placed.PhyOffset
}

type settled chan error

func (s settled) Settled(err error) { s <- err }

// beforeLook stores the messages that Java found, and asks for them where ours lie.
func (w *world) beforeLook(x *exchange) []byte {
	w.t.Helper()
	list, err := records(x.want.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	frame := x.Request
	if int32(x.Code) == protocol.QueryMessage {
		frame = w.rewritten(x, map[string]string{"beginTimestamp": "0", "endTimestamp": strconv.FormatInt(math.MaxInt64, 10)})
	}
	for i := range list {
		w.topic(string(list[i].Topic))
		w.fill(string(list[i].Topic), list[i].QueueID, list[i].QueueOffset+1)
		if _, ok := w.lies[describe(&list[i])]; !ok { // another message has its place
			w.lies[describe(&list[i])] = w.put(string(list[i].Topic), list[i].QueueID, &list[i])
		}
		if int32(x.Code) == protocol.ViewMessageByID {
			frame = w.rewritten(x, map[string]string{"offset": strconv.FormatInt(w.lies[describe(&list[i])], 10)})
		}
	}
	if len(list) > 0 && int32(x.Code) == protocol.QueryMessage {
		c := w.of(x.Caller, "broker")
		w.until(x.name+": the index has the messages", func() bool {
			got := w.exchange(c, frame, int32(x.Opaque), true)
			return got.Code == protocol.Success && len(compareFound(got.Body, x.want.Body)) == 0
		})
	}
	return frame
}
