package quickstart

import (
	"reflect"
	"testing"
)

const (
	result  = "SendResult [sendStatus=SEND_OK, msgId=7F0000015A1C2A139A552A5D1C3D0000, offsetMsgId=7F00000100002A9F0000000000000000, messageQueue=MessageQueue [topic=T, brokerName=broker-a, queueId=3], queueOffset=7, recallHandle=null]"
	message = "MessageExt [brokerName=broker-a, queueId=2, storeSize=192, queueOffset=4, sysFlag=0, bornTimestamp=1763700000000, bornHost=/127.0.0.1:4444, storeTimestamp=1763700000001, storeHost=/127.0.0.1:10911, msgId=7F00000100002A9F0000000000000000, commitLogOffset=99, bodyCRC=1, reconsumeTimes=0, preparedTransactionOffset=0, toString()=Message{topic='T', flag=0, properties={MAX_OFFSET=9, TAGS=A}, body=[72, 105], transactionId='null'}]"
)

func TestPieces(t *testing.T) {
	text := "Consumer Started.\n15:32:36,730 |-INFO in a.b - c\n" + result + result + "\n[]\n[" + message + ", " + message + "]\n" +
		"ConsumeMessageThread_g_1_3 Receive New Messages: [" + message + "] \n"
	got := pieces(text)
	if len(got) != 6 {
		t.Fatalf("got %d pieces, want 6: %q", len(got), got)
	}
	want := map[string]int{
		"Consumer Started.": 1,
		"SendResult [sendStatus=SEND_OK, msgId=ID, offsetMsgId=ID, messageQueue=MessageQueue [topic=T, brokerName=broker-a, queueId=N], queueOffset=7, recallHandle=null": 2,
	}
	count := normals(got, false)
	for p, n := range want {
		if count[p] != n {
			t.Errorf("got %d of %q, want %d: %v", count[p], p, n, count)
		}
	}
	if n := different(got); n != 3 {
		t.Errorf("got %d different pieces, want 3: the line, the result, the message", n)
	}
}

func TestCompare(t *testing.T) {
	java, ours := map[string]int{"a": 2, "b": 1}, map[string]int{"a": 1, "b": 1, "c": 1}
	lacks, extra := compare(java, ours)
	if !reflect.DeepEqual(lacks, []string{"a"}) || !reflect.DeepEqual(extra, []string{"c"}) {
		t.Errorf("got %q and %q, want a and c", lacks, extra)
	}
}

func TestOutOfOrder(t *testing.T) {
	first, later, other := "queueId=1, storeSize=9, queueOffset=4,", "queueId=1, storeSize=9, queueOffset=5,", "queueId=2, storeSize=9, queueOffset=0,"
	if p := outOfOrder([]string{first, "started", other, first, later}); p != "" {
		t.Errorf("got %q, want none", p)
	}
	if p := outOfOrder([]string{later, other, first}); p != first {
		t.Errorf("got %q, want %q", p, first)
	}
}
