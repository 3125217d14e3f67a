package admin

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/compat/mqversion"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Java: AdminBrokerProcessor.getBrokerRuntimeInfo, DefaultMessageStore.getRuntimeInfo.
//
//	28 GET_BROKER_RUNTIME_INFO  figures of now, as texts; tools and the exporter parse them
//
// What Java counts and has no counterpart here is told as it is when there is none of it: no buffer before
// the dispatcher, no lock that is held over I/O, no transient pool. The queues are those of our pools: lite
// pulls wait with pulls, ends of transactions with sends. A put's time is the time until it is in the log, without the wait for the disk of
// flushDiskType=SYNC_FLUSH; puts that found room at once count as less than a millisecond.
//
// Deviations: the distribution of put times is since the start, Java's of the last whole minute; commitLogDirCapacity is
// of the disk whose ratio is told, Java's of the one of storePathRootDir, where the log need not be; speeds of timers are of
// the last 10 s.

// Speed is what happened a second in the last 10, 60 or 600 s: messages stored, pulls that found messages and pulls that
// found none, messages sent to consumers, timed messages that were taken up and that came due.
type Speed struct {
	Known                  bool // so much time has passed since the start
	Put, Found, Miss, Sent float64
	Timed, Due             float64
}

// Days are messages since the start, without those of system topics: until the midnight before the last one, until the
// last one, and until now.
type Days struct{ Yesterday, Today, Now int64 }

// Delay is how far a delay level is: queue offsets of the next message to deliver and of the end.
type Delay struct {
	Level     int32
	Next, End int64
}

// Timers is how far timed messages are.
type Timers struct {
	ReadBehind   time.Duration // by which the next delivery is late
	OffsetBehind int64         // messages stored and not taken up yet
	Pending      int64         // messages that wait for their time
}

// LogDir is a directory of the log.
type LogDir struct {
	Path string
	Used int // percent of its disk that is in use, -1 if it is not known
}

// Figures of a broker at one moment.
type Figures struct {
	Started time.Time // of the store

	Speeds [3]Speed // of 10, 60 and 600 s
	In     Days     // stored
	Out    Days     // sent to consumers

	Put                    int64   // messages stored since the start
	PutBytes               int64   // of records
	PutFailed              int64   // puts that stored nothing
	PutWaits               []int64 // puts that waited, by putClasses
	PutSlowest, GetSlowest time.Duration

	LogStart, LogEnd    int64 // log offsets; LogStart is -1 without a log
	Flushed, Dispatched int64
	Oldest              int64 // when the oldest message was stored, Unix milliseconds

	Logs                []LogDir
	LogUsed, QueueUsed  int   // percent of the disk of log or queues that is in use, of the log's the emptiest; -1 if it is not known
	DiskTotal, DiskFree int64 // bytes, of that disk of the log

	Delays []Delay
	Timers Timers

	SendQueued, PullQueued, QueryQueued, QueueSize int64
	SendWaits, PullWaits, QueryWaits               time.Duration // of the request that is next

	AcceptFrom int64 // startAcceptSendRequestTimeStamp, Unix milliseconds
	Active     bool  // does what masters do
}

// Runtime serves the figures.
type Runtime struct {
	figures func() Figures
	now     func() time.Time
}

// NewRuntime makes the handler. now is the clock, nil for the system's.
func NewRuntime(figures func() Figures, now func() time.Time) *Runtime {
	if now == nil {
		now = time.Now
	}
	return &Runtime{figures, now}
}

// Routes returns the row of 28. It asks the disk, so it runs on pool.
func (r *Runtime) Routes(pool *remoting.Pool) []remoting.Route {
	return []remoting.Route{{
		Code: protocol.GetBrokerRuntimeInfo, Run: pool,
		Access: remoting.Access{Action: remoting.ActionGet, Resources: remoting.EveryCluster}, Handle: remoting.Plain(r.get),
	}}
}

