// Package timer delivers messages at a moment that their senders name (TIMER_DELIVER_MS, TIMER_DELAY_MS,
// TIMER_DELAY_SEC) and takes them back (RECALL_MESSAGE).
//
//	send ── Divert ──▶ rmq_sys_wheel_timer, queue 0        the message, complete, under another topic
//	                        │ runClock: takes the queue up
//	                        ▼
//	                   store/timer.Book                    which message is due when: 52 bytes each, on disk
//	                        │ runClock: sleeps until the next moment that has entries
//	                        ▼
//	                   Put ──▶ the topic that it is for    or the queue again, if it was too far off (roll)
//
// A message asks for a moment D; the slot before D takes it, and what is in the slot [T, T+precision) is
// delivered from T+precision on. So nothing comes early, and a message comes at most one slot late, and
// the time that the slot's delivery takes. Before a slot is delivered the queue is taken up to the end
// that it has then, so that a recall that was answered counts.
//
// # What the disk knows
//
// runFlush makes durable, at most every timerFlushIntervalMs and only after a change: messages taken up and
// messages delivered (store.Synced), then the book, then the checkpoint. A crash repeats what was delivered
// since, and loses nothing. A slot counts as delivered when all of it is.
//
// # Where it differs from Java
//
// A delivery is tried until the store takes it: Java drops a message after three attempts, within 1.5 s,
// unless timerEnableRetryUntilSuccess is set. Messages of one slot come in the order in which they were
// sent; Java's three threads mix them. A message in the queue that names no time does not stop the queue.
// A recall that arrives when its slot has passed is not counted against the topic; timerCongestNumEachSlot counts
// recalls as it counts messages, where in Java a message and its recall are none. There is no tick: a
// broker without timers does nothing at all here.
//
// After a change of timerPrecisionMs messages come once and not early: Java keeps a wheel whose slots mean
// something else, and delivers by the old slots. Nothing is delivered into topics where messages wait for the
// broker, whatever REAL_TOPIC says, and nothing whose body has rotted. TIMER_DEL_UNIQKEY in a producer's own
// message takes one back as RECALL_MESSAGE does, with recallMessageEnable=false too: so in Java.
//
// Java: TimerMessageStore, HookUtils.handleScheduleMessage, RecallMessageProcessor.
package timer
