package fastjson

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
)

type dataVersion struct {
	Counter      int64 `json:"counter"`
	StateVersion int64 `json:"stateVersion"`
	Timestamp    int64 `json:"timestamp"`
}

type topics struct {
	DataVersion      dataVersion            `json:"dataVersion"`
	TopicConfigTable map[string]topicConfig `json:"topicConfigTable"`
}

type topicConfig struct {
	Attributes      map[string]string `json:"attributes"`
	Order           bool              `json:"order"`
	Perm            int32             `json:"perm"`
	ReadQueueNums   int32             `json:"readQueueNums"`
	TopicFilterType string            `json:"topicFilterType"`
	TopicName       string            `json:"topicName"`
	TopicSysFlag    int32             `json:"topicSysFlag"`
	WriteQueueNums  int32             `json:"writeQueueNums"`
}

type groups struct {
	DataVersion            dataVersion                 `json:"dataVersion"`
	ForbiddenTable         map[string]map[string]int32 `json:"forbiddenTable"`
	SubscriptionGroupTable map[string]group            `json:"subscriptionGroupTable"`
}

type group struct {
	Attributes                     map[string]string `json:"attributes"`
	BrokerID                       int64             `json:"brokerId"`
	ConsumeBroadcastEnable         bool              `json:"consumeBroadcastEnable"`
	ConsumeEnable                  bool              `json:"consumeEnable"`
	ConsumeFromMinEnable           bool              `json:"consumeFromMinEnable"`
	ConsumeMessageOrderly          bool              `json:"consumeMessageOrderly"`
	ConsumeTimeoutMinute           int32             `json:"consumeTimeoutMinute"`
	GroupName                      string            `json:"groupName"`
	GroupRetryPolicy               retryPolicy       `json:"groupRetryPolicy"`
	GroupSysFlag                   int32             `json:"groupSysFlag"`
	NotifyConsumerIDsChangedEnable bool              `json:"notifyConsumerIdsChangedEnable"`
	RetryMaxTimes                  int32             `json:"retryMaxTimes"`
	RetryQueueNums                 int32             `json:"retryQueueNums"`
	WhichBrokerWhenConsumeSlowly   int64             `json:"whichBrokerWhenConsumeSlowly"`
}

type retryPolicy struct {
	Customized *struct {
		Next []int64 `json:"next"`
	} `json:"customizedRetryPolicy"`
	Exponential *struct {
		Initial    int64 `json:"initial"`
		Max        int64 `json:"max"`
		Multiplier int64 `json:"multiplier"`
	} `json:"exponentialRetryPolicy"`
	Type string `json:"type"`
}

type consumerOffsets struct {
	DataVersion   dataVersion                `json:"dataVersion"`
	GroupTopicMap map[string][]string        `json:"groupTopicMap"`
	OffsetTable   map[string]map[int32]int64 `json:"offsetTable"`
}

type delayOffsets struct {
	DataVersion dataVersion     `json:"dataVersion"`
	OffsetTable map[int32]int64 `json:"offsetTable"`
}

type filters struct {
	FilterDataByTopic map[string]struct {
		GroupFilterData map[string]struct {
			BloomFilterData struct {
				BitNum int32   `json:"bitNum"`
				BitPos []int32 `json:"bitPos"`
			} `json:"bloomFilterData"`
			BornTime       int64  `json:"bornTime"`
			ClientVersion  int64  `json:"clientVersion"`
			ConsumerGroup  string `json:"consumerGroup"`
			Dead           bool   `json:"dead"`
			DeadTime       int64  `json:"deadTime"`
			Expression     string `json:"expression"`
			ExpressionType string `json:"expressionType"`
			Topic          string `json:"topic"`
		} `json:"groupFilterData"`
		Topic string `json:"topic"`
	} `json:"filterDataByTopic"`
}

type orders struct {
	Table map[string]map[int32]struct {
		AttemptID     string          `json:"a"`
		CommitMask    int64           `json:"cm"`
		Invisible     int64           `json:"i"`
		LastConsume   int64           `json:"l"`
		Offsets       []int64         `json:"o" fastjson:"list"`
		ConsumedCount map[int64]int32 `json:"oc"`
		VisibleTime   map[int64]int64 `json:"ot"`
		PopTime       int64           `json:"popTime"`
	} `json:"table"`
}

