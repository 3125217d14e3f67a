package store

// Names below storePathRootDir. Part of the format: a Java broker reads and writes the same.
const (
	logDir         = "commitlog"
	queueDir       = "consumequeue"
	indexDir       = "index"
	checkpointFile = "checkpoint"
	abortFile      = "abort" // there while the store is open: its absence says that all was closed in order
	lockFile       = "lock"

	// batchQueueDir has the queues of topics with the attribute queue.type=BatchCQ. They are not served;
	// Java does not start when such a topic has a directory in queueDir as well.
	batchQueueDir = "batchconsumequeue"

	// asideDir is ours: what recovery could not use and did not delete. Java does not look at it.
	asideDir = "bad"
)
