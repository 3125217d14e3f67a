package delay

import (
	"bytes"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// What Java delivered is, byte for byte, what we make of the message that waited; and where it waited it has what
// Divert gives it.
func TestGoldenDeliveries(t *testing.T) {
	s := openStore(t, vfs.NewOS(golden.Store(t, "delay-tx-timer")+"/store"))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	waiting := make(map[string]record.View)
	delivered := 0
	for _, v := range records(t, s) {
		id, _ := v.Property(record.PropUniqKey)
		parked, was := waiting[string(id)]
		switch {
		case string(v.Topic) == record.TopicSchedule:
			waiting[string(id)] = v
			checkParked(t, &v)
		case was && v.StoreTime > parked.StoreTime:
			delivered++
			checkDelivered(t, &parked, &v)
		}
	}
	if delivered < 5 || len(waiting)-delivered != 2 {
		t.Errorf("%d messages waited and %d were delivered, want 5 or more of all but 2", len(waiting), delivered)
	}
}

// records are all records of the log.
func records(t *testing.T, s *store.Store) (all []record.View) {
	t.Helper()
	var r store.Read
	defer r.Release()
	for at := s.Stats().LogStart; at < s.Stats().LogEnd; {
		if err := s.Look(at, &r, false); err != nil {
			t.Fatalf("record at %d: %v", at, err)
		}
		var v record.View
		if _, err := record.Parse(r.AppendRecord(nil, 0), &v, record.CheckCRC); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
		at += int64(v.Size)
	}
	return all
}

func checkDelivered(t *testing.T, parked, java *record.View) {
	t.Helper()
	var m record.Message
	var e record.Encoded
	if err := restore(&m, parked); err != nil {
		t.Fatal(err)
	}
	if err := e.Set(&m, record.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	e.Patch(0, java.QueueOffset, java.PhyOffset, java.StoreTime)
	if !bytes.Equal(e.Record(0), java.Bytes()) {
		t.Errorf("at %d: got\n%q\nwant\n%q", java.PhyOffset, e.Record(0), java.Bytes())
	}
}

// checkParked undoes what the broker did to the message, and does it again.
func checkParked(t *testing.T, java *record.View) {
	t.Helper()
	var m record.Message
	if err := restore(&m, java); err != nil {
		t.Fatal(err)
	}
	m.Properties = nil
	for name, value := range record.Properties(java.Properties) {
		if string(name) != record.PropRealTopic && string(name) != record.PropRealQueueID {
			m.Properties = record.AppendProperty(m.Properties, name, value)
		}
	}
	if err := make(Levels, 18).Divert(&m); err != nil {
		t.Fatal(err)
	}
	count := 0
	for name, value := range record.Properties(java.Properties) {
		count++
		if got, _ := record.Property(m.Properties, string(name)); !bytes.Equal(got, value) {
			t.Errorf("at %d: %s is %q, want %q", java.PhyOffset, name, got, value)
		}
	}
	ours := 0
	for range record.Properties(m.Properties) {
		ours++
	}
	if !bytes.Equal(m.Topic, java.Topic) || m.QueueID != java.QueueID || ours != count {
		t.Errorf("at %d: to %s %d with %d properties, want %s %d with %d", java.PhyOffset, m.Topic, m.QueueID, ours, java.Topic, java.QueueID, count)
	}
}
