package store

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/dispatch"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/retention"
)

// FlushMode says when a message counts as stored.
type FlushMode uint8

const (
	// AsyncFlush: when it is in the page cache; the disk follows within FlushInterval.
	AsyncFlush FlushMode = iota
	// SyncFlush: when the disk has it. Consumers do not see it before.
	SyncFlush
)

// Options of a store. Zero values mean Java's defaults, whose names are given in brackets.
type Options struct {
	// LogDirs are the directories of the CommitLog, below the root unless the FS takes others; new files
	// are made in each in its turn (storePathCommitLog): "commitlog". ReadOnlyLogDirs have files of it too
	// and get no new ones (readOnlyCommitLogStorePaths).
	LogDirs, ReadOnlyLogDirs []string

	LogFileSize   int64 // bytes of a CommitLog file (mappedFileSizeCommitLog): 1 GiB
	QueueFileSize int64 // bytes of a consume queue file, rounded up to whole entries (mappedFileSizeConsumeQueue): 6,000,000
	// Extension is where queues put bit maps for filters (enableConsumeQueueExt); nil for nowhere. Its Dir need not be set.
	Extension     *consumequeue.Extension
	BatchFileSize int64 // bytes of a file of a batch queue, rounded likewise (mapperFileSizeBatchConsumeQueue): 13,800,000
	IndexSlots    int   // hash slots of an index file (maxHashSlotNum): 5,000,000
	IndexEntries  int   // entries of an index file, the unused first one included (maxIndexNum): 20,000,000
	NoIndex       bool  // do not index messages by key (messageIndexEnable=false)

	Flush              FlushMode
	FlushInterval      time.Duration // between flushes of the log when AsyncFlush (flushIntervalCommitLog): 500 ms
	FlushLeastPages    int           // dirty pages below which such a flush is left out (flushCommitLogLeastPages): 4
	FlushThorough      time.Duration // after which nothing is left out (flushCommitLogThoroughInterval): 10 s
	QueueFlushInterval time.Duration // between flushes of the consume queues (flushIntervalConsumeQueue): 1 s

	MaxMessageSize int  // bytes of a body (maxMessageSize): 4 MiB
	AppendPropCRC  bool // end each record with a CRC over all of it (enabledAppendPropCRC)
	// SkipCRCOnRecovery makes recovery believe any record whose lengths agree (checkCRCOnRecover=false).
	SkipCRCOnRecovery bool

	// Delays are those of delay levels 1, 2 and so on (messageDelayLevel).
	Delays []time.Duration

	// What one Get returns at most, by whether the messages lie within MemoryPercent of the machine's
	// memory behind the end of the log (maxTransferBytesOnMessageInMemory and so on).
	HotBytes      int // 256 KiB
	HotMessages   int // 32
	ColdBytes     int // 64 KiB
	ColdMessages  int // 8
	MemoryPercent int // accessMessageInMemoryMaxRatio: 40
	// ColdPercent of that memory behind the end of the log is where messages begin to be cold (accessMessageInMemoryHotRatio): 26.
	ColdPercent int
	FilterBytes int // of queue entries that one Get scans at most (maxFilterMessageSize): 16,000

	// FilterShare is after how long one Get ends that asks a costly filter, a tenth of it with NoWait: 20 ms.
	FilterShare time.Duration

	// Used room of the disk, in percent, above which the store refuses messages and below which it
	// takes them again (diskSpaceWarningLevelRatio, diskSpaceCleanForciblyRatio): 90, 85.
	DiskFullPercent  int
	DiskAgainPercent int
	// MinFree are bytes that must be free besides, 0 for none. With a tenth more, or a file of the log more if that is
	// less, messages are taken again; below that the oldest files of the log are deleted, unless Retention.NoForce.
	MinFree int64

	// Retention says which files of the log are deleted; ForceUsed follows DiskAgainPercent if it is 0.
	// A negative Keep lets every file expire at once.
	Retention        retention.Rules
	CleanInterval    time.Duration // between rounds of deletion (cleanResourceInterval): 10 s
	LogDeletePause   time.Duration // between files of the log that one round deletes (deleteCommitLogFilesInterval): 100 ms; negative for none
	QueueDeletePause time.Duration // between queues that files are deleted of (deleteConsumeQueueFilesInterval): 100 ms; negative for none

	// Window is how far behind the end of the log messages are served from memory without asking the
	// disk, in bytes: an eighth of the machine's memory, at most 256 MiB.
	Window int64
	// CallerDrives: whoever puts calls Drive after its batch, so that messages become visible without
	// another goroutine. Otherwise a goroutine of the store follows the log.
	CallerDrives bool

	// BatchTopic reports whether a topic has batch queues (queue.type=BatchCQ). It is asked when a queue begins to
	// exist, on any goroutine, and not before Open is done: until then, and if it is nil, config/topics.json tells.
	BatchTopic func(topic []byte) bool
	// Light gives messages places in the light queues that they name (enableLmq and enableMultiDispatch), of which
	// there are MaxLight at most (maxLmqConsumeQueueNum): 20,000.
	Light    bool
	MaxLight int

	Arrivals dispatch.Arrivals // told which queues grew; nil for nobody
	Sinks    []dispatch.Sink   // fed after the store's own

	Memory   int64          // bytes of the machine's memory; 0 asks the system
	Now      func() int64   // Unix milliseconds; nil for the clock
	Log      *slog.Logger   // nil discards
	Progress func(Progress) // told during Open how recovery goes; nil for nobody

	// Tests shorten these.
	upkeepEvery time.Duration        // between looks at the disk, and checkpoints: 1 s
	queueSync   time.Duration        // between flushes of the queues that make them durable: 10 s
	cleanFirst  time.Duration        // until the first round of deletion: 60 s
	uptime      func() time.Duration // a clock that nobody sets
}

