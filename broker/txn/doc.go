// Package txn serves transactional messages: halves that nobody sees until their producer says commit, and the
// question to the producer if it says nothing.
//
//	half.go      a send with TRAN_MSG=true is kept in RMQ_SYS_TRANS_HALF_TOPIC
//	end.go       37 END_TRANSACTION: commit makes it the message that it was sent as, rollback nothing
//	op.go        either is noted in RMQ_SYS_TRANS_OP_HALF_TOPIC, many halves in one record
//	behind.go    how long notes are needed of halves that were put behind the others
//	check.go     what neither note nor youth excuses is put behind the halves again and asked for (39): by verdict.go
//	resume.go    323 RESUME_CHECK_HALF_MESSAGE: what was given up is asked for again
//	metrics.go   how many halves of each topic are undecided: config/transactionMetrics
//
// How far halves and notes are worked off are the offsets of the group CID_RMQ_SYS_TRANS in
// consumerOffset.json, so that a Java broker goes on where we stopped, and we where it did. They move
// only past what is on disk.
//
// A commit is in the log before its note is, and recovery keeps a beginning of the log: no crash leaves a
// note without its message. A note that is lost has its producer asked again, as in Java, where a commit
// may therefore come twice.
//
// Nothing is kept for a half that waits. A round of checks looks at the halves in windows of windowSize: it
// reads the notes, marks in a bitmap which halves of the window they name, and walks along the window. Java
// keeps a map of all notes that it has read.
//
// What differs from Java, for the better:
//
//   - END_TRANSACTION and 323 take records of the topics for halves only, not any record that somebody names, nor
//     bytes of a body that look like one.
//   - Who rolled back cannot commit, while that is remembered.
//   - A half that no commit could end is refused when it is sent.
//   - Nobody but this package moves CID_RMQ_SYS_TRANS.
//   - A half or a note whose body has rotted is passed over, and one that cannot be put again stops nobody behind it.
//   - flag and reconsumeTimes survive a check.
//   - Waiting for CHECK_IMMUNITY_TIME_IN_SECONDS does not count as having been asked, and a half that was committed or
//     rolled back while it waited so is not asked for afterwards.
//   - Notes that wait in memory count.
//
// Java: TransactionalMessageServiceImpl, TransactionalMessageBridge, EndTransactionProcessor.
package txn
