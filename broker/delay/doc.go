// Package delay serves delay levels: a message that asks for one is parked in SCHEDULE_TOPIC_XXXX, a
// queue for each level, and comes back to its topic when its time is over.
//
// The time is in the queue's entry, where other queues have the hash of the tag, so that waiting costs
// no look at a message. Within a queue times rise, so that one goroutine serves all levels: it sleeps
// until the first entry of any queue is due, or until an empty queue grows. Java has a thread a level,
// which looks ten times a second whether there is anything or not.
//
// Nothing is kept in memory for a message that waits. How far each queue was delivered is in
// config/delayOffset.json, which never says more than what the disk has: after a crash messages are
// delivered again, as by Java, and none is left out.
//
// Java: ScheduleMessageService.
package delay
