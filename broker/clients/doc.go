// Package clients knows who is connected: producers and consumers by group, and what each consumer
// group subscribes to. Clients say so in heartbeats, every 30 s, and are told (code 40) when their
// group changes, so that they divide the queues anew.
//
// # What costs what
//
// A pull asks for one subscription: one of many locks for a map access, then immutable data. A
// heartbeat that repeats the last one of its connection, and would change nothing, is recognised by
// its hash and answered on the event loop. Any other is decoded and registered on a pool, because it
// may create groups and retry topics, which writes files. However many those are, each file is
// written once and the broker registers once before the answer; Java does both for every group.
//
// # Locks
//
//	Table.mu → Table.connMu → shard.mu
//
// mu guards who is a member of what; heartbeats that change something, unregistrations, closed
// connections and the scan take it. connMu and the shards' locks are held for one map access, and by
// administrators for one look at a shard. None is held while a peer, a group table or a topic table is called.
//
// Java: ConsumerManager, ConsumerGroupInfo, ProducerManager, ClientManageProcessor,
// DefaultConsumerIdsChangeListener.
package clients
