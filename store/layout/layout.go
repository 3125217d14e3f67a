// Package layout names what lies below storePathRootDir, for all who look there. The names are part of
// the format: a Java broker reads and writes the same, but for those that are said to be ours.
package layout

import (
	"slices"
	"strings"
)

const (
	LogDir      = "commitlog"
	QueueDir    = "consumequeue"
	QueueExtDir = "consumequeue_ext"
	IndexDir    = "index"
	ConfigDir   = "config"

	CheckpointFile = "checkpoint"
	AbortFile      = "abort" // there while the store is open: its absence says that all was closed in order
	LockFile       = "lock"

	// BatchQueueDir has the queues of topics with the attribute queue.type=BatchCQ. Java does not start when
	// such a topic has a directory in QueueDir as well.
	BatchQueueDir = "batchconsumequeue"

	// Of timed messages.
	TimerLogDir    = "timerlog"
	TimerWheelFile = "timerwheel"

	// What Java has besides and is not served: topics with cleanup.policy=COMPACTION, and state of POP.
	CompactionDir = "compaction"
	PopStoreDir   = "kvStore"

	// AsideDir is ours: what recovery could not use and did not delete. Java does not look at it.
	AsideDir = "bad"
	// TallyFile is ours: what the queues held when the store was closed in order.
	TallyFile = "queues.tally"
)

// Reserved reports whether name, below storePathRootDir, is, or lies in, something that is not the log's. A directory of
// the log may have any other name (storePathCommitLog).
func Reserved(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return slices.Contains(reserved[:], first)
}

var reserved = [...]string{
	QueueDir, QueueExtDir, BatchQueueDir, IndexDir, ConfigDir, TimerLogDir, TimerWheelFile, CompactionDir, PopStoreDir,
	CheckpointFile, AbortFile, LockFile, AsideDir, TallyFile,
}
