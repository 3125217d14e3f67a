// Package filter knows by which expressions consumer groups filter messages, other than by tags: what their
// heartbeats say (Java: ConsumerFilterManager), kept in config/consumerFilter.json, and what a pull carries itself.
//
//	heartbeat ── Prepare ──▶ compiled ── register ──▶ Table ◀── Gone (the group's last member left)
//	                                                   │ │
//	pull ── Registered, Compile ──▶ Data.Match ◀───────┘ └──▶ AppendBits: the bit map beside a queue's entry
//
// A group that is gone keeps its entries for filterDataCleanTimeSpan: messages go on being judged for it, and
// when it comes back the bit maps written meanwhile hold.
//
// The bit map is a bloom filter: each group whose expression is true for a message sets its bits. A clear bit
// says that the message is not for the group, so that a reader of queues need not look at the log.
package filter
