package coverage

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/javasuite"
)

// evidence are the foreign clients that use a code at ours, in suites that fail if they do not get what they want. An entry is
// "mqadmin COMMAND", whose text is compared with that at Java's broker; "admin METHOD" of mqadmin's DefaultMQAdminExt, likewise; "scenario NAME" of javaclient's Scenario; "java PROGRAM"; "go TEST"
// of goclient; "suite TEST" of javasuite, with Java's clients; or "broker TEST" of javasuite or names, with a Java broker at our name server.
var evidence = map[int32][]string{
	10: {"go TestProduceAndPush"}, 11: {"scenario pull", "go TestProduceAndPush"}, 12: {"scenario query", "mqadmin queryMsgByKey", "mqadmin queryMsgTraceById"},
	14: {"scenario offsets", "go TestOffsetsSurviveARestart"}, 15: {"scenario resume", "go TestOffsetsSurviveARestart"},
	17: {"scenario createtopic", "mqadmin updateTopic"}, 18: {"mqadmin updateTopicList"}, 21: {"mqadmin exportMetadata"},
	25: {"mqadmin updateBrokerConfig"}, 26: {"mqadmin getBrokerConfig"}, 28: {"mqadmin brokerStatus", "mqadmin clusterList"},
	29: {"scenario offsets"}, 30: {"scenario offsets"}, 31: {"scenario offsets"}, 32: {"scenario offsets"},
	33: {"scenario query", "mqadmin queryMsgById"}, 34: {"scenario sync", "go TestProduceAndPush"}, 35: {"suite TestMembersAreTold"},
	36: {"java Failures", "go TestRetriesAndDeadLetters"}, 37: {"java Transactions", "go TestTransactions"}, 38: {"scenario handover"},
	39: {"java Transactions", "go TestTransactions"}, 40: {"suite TestMembersAreTold"},
	41: {"scenario ordered", "go TestOrderly"}, 42: {"suite TestMembersAreTold"}, 46: {"java Selecting"},
	100: {"mqadmin updateKvConfig"}, 101: {"mqadmin updateOrderConf"}, 102: {"mqadmin deleteKvConfig"},
	103: {"broker TestJavaBrokerAtOurNameServer", "broker TestActingMaster"}, 104: {"broker TestActingMaster"},
	105: {"scenario sync", "mqadmin topicRoute"}, 106: {"mqadmin clusterList"},
	200: {"mqadmin updateSubGroup"}, 201: {"mqadmin exportMetadata"}, 202: {"mqadmin topicStatus"}, 203: {"mqadmin consumerConnection"},
	204: {"mqadmin producerConnection"}, 205: {"mqadmin wipeWritePerm"}, 206: {"mqadmin topicList"}, 207: {"mqadmin deleteSubGroup"},
	208: {"mqadmin consumerProgress"}, 215: {"mqadmin deleteTopic"}, 216: {"mqadmin deleteTopic"},
	220: {"scenario reset", "go TestAskedAndSetBack"}, 221: {"scenario reset", "go TestAskedAndSetBack"}, 222: {"scenario reset", "mqadmin resetOffsetByTime", "mqadmin skipAccumulatedMessage", "go TestAskedAndSetBack"}, 223: {"scenario reset", "go TestAskedAndSetBack"},
	225: {"mqadmin updateSubGroupList"}, 300: {"mqadmin statsAll", "mqadmin topicList"}, 306: {"mqadmin cleanExpiredCQ"}, 307: {"scenario reset", "mqadmin consumerStatus", "go TestAskedAndSetBack"}, 309: {"scenario reset", "mqadmin queryMsgById", "go TestAskedAndSetBack"},
	310: {"scenario sync"}, 314: {"mqadmin cloneGroupOffset"}, 315: {"mqadmin statsAll"}, 316: {"mqadmin cleanUnusedTopic"},
	317: {"mqadmin brokerConsumeStats"}, 318: {"mqadmin updateNamesrvConfig"}, 319: {"mqadmin getNamesrvConfig"}, 320: {"scenario batch"}, 321: {"mqadmin queryCq"},
	323: {"java Abandoned"}, 324: {"java CallPeer"}, 325: {"scenario rpc", "go TestRequestAndReply"}, 326: {"scenario rpc", "go TestRequestAndReply"}, 327: {"mqadmin addWritePerm"}, 328: {"mqadmin producer"},
	329: {"mqadmin deleteExpiredCommitLog"}, 351: {"mqadmin consumerProgress"}, 352: {"mqadmin getConsumerConfig"}, 353: {"java Refusals"},
	361: {"scenario assign", "scenario subscribe"}, 370: {"java Timed"}, 905: {"broker TestActingMaster"},
	303: {"admin queryConsumeTimeSpan"}, 343: {"admin queryTopicsByConsumer"}, 345: {"admin querySubscription"},
	2001: {"mqadmin updateColdDataFlowCtrGroupConfig"}, 2002: {"mqadmin removeColdDataFlowCtrGroupConfig"},
	2003: {"mqadmin getColdDataFlowCtrInfo"}, 2004: {"mqadmin setCommitLogReadAheadMode"},
}

