package stats

import (
	"strconv"
	"strings"
)

// Summary is what was counted in the last minute, hour and day.
type Summary struct{ Minute, Hour, Day Figure }

// Java's names of figures. Those of what is not served yet (acknowledgements, reads from the disk) do
// not exist here, as they do not in Java before something was counted.
//
//	TOPIC_PUT_NUMS, TOPIC_PUT_SIZE                       topic                      messages, bytes
//	GROUP_GET_NUMS, GROUP_GET_SIZE                       topic@group                messages, bytes
//	SNDBCK_PUT_NUMS                                      topic@group                messages
//	TOPIC_PUT_LATENCY                                    queue@topic                ms
//	GROUP_GET_LATENCY                                    queue@topic@group          ms
//	BROKER_PUT_NUMS, BROKER_GET_NUMS                     cluster                    messages
//	  and both with _WITHOUT_SYSTEM_TOPIC
//
// What is served on its loop takes no millisecond; times on a pool are without the wait for one, as in Java, and without the
// wait for the disk of flushDiskType=SYNC_FLUSH.
var figures = map[string]func(t *Table, key string) (s Summary, ok bool){
	"TOPIC_PUT_NUMS":                       func(t *Table, key string) (Summary, bool) { return t.ofTopic(key, ofNums) },
	"TOPIC_PUT_SIZE":                       func(t *Table, key string) (Summary, bool) { return t.ofTopic(key, ofSize) },
	"GROUP_GET_NUMS":                       func(t *Table, key string) (Summary, bool) { return t.ofPair(key, ofNums) },
	"GROUP_GET_SIZE":                       func(t *Table, key string) (Summary, bool) { return t.ofPair(key, ofSize) },
	"SNDBCK_PUT_NUMS":                      (*Table).ofReturned,
	"TOPIC_PUT_LATENCY":                    func(t *Table, key string) (Summary, bool) { return t.latency(key, 0) },
	"GROUP_GET_LATENCY":                    func(t *Table, key string) (Summary, bool) { return t.latency(key, 1) },
	"BROKER_PUT_NUMS":                      func(t *Table, key string) (Summary, bool) { return t.ofBroker(key, t.puts[:]) },
	"BROKER_GET_NUMS":                      func(t *Table, key string) (Summary, bool) { return t.ofBroker(key, t.gots[:]) },
	"BROKER_PUT_NUMS_WITHOUT_SYSTEM_TOPIC": func(t *Table, key string) (Summary, bool) { return t.ofBroker(key, t.puts[:system]) },
	"BROKER_GET_NUMS_WITHOUT_SYSTEM_TOPIC": func(t *Table, key string) (Summary, bool) { return t.ofBroker(key, t.gots[:system]) },
}

// Summary tells of one of Java's figures; not ok: there is none, or nothing was counted under the key.
func (t *Table) Summary(name, key string) (s Summary, ok bool) {
	figure, ok := figures[name]
	if !ok {
		return Summary{}, false
	}
	return figure(t, key)
}

func (t *Table) ofTopic(topic string, unit func(totals) int64) (Summary, bool) {
	if e := t.find([]byte(topic)); e != nil && e.group == "" {
		return t.summary(&e.counter, unit)
	}
	return Summary{}, false
}

func (t *Table) ofPair(key string, unit func(totals) int64) (Summary, bool) {
	if e := t.find([]byte(key)); e != nil && e.group != "" {
		return t.summary(&e.counter, unit)
	}
	return Summary{}, false
}

func (t *Table) ofReturned(key string) (Summary, bool) {
	if e := t.find([]byte(key)); e != nil {
		if back := e.back.Load(); back != nil {
			return t.summary(back, ofNums)
		}
	}
	return Summary{}, false
}

// latency tells of a queue; groups is how many groups are in its key.
func (t *Table) latency(key string, groups int) (Summary, bool) {
	id, name, ok := strings.Cut(key, string(separator))
	n, err := strconv.ParseInt(id, 10, 32)
	e := t.find([]byte(name))
	if !ok || err != nil || e == nil || (e.group != "") != (groups > 0) {
		return Summary{}, false
	}
	if q := e.at(int32(n)); q != nil {
		return t.summary(&q.counter, ofNums)
	}
	return Summary{}, false
}

// ofBroker adds up kinds of topics. There are no requests to divide by, as in Java.
func (t *Table) ofBroker(cluster string, kinds []counter) (sum Summary, ok bool) {
	if cluster != t.opts.Cluster {
		return Summary{}, false
	}
	add := func(to *Figure, f Figure) { to.Sum, to.Rate = to.Sum+f.Sum, to.Rate+f.Rate }
	for i := range kinds {
		if s, counted := t.summary(&kinds[i], ofNums); counted {
			ok = true
			add(&sum.Minute, s.Minute)
			add(&sum.Hour, s.Hour)
			add(&sum.Day, s.Day)
		}
	}
	return sum, ok
}

func (t *Table) summary(c *counter, unit func(totals) int64) (Summary, bool) {
	if !c.counted() {
		return Summary{}, false
	}
	t.windows.Lock()
	defer t.windows.Unlock()
	return Summary{c.minute.figure(unit), c.hour.figure(unit), c.day.figure(unit)}, true
}

// PutRate is messages a second that the topic was sent in the last minute.
func (t *Table) PutRate(topic string) float64 {
	s, _ := t.ofTopic(topic, ofNums)
	return s.Minute.Rate
}

// GetRate is messages a second that the group got of the topic in the last minute.
func (t *Table) GetRate(group, topic string) float64 {
	s, _ := t.ofPair(pair(topic, group), ofNums)
	return s.Minute.Rate
}

// Next is the queue offset that the group fetches next, if it fetched since the start of the broker.
func (t *Table) Next(group, topic string, id int32) (offset int64, ok bool) {
	if e := t.find([]byte(pair(topic, group))); e != nil {
		if q := e.at(id); q != nil {
			return q.next.Load(), true
		}
	}
	return 0, false
}

func pair(topic, group string) string { return topic + string(separator) + group }
