// Package timer keeps the files that tell when messages of rmq_sys_wheel_timer are due: the wheel, the
// timer log and the checkpoint, in Java's format and places. They are an index over that topic's queue 0:
// a Book can be made anew from it at any time.
//
//	timerwheel         a slot for each moment of 14 days: where its newest entry lies in the log
//	timerlog/          entries in the order in which they came, each naming the one before it in its slot
//	config/timercheck  how far the queue is taken up, and up to which moment all is delivered
//
// # What is in memory
//
// Entries since the last Flush, the pages of the wheel that they touch, and a bit for each slot that has
// entries: 150 KB once there is a timer, whatever their number. Nothing before; the wheel is made, sparse,
// with the first one. The entries of a moment, any number, are read in windows (Chain). A Java broker keeps
// a copy of the whole wheel, 38.7 MB, in memory.
//
// # After a crash
//
// Flush writes in an order in which nothing on the disk refers to what is not there yet: the messages
// (the caller's part), the timer log, the wheel, the checkpoint. Open reads the timer log again from one
// file before the position that the checkpoint vouches for, cuts it at the first bytes that are no entry,
// and sets the slots right. Java has the pages of the wheel written whenever the kernel likes; slots that
// point behind the end of the log, which its power failures may leave, are given back what they had before.
//
// Where the log is shorter than the checkpoint says, or a file of it is missing or has another size, the
// book is begun anew: the old files are set aside, and Recovered tells the caller to take up the queue
// from its beginning, leaving out what the checkpoint says was delivered. Until that is done the checkpoint
// vouches for nothing, so that a crash meanwhile begins it again. A message that rolled is in the queue
// twice then, and is delivered twice.
//
// A lost wheel alone is made from the log.
//
// Java: TimerWheel, TimerLog, TimerCheckpoint, TimerMessageStore.recover.
package timer
