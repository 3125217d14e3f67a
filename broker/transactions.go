package broker

import (
	"time"

	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/broker/stats"
	"github.com/gannetmq/gannet/broker/topic"
	"github.com/gannetmq/gannet/broker/txn"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
)

// halves has messages of transactions kept until their producer decides. It is a send.Follower.
type halves struct {
	txn  *txn.Transactions
	then []send.Hook // what serves the other things that a half asks for, when it is committed
}

// BeforePut implements send.Hook. A half asks for nothing else while it waits: what its delay or its time is counts from the commit.
func (h halves) BeforePut(m *record.Message, asks send.Asks) (send.Asks, error) {
	switch {
	case asks&send.AsksTransaction == 0:
		return asks, nil
	case m.ReconsumeTimes > 0 && asks&send.AsksDelay != 0:
		// A consumer older than 4.6.1 that sends a message back as it got it. Java: SendMessageProcessor.sendMessage.
		return asks &^ send.AsksTransaction, nil
	}
	to, queue := m.Topic, m.QueueID
	if err := h.txn.Half(m); err != nil || asks == send.AsksTransaction {
		return 0, err
	}
	return 0, h.committable(m, to, queue, asks)
}

// committable refuses a half for what its commit would be refused for: nobody could ever end it.
func (h halves) committable(m *record.Message, to []byte, queue int32, asks send.Asks) (err error) {
	committed := *m
	committed.Topic, committed.QueueID, committed.Properties = to, queue, unmarked(m.Properties)
	asks &^= send.AsksTransaction
	for _, hook := range h.then {
		if asks, err = hook.BeforePut(&committed, asks); err != nil {
			return err
		}
	}
	return nil
}

// unmarked is a copy of properties without what marks a half.
func unmarked(props []byte) []byte {
	return record.AppendWithout(nil, props, record.PropRealTopic, record.PropRealQueueID, record.PropTranPrepared)
}

// AfterPut implements send.Follower.
func (h halves) AfterPut(m *record.Message, asks send.Asks) {
	if asks&send.AsksTransaction != 0 {
		h.txn.Stored(m)
	}
}

// tranPuts is the way into the store as broker/txn sees it.
type tranPuts struct {
	send  func() *send.Handler
	tally *stats.Table
}

func (p tranPuts) Own(m *record.Message) (commitlog.Placed, error) { return p.put(m, 0) }

// Commit drops what marks a half if the message is to wait somewhere again: whoever sends it there marks it anew.
func (p tranPuts) Commit(m *record.Message) (commitlog.Placed, error) {
	asks := send.AsksOf(m.Properties) &^ send.AsksTransaction
	if asks != 0 {
		m.Properties = unmarked(m.Properties)
	}
	return p.put(m, asks)
}

func (p tranPuts) put(m *record.Message, asks send.Asks) (commitlog.Placed, error) {
	placed, err := p.send().Store(m, asks)
	if err == nil {
		p.tally.Put(m.Topic, m.QueueID, placed.Count, placed.Size, 0)
	}
	return placed, err
}

// openTransactions makes the part that keeps halves. It puts through b.send, which is made after it.
func (b *Broker) openTransactions() (err error) {
	puts := tranPuts{func() *send.Handler { return b.send }, b.stats}
	b.txn, err = txn.New(b.opts.FS, b.store, puts, b.offsets.Own(), b.clients, txn.Options{
		StoreHost: b.storeHost(), Broker: b.cfg.BrokerName, Rules: func() txn.Rules { return b.now.Load().transactionRules() },
		EnsureTopic: systemTopic{b.topics}.ensure, Tally: b.stats, Now: time.Now, Log: b.log,
	})
	return err
}

// systemTopic makes topics of one queue that the broker uses itself.
type systemTopic struct{ table *topic.Table }

func (t systemTopic) ensure(name []byte) error {
	if t.table.Exists(name) {
		return nil
	}
	_, err := t.table.CreateIfAbsent(name, 1, protocol.PermRead|protocol.PermWrite, 0)
	return err
}
