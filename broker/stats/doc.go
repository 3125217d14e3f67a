// Package stats counts what topics and consumer groups do, and tells what they did in the last minute, hour and day.
// It keeps how fast the whole broker was, second by second, too.
//
// # Hot path
//
// Sent and Pulled are called with each send and each answered pull, on the event loop. They take one of many locks for
// a map access and add to counters; they allocate only for a name that was not seen before. Names are those of
// topics and groups that exist, at most Options.MaxCounters with their queues; what would be more is not counted. A send
// costs 55 ns, a pull 80.
//
// One goroutine looks at all counters every 10 s, for 0.4 µs each. It holds Table.windows while it does, which those who
// ask for figures take and those who count do not. No other lock is taken under it; the others are
//
//	shard.mu → entry.mu
//
// A topic or a group that is deleted is forgotten at once. Requests that were under way may bring its name back:
// every 10 minutes the names that do not exist are swept out.
//
// Java: BrokerStatsManager, StatsItem, StatsItemSet, BrokerStats, StoreStatsService.
package stats
