// Package offset is the broker's table of consumer offsets: for each topic and group, the next
// queue offset that the group wants of each queue.
//
// Commit and Query are called once per pull: they take one of many locks for a map access and
// allocate nothing for a queue that is known. consumerOffset.json is written by a goroutine of the
// table, and only when something changed.
//
// Java: ConsumerOffsetManager, ConsumerManageProcessor.
package offset
