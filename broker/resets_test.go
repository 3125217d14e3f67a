package broker

import (
	"testing"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
)

// A group that is set back on a running broker is told so by its next pull, and goes on from there.
func TestResetOfABroker(t *testing.T) {
	b, call := sent(t)
	queue := protocol.MessageQueue{BrokerName: b.cfg.BrokerName, QueueID: 1, Topic: "T"}
	reset := told[protocol.ResetOffsets](t, call(protocol.InvokeBrokerToResetOffset, &protocol.ResetOffsetRequest{
		Group: "G", Topic: "T", QueueID: 1, Timestamp: -1,
	}, nil))
	if len(reset.OffsetTable) != 1 || reset.OffsetTable[queue] != 3 {
		t.Errorf("222: %+v", reset)
	}
	pull := &protocol.PullRequest{ConsumerGroup: []byte("G"), Topic: []byte("T"), QueueID: 1, MaxMsgNums: 2, QueueOffset: 1}
	a := call(protocol.PullMessage, pull, nil)
	if next, _ := a.Lookup("nextBeginOffset"); a.Code != protocol.PullOffsetMoved || string(next) != "3" {
		t.Errorf("11: %d %s, on to %s; want 21, 3", a.Code, a.Remark, next)
	}
	if off, ok := b.offsets.Query([]byte("G"), []byte("T"), 1); !ok || off != 3 {
		t.Errorf("the offset is %d, %t, want 3", off, ok)
	}
	call(protocol.CloneGroupOffset, &protocol.CloneOffsetRequest{SrcGroup: "G", DestGroup: "H", Topic: "T", Offline: true}, nil)
	if off, ok := b.offsets.Query([]byte("H"), []byte("T"), 1); !ok || off != 3 {
		t.Errorf("the clone's offset is %d, %t, want 3", off, ok)
	}
	correction := told[protocol.CorrectionOffsets](t, call(protocol.QueryCorrectionOffset, &protocol.CorrectionOffsetRequest{Topic: "T", CompareGroup: "H"}, nil))
	if len(correction.CorrectionOffsets) != 1 || correction.CorrectionOffsets[1] != 3 {
		t.Errorf("308: %+v", correction)
	}
	entries := told[protocol.ConsumeQueueEntries](t, call(protocol.QueryConsumeQueue, &protocol.ConsumeQueueRequest{
		Topic: "T", QueueID: 1, Count: 10, ConsumerGroup: "G",
	}, nil))
	if len(entries.QueueData) != 3 || entries.SubscriptionData == nil {
		t.Errorf("321: %+v", entries)
	}
}

// The offsets of transactions are the broker's.
func TestResetOfTransactions(t *testing.T) {
	b, call := sent(t)
	half, transactions := []byte(record.TopicTranHalf), []byte(record.GroupTran)
	if err := b.offsets.Own().Commit(transactions, half, 0, 5); err != nil {
		t.Fatal(err)
	}
	for code, h := range map[int32]wire.Header{
		protocol.UpdateConsumerOffset:      &protocol.UpdateOffsetRequest{ConsumerGroup: transactions, Topic: half, CommitOffset: 9},
		protocol.InvokeBrokerToResetOffset: &protocol.ResetOffsetRequest{Group: record.GroupTran, Topic: "T", QueueID: 1, Timestamp: -1},
		protocol.CloneGroupOffset:          &protocol.CloneOffsetRequest{SrcGroup: "G", DestGroup: record.GroupTran, Topic: "T", Offline: true},
	} {
		if a := call(code, h, nil); a.Code != protocol.NoPermission {
			t.Errorf("%d: %d %s, want 16", code, a.Code, a.Remark)
		}
	}
	if off, ok := b.offsets.Query(transactions, half, 0); !ok || off != 5 {
		t.Errorf("the offset is %d, %t, want 5", off, ok)
	}
}

// The client that consumes directly is handed the message that the id names.
func TestDirectOfABroker(t *testing.T) {
	b, call := sent(t)
	d := b.direct()
	body, err := d.Message(string(record.AppendOffsetID(nil, b.storeHost(), 0)))
	var v record.View
	if kind, perr := record.Parse(body, &v, record.CheckCRC); err != nil || perr != nil || kind != record.Record || string(v.Body) != "x" {
		t.Errorf("got %q, %v, %v", body, err, perr)
	}
	for _, id := range []string{"", "nonsense", string(record.AppendOffsetID(nil, b.storeHost(), 1<<40))} {
		if _, err := d.Message(id); err == nil {
			t.Errorf("%q names a message", id)
		}
	}
	if topic, group := d.SysFlags("T", "G"); topic != wire.Some[int32](0) || group != wire.Some[int32](0) {
		t.Errorf("sysFlags %+v and %+v, want 0", topic, group)
	}
	if topic, group := d.SysFlags("U", "H"); topic.Set || group.Set {
		t.Errorf("sysFlags %+v and %+v of nothing", topic, group)
	}
	a := call(protocol.SendReplyMessage, &protocol.SendRequest{
		ProducerGroup: []byte("P"), Topic: []byte("DefaultCluster_REPLY_TOPIC"), DefaultTopic: []byte("TBW102"), BornTimestamp: 1,
		Properties: []byte("MSG_TYPE\x01reply\x02REPLY_TO_CLIENT\x01nobody\x02"),
	}, []byte("reply"))
	if id, _ := a.Lookup("msgId"); a.Code != protocol.SystemError || len(id) != 32 {
		t.Errorf("324: %d %s, msgId %s; want 1 and the id of what is stored", a.Code, a.Remark, id)
	}
}