// Progress is a step of recovery: Done of Total bytes of the log.
type Progress struct {
	Step        string // "scan", "dispatch"
	Done, Total int64
}

const (
	defaultLogFile   = 1 << 30
	defaultQueueFile = 6_000_000
	queueEntry       = 20
	batchEntry       = 46
	maxPull          = 128 << 20 // bytes that one Get may return, whatever is asked for
	maxWindow        = 256 << 20
)

// withDefaults returns o with every zero value replaced.
func (o Options) withDefaults() Options {
	if len(o.LogDirs) == 0 {
		o.LogDirs = []string{layout.LogDir}
	}
	or(&o.LogFileSize, defaultLogFile)
	or(&o.QueueFileSize, defaultQueueFile)
	or(&o.MaxLight, 20_000)
	or(&o.IndexSlots, 5_000_000)
	or(&o.IndexEntries, 20_000_000)
	or(&o.FlushInterval, 500*time.Millisecond)
	or(&o.FlushLeastPages, 4)
	or(&o.FlushThorough, 10*time.Second)
	or(&o.QueueFlushInterval, time.Second)
	or(&o.MaxMessageSize, 4<<20)
	if len(o.Delays) == 0 {
		o.Delays = defaultDelays
	}
	or(&o.HotBytes, 256<<10)
	or(&o.HotMessages, 32)
	or(&o.ColdBytes, 64<<10)
	or(&o.ColdMessages, 8)
	or(&o.MemoryPercent, 40)
	or(&o.ColdPercent, 26)
	or(&o.FilterBytes, 16_000)
	or(&o.FilterShare, 20*time.Millisecond)
	or(&o.DiskFullPercent, 90)
	or(&o.DiskAgainPercent, min(85, o.DiskFullPercent))
	o.retentionDefaults()
	or(&o.upkeepEvery, time.Second)
	or(&o.queueSync, 10*time.Second)
	or(&o.Memory, physicalMemory())
	or(&o.Window, min(maxWindow, o.Memory/8))
	if o.Now == nil {
		o.Now = func() int64 { return time.Now().UnixMilli() }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if rest := o.QueueFileSize % queueEntry; rest != 0 {
		o.QueueFileSize += queueEntry - rest
	}
	return o
}

// retentionDefaults is withDefaults for what decides on deletion.
func (o *Options) retentionDefaults() {
	r := &o.Retention
	or(&r.Keep, 72*time.Hour)
	or(&r.Hours, 1<<4)
	or(&r.Batch, 10)
	or(&r.MaxUsed, 75)
	or(&r.ForceUsed, o.DiskAgainPercent)
	or(&r.Shares, 1)
	or(&r.ForceShare, 80)
	or(&o.CleanInterval, 10*time.Second)
	or(&o.LogDeletePause, 100*time.Millisecond)
	or(&o.QueueDeletePause, 100*time.Millisecond)
	or(&o.cleanFirst, time.Minute)
	if o.uptime == nil {
		begun := time.Now()
		o.uptime = func() time.Duration { return time.Since(begun) }
	}
}

func or[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

// validate refuses what cannot work; withDefaults comes first.
func (o Options) validate() error {
	switch {
	case o.LogFileSize < 4096 || o.LogFileSize > 1<<31-1:
		return fmt.Errorf("store: CommitLog files of %d bytes: want 4096 to 2147483647", o.LogFileSize)
	case o.QueueFileSize < queueEntry || o.QueueFileSize > 1<<31-1:
		return fmt.Errorf("store: consume queue files of %d bytes: want %d to 2147483647", o.QueueFileSize, queueEntry)
	case o.DiskAgainPercent > o.DiskFullPercent:
		return fmt.Errorf("store: disk counts as full at %d %% and as free again at %d %%: want the latter below", o.DiskFullPercent, o.DiskAgainPercent)
	}
	return nil
}

// assumedMemory stands in where the system does not tell.
const assumedMemory = 8 << 30
