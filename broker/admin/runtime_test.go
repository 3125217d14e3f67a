package admin

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/wire"
)

func sampleFigures() Figures {
	return Figures{
		Delays:  []Delay{{Level: 1, Next: 3, End: 5}},
		Timers:  Timers{ReadBehind: 2500 * time.Millisecond, OffsetBehind: 4, Pending: 6},
		Started: time.UnixMilli(1_000), Put: 200, PutBytes: 50_000, PutFailed: 1,
		Speeds: [3]Speed{{true, 1.5, 3, 4, 50, 6, 7.5}, {true, 10, 0, 0.5, 0, 8, 9}}, In: Days{1, 2, 190}, Out: Days{3, 4, 50},
		PutWaits: []int64{1, 2, 1}, PutSlowest: 42 * time.Millisecond, GetSlowest: 7 * time.Millisecond,
		LogStart: 1024, LogEnd: 51_024, Flushed: 50_000, Dispatched: 51_000, Oldest: 1_500,
		Logs: []LogDir{{"/data/store/commitlog", 6}, {"/more", -1}, {"/full", 100}}, LogUsed: 6, QueueUsed: 35,
		DiskTotal: 252 << 30, DiskFree: 238 << 30,
		SendQueued: 1, PullQueued: 2, QueryQueued: 3, QueueSize: 10_000, AcceptFrom: 9, Active: true,
		SendWaits: 1500 * time.Microsecond, PullWaits: 2 * time.Second, QueryWaits: 999 * time.Microsecond,
	}
}

func tableOf(t *testing.T, answer *wire.Command) map[string]string {
	t.Helper()
	var body struct{ Table map[string]string }
	if err := json.Unmarshal(answer.Body, &body); err != nil {
		t.Fatalf("%v in %s", err, answer.Body)
	}
	return body.Table
}

func serveRuntime(t *testing.T) func(request []byte) *wire.Command {
	t.Helper()
	h := NewRuntime(sampleFigures, func() time.Time { return time.UnixMilli(1_000).Add(90061 * time.Second) })
	router := serve(t, h.Routes)
	return func(request []byte) *wire.Command { return peer.Ask(t, router, request) }
}

// Every key of Java's is there, with a value of the same form.
func TestGoldenRuntime(t *testing.T) {
	asked := serveRuntime(t)
	size := regexp.MustCompile(`[0-9.]+ ([KMG]i)?B`)
	digits := regexp.MustCompile(`[0-9]+`)
	form := func(s string) string {
		s = digits.ReplaceAllString(size.ReplaceAllString(s, "0 B"), "0")
		return strings.Replace(s, "true", "false", 1)
	}
	for _, f := range peer.Recorded(t, 28, 3) {
		got := asked(f.Request)
		peer.LikeJava(t, &f, got)
		ours := tableOf(t, got)
		for key, java := range tableOf(t, peer.Decode(t, f.Response)) {
			switch {
			case strings.HasPrefix(key, "commitLogDiskRatio_"):
				key = "commitLogDiskRatio_/data/store/commitlog"
			case strings.HasPrefix(key, "scheduleMessageOffset_"):
				key = "scheduleMessageOffset_1"
			case key == "remainHowManyDataToCommit":
				continue // of the transient pool, which is not served
			}
			value, ok := ours[key]
			if !ok {
				t.Errorf("%s: no %s", f.ReqFile, key)
				continue
			}
			java, value = form(java), form(value)
			if java != value && !strings.HasSuffix(key, "Tps") && java != "null" && java != "-0" {
				t.Errorf("%s: %s has the form %q, Java's %q", f.ReqFile, key, value, java)
			}
		}
	}
}

func TestRuntimeValues(t *testing.T) {
	got := tableOf(t, serveRuntime(t)(frame(t, 28, nil, "")))
	for key, want := range map[string]string{
		"runtime": "[ 1 days, 1 hours, 1 minutes, 1 seconds ]", "bootTimestamp": "1000", "brokerVersion": "479", "brokerVersionDesc": "V5_3_3",
		"putMessageTimesTotal": "200", "putMessageSizeTotal": "50000", "putMessageAverageSize": "250.0", "putMessageFailedTimes": "1",
		"putMessageDistributeTime": "[<=0ms]:197 [0~10ms]:2 [10~50ms]:1 [50~100ms]:0 [100~200ms]:0 [200~500ms]:0 [500ms~1s]:0 " +
			"[1~2s]:0 [2~3s]:0 [3~4s]:0 [4~5s]:0 [5~10s]:0 [10s~]:0 ",
		"putLatency99": "10.00", "putLatency999": "50.00", "putMessageEntireTimeMax": "42", "getMessageEntireTimeMax": "7",
		"putTps": "1.5 10.0 ", "getFoundTps": "3.0 0.0 ", "getMissTps": "4.0 0.5 ", "getTotalTps": "7.0 0.5 0.0",
		"getTransferedTps": "50.0 0.0 ", "getTransferredTps": "50.0 0.0 ",
		"msgPutTotalYesterdayMorning": "1", "msgPutTotalTodayMorning": "2", "msgPutTotalTodayNow": "190",
		"msgGetTotalYesterdayMorning": "3", "msgGetTotalTodayMorning": "4", "msgGetTotalTodayNow": "50",
		"commitLogDiskRatio": "0.06", "commitLogDiskRatio_/data/store/commitlog": "0.06", "commitLogDiskRatio_/more": "-1.0",
		"commitLogDiskRatio_/full": "1.0", "consumeQueueDiskRatio": "0.35", "timerEnqueueTps": "6.0", "timerDequeueTps": "7.5",
		"sendThreadPoolQueueHeadWaitTimeMills": "1", "pullThreadPoolQueueHeadWaitTimeMills": "2000", "EndTransactionQueueSize": "1",
		"litePullThreadPoolQueueHeadWaitTimeMills": "2000", "queryThreadPoolQueueHeadWaitTimeMills": "0", "ackThreadPoolQueueHeadWaitTimeMills": "0",
		"commitLogDirCapacity": "Total : 252.0 GiB, Free : 238.0 GiB.", "commitLogMaxOffset": "51024",
		"dispatchBehindBytes": "24", "remainHowManyDataToFlush": "1.0 KiB", "earliestMessageTimeStamp": "1500",
		"pullThreadPoolQueueSize": "2", "litePullThreadPoolQueueSize": "2", "queryThreadPoolQueueSize": "3", "sendThreadPoolQueueCapacity": "10000",
		"scheduleMessageOffset_1": "3,5", "startAcceptSendRequestTimeStamp": "9", "brokerActive": "true",
	} {
		if got[key] != want {
			t.Errorf("%s: got %q, want %q", key, got[key], want)
		}
	}
	// What the exporter reads as numbers.
	for _, key := range []string{"commitLogMinOffset", "remainTransientStoreBufferNumbs", "timerCongestNum", "EndTransactionQueueSize"} {
		if _, err := strconv.ParseInt(got[key], 10, 64); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestBytesText(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1 << 20: "1.0 MiB", 252 << 30: "252.0 GiB", 1<<63 - 1: "8.0 EiB",
	} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}
