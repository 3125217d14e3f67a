package record

import (
	"errors"
	"net/netip"
	"testing"
)

func TestPark(t *testing.T) {
	m := Message{Topic: []byte("T"), QueueID: 3, Properties: []byte("REAL_QID\x01forged\x02k\x01v\x02REAL_TOPIC\x01X")}
	m.Park([]byte(TopicTimer), 7)
	if want := "k\x01v\x02REAL_TOPIC\x01T\x02REAL_QID\x013\x02"; string(m.Properties) != want || string(m.Topic) != TopicTimer || m.QueueID != 7 {
		t.Errorf("to %s %d with %q, want %q", m.Topic, m.QueueID, m.Properties, want)
	}
	v := View{Properties: m.Properties}
	if topic, queue, err := v.Home(); err != nil || string(topic) != "T" || queue != 3 {
		t.Errorf("home is %q %d, %v, want T 3", topic, queue, err)
	}
}

func TestHome(t *testing.T) {
	for _, props := range []string{
		"", "REAL_TOPIC\x01T\x02", "REAL_QID\x010\x02", "REAL_TOPIC\x01T\x02REAL_QID\x01-1\x02", "REAL_TOPIC\x01T\x02REAL_QID\x01x\x02",
		"REAL_TOPIC\x01T\x02REAL_QID\x012147483648\x02", "REAL_TOPIC\x01SCHEDULE_TOPIC_XXXX\x02REAL_QID\x010\x02",
		"REAL_TOPIC\x01T\x02REAL_QID\x010\x02REAL_TOPIC\x01rmq_sys_wheel_timer\x02",
	} {
		v := View{Properties: []byte(props)}
		if topic, queue, err := v.Home(); !errors.Is(err, ErrHome) {
			t.Errorf("%q: %q %d, %v, want %v", props, topic, queue, err, ErrHome)
		}
	}
}

// What is put again is what was stored, but for what only a record has.
func TestMessageOfAView(t *testing.T) {
	hostA, hostB := netip.MustParseAddrPort("[::1]:40001"), netip.MustParseAddrPort("10.0.0.1:10911")
	m := Message{
		Topic: []byte("T"), QueueID: 3, Flag: 4, SysFlag: SysCompressed, BornTime: 5, BornHost: hostA, StoreHost: hostB, ReconsumeTimes: 6,
		Body: []byte("body"), Properties: []byte("k\x01v\x02"),
	}
	var e, again Encoded
	if err := e.Set(&m, EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	var v View
	if _, err := Parse(e.Bytes, &v, WithBody); err != nil {
		t.Fatal(err)
	}
	copied := v.Message()
	if err := again.Set(&copied, EncodeOptions{}); err != nil || string(again.Bytes) != string(e.Bytes) {
		t.Errorf("%v\n got %x\nwant %x", err, again.Bytes, e.Bytes)
	}
}
