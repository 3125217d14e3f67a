package broker

import (
	"context"
	"testing"
	"time"

	"github.com/gannetmq/gannet/broker/stats"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Each topic is told what was sent to it, by sort, and what became of its transactions and of its timed messages; what the
// broker stored in the course of that counts for nobody's sends. Requests and clients are counted too.
func TestAccountsOfFeatures(t *testing.T) {
	b := transacting(t, vfs.NewMem(), "transactionTimeOut=3600000", "timerPrecisionMs=100")
	defer func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	d := b.decider(t)
	defer d.close()
	for _, body := range []string{"yes", "yes", "no"} {
		queueOff, phyOff, err := d.send(body, "")
		if err == nil {
			err = d.end(body, queueOff, phyOff, false)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	a, err := d.call(protocol.SendMessage, &protocol.SendRequest{
		ProducerGroup: []byte("P"), Topic: []byte("T"), DefaultTopic: []byte("TBW102"), DefaultTopicQueueNums: 1,
		BornTimestamp: time.Now().UnixMilli(), Properties: []byte("TIMER_DELAY_MS\x01300\x02"),
	}, []byte("timed"))
	if err != nil || a.Code != protocol.Success {
		t.Fatal(a, err)
	}
	accounts := func() map[string]stats.Account {
		all := make(map[string]stats.Account)
		for a := range b.Accounts() {
			all[a.Topic+a.Group] = *a
		}
		return all
	}
	done := func() bool {
		waiting, _ := b.TimedMessages()
		return accounts()["T"].Delivered == 1 && waiting["T"] == 0
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.After(20 * time.Second); !done(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("the timed message was not delivered")
		}
	}
	all := accounts()
	sorts := func(topic string) (n [record.Sorts]int64) {
		for i, s := range all[topic].Sent {
			n[i] = s.Messages
		}
		return n
	}
	if got, want := sorts(record.TopicTranHalf), ([record.Sorts]int64{record.Transaction: 3}); got != want {
		t.Errorf("halves: %v, want %v", got, want)
	}
	if got, want := sorts(record.TopicTimer), ([record.Sorts]int64{record.Delayed: 1}); got != want {
		t.Errorf("timed: %v, want %v", got, want)
	}
	got := all["T"]
	if got.Messages != 3 || sorts("T") != [record.Sorts]int64{} {
		t.Errorf("T has %d messages, %v of them sent; want 3 and none", got.Messages, sorts("T"))
	}
	if got.Commits != 2 || got.Rollbacks != 1 || got.Ages.Counts[0] != 2 || got.Timed != 1 || got.Waits.Counts[0] != 1 {
		t.Errorf("got %+v", got)
	}

	ends := int64(0)
	for o := range b.Outcomes() {
		if o.Code == protocol.EndTransaction && o.Answer == protocol.Success && o.Result == remoting.Written {
			for _, n := range o.Counts {
				ends += n
			}
		}
	}
	if ends != 3 {
		t.Errorf("%d requests 37 answered, want 3", ends)
	}
	if producers, consumers := b.Census(); len(producers) != 1 || len(consumers) != 0 {
		t.Errorf("clients: %v and %v, want one producer", producers, consumers)
	}
	if waiting, untaken := b.TimedMessages(); waiting["T"] != 0 || untaken != 0 {
		t.Errorf("%v wait, %d ms untaken; want none", waiting, untaken)
	}
}
