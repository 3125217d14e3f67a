// Package repair makes a damaged directory of a store sound again, as far as that can be done without
// inventing messages: what can be made from the log is made from the log, a table from its backup.
// Nothing is deleted: what is replaced is moved to bad/repair-TIME, below which it has its old name.
//
// A Plan says first what will be done. It goes as far as can be seen: what comes to light only when the log
// can be read again is in the next Plan. In the order of planning:
//
//  1. what keeps the log from being opened is moved away: foreign files, and files in front of a gap
//  2. tables of config/ are replaced by their backups; where both are damaged, both are moved away
//  3. where the rest of a file of the log is unreadable, a blank is written over its beginning, and
//     readers go on with the next file then, RocketMQ's too; what is behind the last message of a log that was
//     closed in order is made zero; of both there are copies
//  4. the store is started and stopped: its recovery cuts a torn end, fills queues and index up
//  5. queues or index that still contradict a sound log are moved away and made anew from it
//  6. so are the timer log and the wheel, which the next start of a broker makes anew from the queue of timed messages
//
// Not repaired is damage inside of a file of the log with messages behind it: what was there is lost, and
// to put something else in its place would be to invent messages. The store serves the rest. RocketMQ cuts the log
// there if it has to recover.
package repair