type requestModes struct {
	MessageRequestModeMap map[string]map[string]struct {
		ConsumerGroup    string `json:"consumerGroup"`
		Mode             string `json:"mode"`
		PopShareQueueNum int32  `json:"popShareQueueNum"`
		Topic            string `json:"topic"`
	} `json:"messageRequestModeMap"`
}

type queueMappings struct {
	DataVersion              dataVersion `json:"dataVersion"`
	TopicQueueMappingInfoMap map[string]struct {
		BName        string                      `json:"bname"`
		CurrIDMap    map[int32]int32             `json:"currIdMap"`
		Dirty        bool                        `json:"dirty"`
		Epoch        int64                       `json:"epoch"`
		HostedQueues map[int32][]queueMappedItem `json:"hostedQueues"`
		Scope        string                      `json:"scope"`
		Topic        string                      `json:"topic"`
		TotalQueues  int32                       `json:"totalQueues"`
	} `json:"topicQueueMappingInfoMap"`
}

type queueMappedItem struct {
	BName       string `json:"bname"`
	EndOffset   int64  `json:"endOffset"`
	Gen         int32  `json:"gen"`
	LogicOffset int64  `json:"logicOffset"`
	QueueID     int32  `json:"queueId"`
	StartOffset int64  `json:"startOffset"`
	TimeOfEnd   int64  `json:"timeOfEnd"`
	TimeOfStart int64  `json:"timeOfStart"`
}

type position struct {
	Empty          bool             `json:"empty"`
	QueueOffsetMap map[string]int64 `json:"queueOffsetMap"`
}

type timing struct {
	DataVersion dataVersion `json:"dataVersion"`
	TimingCount map[string]struct {
		Count     int64 `json:"count"`
		TimeStamp int64 `json:"timeStamp"`
	} `json:"timingCount"`
}

type transactions struct {
	DataVersion      dataVersion         `json:"dataVersion"`
	TransactionCount map[string]struct{} `json:"transactionCount"`
}

// configFiles are the files below store/ that Java prints with fastjson, each
// with a value to read it into and the function that prints it.
func configFiles() map[string]struct {
	into   any
	append func([]byte, any) []byte
} {
	type form = struct {
		into   any
		append func([]byte, any) []byte
	}
	return map[string]form{
		"topics.json":             {new(topics), AppendPretty},
		"subscriptionGroup.json":  {new(groups), AppendPretty},
		"consumerOffset.json":     {new(consumerOffsets), AppendPretty},
		"delayOffset.json":        {new(delayOffsets), AppendPretty},
		"consumerFilter.json":     {new(filters), AppendPretty},
		"consumerOrderInfo.json":  {new(orders), AppendPretty},
		"messageRequestMode.json": {new(requestModes), AppendPretty},
		"topicQueueMapping.json":  {new(queueMappings), AppendPretty},
		"position-checkpoint":     {new(position), AppendPretty},
		"timermetrics":            {new(timing), AppendStrict},
		"transactionMetrics":      {new(transactions), AppendStrict},
	}
}

func TestConfigFilesAgainstJava(t *testing.T) {
	for _, image := range []string{"basic-clean", "basic-killed"} {
		store := filepath.Join(golden.Store(t, image), "store")
		checkConfigFiles(t, filepath.Join(store, "config"), 7)
	}
	checkConfigFiles(t, filepath.Join(golden.Store(t, "basic-clean"), "store", "compaction"), 1)
	checkConfigFiles(t, "testdata/config", 5)
}

// checkConfigFiles reads all files of a directory that it knows and prints them
// again. Java's tables come in hash order, so where the bytes differ the lines
// must be the same in some order.
func checkConfigFiles(t *testing.T, dir string, atLeast int) {
	t.Helper()
	checked := 0
	for name, f := range configFiles() {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		checked++
		if err := Unmarshal(want, f.into); err != nil {
			t.Errorf("%s/%s: %v", dir, name, err)
			continue
		}
		got := f.append(nil, f.into)
		if string(got) != string(want) && !slices.Equal(sortedLines(got), sortedLines(want)) {
			t.Errorf("%s/%s:\ngot\n%s\nwant\n%s", dir, name, got, want)
		}
	}
	if checked < atLeast {
		t.Errorf("%s: %d files checked, want at least %d", dir, checked, atLeast)
	}
}

// sortedLines drops the comma that tells the last of siblings, and the order.
func sortedLines(text []byte) []string {
	lines := strings.Split(string(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], ",")
	}
	slices.Sort(lines)
	return lines
}