func (r *Runtime) get(*remoting.Request) (remoting.Reply, error) {
	f := r.figures()
	table := make(map[string]string, 80)
	r.putTimes(table, &f)
	putRates(table, &f)
	putStore(table, &f)
	putQueues(table, &f)
	return remoting.Reply{Body: fastjson.Append(nil, &protocol.KVTable{Table: table})}, nil
}

// putTimes are what StoreStatsService and the broker say of themselves.
func (r *Runtime) putTimes(table map[string]string, f *Figures) {
	up := r.now().Sub(f.Started)
	put := f.Put
	table["bootTimestamp"] = number(f.Started.UnixMilli())
	table["runtime"] = fmt.Sprintf("[ %d days, %d hours, %d minutes, %d seconds ]",
		int(up.Hours())/24, int(up.Hours())%24, int(up.Minutes())%60, int(up.Seconds())%60)
	table["putMessageTimesTotal"] = number(put)
	table["putMessageFailedTimes"] = number(f.PutFailed)
	table["putMessageSizeTotal"] = number(f.PutBytes)
	table["putMessageAverageSize"] = jvalue.FormatDouble(float64(f.PutBytes) / float64(max(put, 1)))
	table["putMessageEntireTimeMax"] = number(f.PutSlowest.Milliseconds())
	table["getMessageEntireTimeMax"] = number(f.GetSlowest.Milliseconds())
	classes := distribution(put, f.PutWaits)
	table["putMessageDistributeTime"] = classText(classes)
	table["putLatency99"] = percentile(classes, 0.99)
	table["putLatency999"] = percentile(classes, 0.999)
	table["brokerActive"] = strconv.FormatBool(f.Active)
	table["brokerVersion"] = number(mqversion.Current)
	table["brokerVersionDesc"] = mqversion.Name(mqversion.Current)
	table["startAcceptSendRequestTimeStamp"] = number(f.AcceptFrom)
}

func putRates(table map[string]string, f *Figures) {
	table["putTps"] = speedText(f, "", func(s *Speed) float64 { return s.Put })
	table["getFoundTps"] = speedText(f, "", func(s *Speed) float64 { return s.Found })
	table["getMissTps"] = speedText(f, "", func(s *Speed) float64 { return s.Miss })
	table["getTotalTps"] = speedText(f, "0.0", func(s *Speed) float64 { return s.Found + s.Miss })
	table["getTransferredTps"] = speedText(f, "", func(s *Speed) float64 { return s.Sent })
	table["getTransferedTps"] = table["getTransferredTps"] // as brokers of 4.x spell it
	table["msgPutTotalYesterdayMorning"] = number(f.In.Yesterday)
	table["msgPutTotalTodayMorning"] = number(f.In.Today)
	table["msgPutTotalTodayNow"] = number(f.In.Now)
	table["msgGetTotalYesterdayMorning"] = number(f.Out.Yesterday)
	table["msgGetTotalTodayMorning"] = number(f.Out.Today)
	table["msgGetTotalTodayNow"] = number(f.Out.Now)
}

// speedText prints a speed of each window, with blanks between them, as Java does; unknown stands for a window that
// has not passed yet.
func speedText(f *Figures, unknown string, of func(*Speed) float64) string {
	var parts [len(f.Speeds)]string
	for i := range f.Speeds {
		if parts[i] = unknown; f.Speeds[i].Known {
			parts[i] = jvalue.FormatDouble(of(&f.Speeds[i]))
		}
	}
	return strings.Join(parts[:], " ")
}

