package bench

import (
	"net/netip"
	"testing"

	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
)

// A half message that was taken is committed with what its answer said, right behind it on the connection.
func TestCommitOfWhatWasTaken(t *testing.T) {
	l := testLane(t, 1)
	l.ends = &ends{o: &Options{Topic: "T"}}
	opaque := int32(firstOpaque)
	l.request(l.slots[0].since)
	id := record.AppendOffsetID(nil, netip.MustParseAddrPort("10.0.0.1:10911"), 1<<40+7)
	var e wire.Encoder
	e.Begin(nil, wire.Head{Language: wire.Java, Version: version, Flag: 1, Opaque: opaque, Serialization: wire.JSON})
	e.String("msgId", string(id))
	e.String("queueId", "3")
	e.String("queueOffset", "99")
	e.String("transactionId", "KEY")
	frame, err := e.Finish(0)
	if err != nil {
		t.Fatal(err)
	}
	l.out = l.out[:0]
	if err := l.answer(frame, l.slots[0].since); err != nil {
		t.Fatal(err)
	}
	var cmd wire.Command
	if err := wire.Decode(l.out, &cmd); err != nil {
		t.Fatal(err)
	}
	if cmd.Code != 37 || !cmd.IsOneway() {
		t.Errorf("code %d, one way %t", cmd.Code, cmd.IsOneway())
	}
	for name, want := range map[string]string{
		"producerGroup": group, "tranStateTableOffset": "99", "commitLogOffset": "1099511627783", "commitOrRollback": "8",
		"fromTransactionCheck": "false", "msgId": "KEY", "transactionId": "KEY", "topic": "T",
	} {
		if got, _ := cmd.Lookup(name); string(got) != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	l.out = l.out[:0]
	l.request(l.slots[0].since)
	if err := l.answer(answerTo(t, requested(t, l.out)[0]), l.slots[0].since); err == nil {
		t.Error("an answer without a message id was taken")
	}
}
