package offset_test

import (
	"errors"
	"testing"

	"github.com/gannetmq/gannet/broker/offset"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Only its owner moves the broker's own group, and always can.
func TestOwn(t *testing.T) {
	table := open(t, vfs.NewMem(), offset.Options{MaxOffsets: 1})
	group, topic := []byte(record.GroupTran), []byte(record.TopicTranHalf)
	if err := table.Commit([]byte("G"), []byte("T"), 0, 9); err != nil {
		t.Fatal(err)
	}
	own := table.Own()
	if err := own.Commit(group, topic, 0, 7); err != nil {
		t.Errorf("in a full table: %v", err)
	}
	_, cloned := table.Clone("G", record.GroupTran, "T")
	for name, err := range map[string]error{
		"commit": table.Commit(group, topic, 0, 3), "reset": table.Reset(group, topic, 0, 3), "clone": cloned,
	} {
		var e *remoting.Error
		if !errors.Is(err, offset.ErrOwn) || !errors.As(err, &e) || e.Code != protocol.NoPermission {
			t.Errorf("%s: %v, want %v", name, err, offset.ErrOwn)
		}
	}
	if n := table.DropGroup(record.GroupTran); n != 0 {
		t.Errorf("%d offsets dropped with the group, want none", n)
	}
	if off, ok := own.Query(group, topic, 0); !ok || off != 7 {
		t.Errorf("the offset is %d, %t, want 7", off, ok)
	}
	if n := table.DropTopic(record.TopicTranHalf); n != 1 {
		t.Errorf("%d offsets dropped with the topic, want 1: a new topic begins at 0", n)
	}
}

func TestOwnIsRefusedToClients(t *testing.T) {
	table, router := serve(t, &fakeStore{})
	u := protocol.UpdateOffsetRequest{ConsumerGroup: []byte(record.GroupTran), Topic: []byte(record.TopicTranHalf), CommitOffset: 1 << 40}
	m := remoting.Message{Code: protocol.UpdateConsumerOffset, Header: &u}
	var e wire.Encoder
	frame, err := m.Append(nil, &e, wire.Head{Opaque: 1, Version: 479, Serialization: wire.JSON})
	if err != nil {
		t.Fatal(err)
	}
	a := peer.Ask(t, router, frame)
	if a.Code != protocol.NoPermission || string(a.Remark) != "subscription group no permission, CID_RMQ_SYS_TRANS" {
		t.Errorf("got %d %s", a.Code, a.Remark)
	}
	if off, ok := table.Query(u.ConsumerGroup, u.Topic, 0); ok {
		t.Errorf("the offset is %d, want none", off)
	}
}
