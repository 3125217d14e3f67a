package broker

import (
	"errors"

	"github.com/gannetmq/gannet/broker/clients"
	"github.com/gannetmq/gannet/broker/delay"
	"github.com/gannetmq/gannet/broker/offset"
	"github.com/gannetmq/gannet/broker/pull"
	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/broker/timer"
	"github.com/gannetmq/gannet/broker/txn"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
)

// This file is what other code of this process may ask of a broker: gateways, the admin listener,
// tests. A gateway declares the small interface of it that it uses.

// Put appends encoded records to a queue of a topic and tells w when they are as durable as the
// flush mode promises. It may block. Errors are the store's; w is not told then.
func (b *Broker) Put(topic []byte, queue int32, e *record.Encoded, w commitlog.Waiter) (commitlog.Placed, error) {
	q, err := b.store.Queue(topic, queue)
	if err != nil {
		return commitlog.Placed{}, err
	}
	placed, err := b.store.Put(e, q, false)
	if err != nil {
		return placed, err
	}
	b.store.Drive()
	b.store.Await(placed.End, w)
	return placed, nil
}

// Get reads messages of a queue; see store.Store.Get.
func (b *Broker) Get(q *store.Query, r *store.Read) (store.Status, error) { return b.store.Get(q, r) }

// TopicExists reports whether there is such a topic.
func (b *Broker) TopicExists(name []byte) bool { return b.topics.Exists(name) }

// Stats are figures of a broker at one moment.
type Stats struct {
	Store                store.Stats
	Send                 *send.Metrics
	Pull                 *pull.Metrics
	Offsets              *offset.Metrics
	Clients              *clients.Metrics
	Delay                *delay.Metrics
	Transactions         *txn.Metrics
	Timers               *timer.Metrics
	Sockets              *netio.Metrics
	Requests             *remoting.Stats
	HeldPulls            int
	CrowdedPulls         int64 // that found no place to wait
	RelayedBytes         int64 // of replies and of administrators' questions that wait for clients
	RelaysRefused        int64 // for lack of room
	Topics, Groups       int
	ReadOnly, Registered bool
}

// Stats returns the figures of now; those behind pointers go on counting.
func (b *Broker) Stats() Stats {
	relayed, refused := b.clients.Relayed()
	return Stats{
		RelayedBytes: relayed, RelaysRefused: refused,
		Store: b.store.Stats(), Send: &b.send.Metrics, Pull: &b.pull.Metrics, Offsets: &b.offsets.Metrics, Clients: &b.clients.Metrics,
		Delay: &b.delays.Metrics, Transactions: &b.txn.Metrics, Timers: &b.timers.Metrics,
		Sockets: b.server.Metrics(), Requests: &b.server.Router.Stats,
		HeldPulls: b.pull.Waiting(), CrowdedPulls: b.pull.Crowded(), Topics: b.topics.Len(), Groups: b.groups.Len(),
		ReadOnly: b.store.ReadOnly() != nil, Registered: b.registrar.Err() == nil,
	}
}

// Refusals are how often something was refused because there is as much of it as a limit allows.
type Refusals struct {
	Topics     int64 // maxTopics
	Groups     int64 // maxSubscriptionGroups
	Offsets    int64 // maxConsumerOffsets
	Tags       int64 // maxExpressionBytes, of pulls; of heartbeats they are Heartbeats
	Conditions int64 // SQL92 expressions: maxExpressionBytes, maxExpressionDepth
	Bodies     int64 // maxMessageSize
	Heartbeats int64 // too many clients, or a heartbeat with too many groups, subscriptions or bytes
}

// Refusals returns the figures of now.
func (b *Broker) Refusals() Refusals {
	return Refusals{
		Topics: b.topics.Metrics.Full.Load(), Groups: b.groups.Metrics.Full.Load(),
		Offsets: b.offsets.Metrics.Full.Load(), Tags: b.pull.Metrics.LongTags.Load(),
		Conditions: b.filters.large(), Bodies: b.send.Metrics.Oversized.Load(), Heartbeats: b.clients.Metrics.Full.Load(),
	}
}

// HalfMessages is how many messages of transactions the next round has to look at, and how many of each topic are undecided.
func (b *Broker) HalfMessages() (waiting int64, undecided map[string]int64) {
	return b.txn.Waiting(), b.txn.Counts()
}

// Timers tells how many timed messages wait, and how far behind their delivery is.
func (b *Broker) Timers() timer.Figures { return b.timers.Figures() }

// Delays tells how far each delay level is that has, or had, messages.
func (b *Broker) Delays() []delay.Progress { return b.delays.Progress() }

// StoreFailure is the reason why the store will take no messages until the process starts again, nil
// while there is none. A full disk is no such reason, nor is what the system lacks for a while.
func (b *Broker) StoreFailure() error {
	err := b.store.ReadOnly()
	if store.Passes(err) || errors.Is(err, store.ErrClosed) {
		return nil
	}
	return err
}

// Addr is where the broker listens.
func (b *Broker) Addr() string { return b.server.Addr(mainListener).String() }

// Codes lists the request codes that have a route here.
func (b *Broker) Codes() []int32 { return b.server.Router.Codes() }