// Evidence is of codes that are served, or sent to clients, and is there.
func TestEvidence(t *testing.T) {
	served := append(brokerCodes(t), namesrvCodes(t)...)
	scenarios := javasuite.Scenarios()
	commands := commandsOfMQAdmin(t)
	tests := declared(t, "../goclient")
	suites := declared(t, "../javasuite")
	brokers := declared(t, "../javasuite", "../names")
	for code, list := range evidence {
		if !slices.Contains(served, code) && toClients[code] == "" {
			t.Errorf("%d is neither served nor sent", code)
		}
		for _, e := range list {
			kind, name, _ := strings.Cut(e, " ")
			there := false
			switch kind {
			case "mqadmin":
				there = commands[name]
			case "admin":
				there = commands["call "+name]
			case "scenario":
				there = slices.Contains(scenarios, name)
			case "go":
				there = tests[name]
			case "suite":
				there = suites[name]
			case "broker":
				there = brokers[name]
			case "java":
				there = startsProgram(t, name)
			}
			if !there {
				t.Errorf("%d: there is no %s", code, e)
			}
		}
	}
}

// commandsOfMQAdmin are those whose text is compared, and "call METHOD".
func commandsOfMQAdmin(t *testing.T) map[string]bool {
	t.Helper()
	all := make(map[string]bool)
	command := regexp.MustCompile(`(?m)(?:args\(|^\t\{)"((?:call )?\w+)[ "]`)
	for _, m := range command.FindAllStringSubmatch(sources(t, "../mqadmin", "../names"), -1) {
		all[m[1]] = true
	}
	return all
}

func sources(t *testing.T, dirs ...string) string {
	t.Helper()
	var all strings.Builder
	for _, dir := range dirs {
		files, err := filepath.Glob(dir + "/*_test.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	return all.String()
}

func declared(t *testing.T, dirs ...string) map[string]bool {
	t.Helper()
	all := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(sources(t, dirs...), -1) {
		all[m[1]] = true
	}
	return all
}

// startsProgram reports whether a test runs the Java program with the clients that javasuite has for it.
func startsProgram(t *testing.T, name string) bool {
	t.Helper()
	return strings.Contains(sources(t, "../*"), "range javasuite.Clients("+strconv.Quote(name)+")")
}

// replayed is what conformance/replay found of a code: exchanges that are answered as by Java, and those that are listed as
// answered otherwise, for a reason.
type replayed struct{ equal, otherwise int }

func (r replayed) String() string {
	switch {
	case r.otherwise == 0:
		return fmt.Sprintf("%d equal", r.equal)
	case r.equal == 0:
		return fmt.Sprintf("%d otherwise", r.otherwise)
	}
	return fmt.Sprintf("%d equal, %d otherwise", r.equal, r.otherwise)
}

// replays reads the verdicts from the lines that conformance/replay holds true.
func replays(t *testing.T) map[int32]replayed {
	t.Helper()
	f, err := os.Open("../replay/deviations.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	elsewhere, unserved, deviating := make(map[string]bool), make(map[string]bool), make(map[string]bool)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		col := strings.Split(lines.Text(), "\t")
		switch {
		case col[0] == "direction":
			elsewhere[col[1]] = true
		case col[0] == "unserved":
			unserved[col[1]] = true
		case col[0] == "exchange":
			deviating[col[1]] = true
		}
	}
	all := make(map[int32]replayed)
	for _, frame := range golden.Frames(t) {
		code := int32(frame.Code)
		if elsewhere[frame.Direction] || unserved[strconv.Itoa(frame.Code)] {
			continue
		}
		r := all[code]
		if deviating[strings.TrimSuffix(frame.ReqFile, ".req.bin")] {
			r.otherwise++
		} else {
			r.equal++
		}
		all[code] = r
	}
	return all
}