func putStore(table map[string]string, f *Figures) {
	table["commitLogDiskRatio"] = diskRatio(f.LogUsed)
	for _, dir := range f.Logs {
		table["commitLogDiskRatio_"+dir.Path] = diskRatio(dir.Used)
	}
	table["consumeQueueDiskRatio"] = diskRatio(f.QueueUsed)
	table["commitLogDirCapacity"] = "Total : " + bytesText(f.DiskTotal) + ", Free : " + bytesText(f.DiskFree) + "."
	table["commitLogMinOffset"] = number(f.LogStart)
	table["commitLogMaxOffset"] = number(f.LogEnd)
	table["dispatchBehindBytes"] = number(max(f.LogEnd-f.Dispatched, 0))
	table["remainHowManyDataToFlush"] = bytesText(max(f.LogEnd-f.Flushed, 0))
	table["earliestMessageTimeStamp"] = number(f.Oldest)
	table["remainTransientStoreBufferNumbs"] = number(math.MaxInt32)
	table["dispatchMaxBuffer"] = "0"
	for _, d := range f.Delays {
		table["scheduleMessageOffset_"+number(int64(d.Level))] = number(d.Next) + "," + number(d.End)
	}
	table["pageCacheLockTimeMills"] = "0"
	table["timerReadBehind"] = number(int64(f.Timers.ReadBehind / time.Second))
	table["timerOffsetBehind"] = number(f.Timers.OffsetBehind)
	table["timerCongestNum"] = number(f.Timers.Pending)
	latest := &f.Speeds[0]
	table["timerEnqueueTps"], table["timerDequeueTps"] = jvalue.FormatDouble(latest.Timed), jvalue.FormatDouble(latest.Due)
}

func putQueues(table map[string]string, f *Figures) {
	for _, q := range []struct {
		name   string
		queued int64
		waits  time.Duration
	}{
		{"send", f.SendQueued, f.SendWaits}, {"pull", f.PullQueued, f.PullWaits}, {"litePull", f.PullQueued, f.PullWaits},
		{"query", f.QueryQueued, f.QueryWaits}, {"ack", 0, 0},
	} {
		table[q.name+"ThreadPoolQueueSize"] = number(q.queued)
		table[q.name+"ThreadPoolQueueCapacity"] = number(f.QueueSize)
		table[q.name+"ThreadPoolQueueHeadWaitTimeMills"] = number(q.waits.Milliseconds())
	}
	table["EndTransactionQueueSize"] = number(f.SendQueued)
	table["EndTransactionThreadPoolQueueCapacity"] = number(f.QueueSize)
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// bytesText prints a size as Java does, "123 B" or "1.5 GiB". Java: MixAll.humanReadableByteCount.
func bytesText(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, unit := float64(n)/1024, 0
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	return strconv.FormatFloat(value, 'f', 1, 64) + " " + units[unit:unit+1] + "iB"
}

// diskRatio prints percent of a disk, -1.0 if they are not known.
func diskRatio(percent int) string {
	if percent < 0 {
		return "-1.0"
	}
	return jvalue.FormatDouble(float64(percent) / 100)
}

// putClasses are Java's classes of put times, with the times that end them, in milliseconds.
var putClasses = [...]struct {
	label string
	end   float64
}{
	{"[<=0ms]", 0}, {"[0~10ms]", 10}, {"[10~50ms]", 50}, {"[50~100ms]", 100}, {"[100~200ms]", 200}, {"[200~500ms]", 500},
	{"[500ms~1s]", 1000}, {"[1~2s]", 2000}, {"[2~3s]", 3000}, {"[3~4s]", 4000}, {"[4~5s]", 5000}, {"[5~10s]", 10_000},
	{"[10s~]", 10_000},
}

// distribution is all puts by class: those that did not wait are in the first.
func distribution(put int64, waited []int64) (classes [len(putClasses)]int64) {
	copy(classes[:], waited)
	for _, n := range classes {
		put -= n
	}
	classes[0] += max(put, 0)
	return classes
}

// classText has a blank behind each class, as Java's has.
func classText(classes [len(putClasses)]int64) string {
	var b strings.Builder
	for i, n := range classes {
		fmt.Fprintf(&b, "%s:%d ", putClasses[i].label, n)
	}
	return b.String()
}

// percentile is the end of the class that the share of puts is in, in milliseconds.
func percentile(classes [len(putClasses)]int64, share float64) string {
	var all, seen int64
	for _, n := range classes {
		all += n
	}
	for i, n := range classes {
		if seen += n; float64(seen) >= share*float64(all) {
			return strconv.FormatFloat(putClasses[i].end, 'f', 2, 64)
		}
	}
	return "0.00"
}
