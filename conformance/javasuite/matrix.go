package javasuite

import (
	"slices"
	"strings"

	"github.com/gannetmq/gannet/conformance/javaenv"
)

// Client is one version of Java's client with one form of headers.
type Client struct {
	Module  javaenv.Module
	Headers string // JSON or ROCKETMQ
}

// Props make a JVM use the form of headers.
func (c Client) Props() map[string]string {
	if c.Headers == JSON {
		return nil
	}
	return map[string]string{"rocketmq.serialize.type": c.Headers}
}

// Name is of use for tests, topics and groups.
func (c Client) Name() string {
	return strings.ToLower(c.Headers) + "-" + strings.ReplaceAll(c.Version(), ".", "_")
}

// Version is that of the client, as "5.3.3".
func (c Client) Version() string { return strings.TrimPrefix(string(c.Module), "client-") }

// The forms of headers.
const (
	JSON     = "JSON"
	RocketMQ = "ROCKETMQ"
)

// Modules are the versions, the newest first.
var Modules = []javaenv.Module{javaenv.Client533, javaenv.Client514, javaenv.Client494, javaenv.Client471, javaenv.Client432}

var (
	from46 = Modules[:4] // that know requests, DefaultLitePullConsumer, traces and namespaces
	from49 = Modules[:3] // that know light queues, and trace how transactions end
	from5  = Modules[:2] // that know timers and attributes of topics
	ends   = []javaenv.Module{javaenv.Client533, javaenv.Client432}
)

// Feature is a part of what applications do, and by whom it is done. With ROCKETMQ headers it is done by all versions or by none.
type Feature struct {
	Name           string // of a scenario of the program Scenario, or of another program of conformance/javaclient
	What           string
	JSON, RocketMQ []javaenv.Module
	Go             string // tests of conformance/goclient or conformance/selectors that do it with the Go client
}

// Scenario reports whether it is one of the program Scenario.
func (f Feature) Scenario() bool { return f.Name == strings.ToLower(f.Name) }

// Features are all that are run. The scenarios stand in the order in which Scenario runs them when none is named.
var Features = []Feature{
	{"sync", "send and wait", Modules, Modules, "TestProduceAndPush"},
	{"async", "send with a callback", Modules, Modules, "TestAsyncAndOneWay"},
	{"oneway", "send without an answer", Modules, Modules, "TestAsyncAndOneWay"},
	{"batch", "batches", Modules, Modules, "TestBatch"},
	{"ordered", "ordered messages, two members", Modules, Modules, "TestOrderly"},
	{"tags", "filters by tag", Modules, Modules, "TestTagFilter"},
	{"pull", "pull consumer", Modules, Modules, "TestPullConsumer"},
	{"longpoll", "pulls that wait", Modules, Modules, ""},
	{"tagpoll", "pulls that wait for a tag", Modules, Modules, ""},
	{"resume", "offsets over a restart of the consumer", Modules, Modules, "TestOffsetsSurviveARestart"},
	{"offsets", "offsets by time, first, last", Modules, Modules, ""},
	{"createtopic", "topics made by clients", Modules, Modules, "TestAdmin"},
	{"properties", "properties, keys, ids", Modules, Modules, ""},
	{"limits", "large and compressed bodies, refusals", Modules, Modules, "TestCompressedBodies"},
	{"broadcast", "broadcast", Modules, Modules, "TestBroadcast"},
	{"from", "where a new group begins", Modules, Modules, "TestWhereAGroupBegins"},
	{"query", "search by key and id", Modules, Modules, ""},
	{"reset", "offsets set back by an administrator", Modules, Modules, "TestAskedAndSetBack"},
	{"handover", "order when a member leaves", Modules, Modules, "TestOrderWithTwoMembers"},
	{"unit", "unit names", Modules, Modules, "TestUnitNames"},
	{"assign", "lite pull consumer, assigned queues", from46, from46, ""},
	{"subscribe", "lite pull consumer, subscription", from46, from46, ""},
	{"rpc", "request and reply", from46, from46, "TestRequestAndReply"},
	{"trace", "traces", from46, from46, "TestTrace"},
	{"namespace", "namespaces", from46, from46, "TestNamespaces"},
	{"Failures", "retries, dead letters, delay levels, ordered queues that wait, groups' retry settings", Modules, Modules, "TestRetriesAndDeadLetters, TestDelayLevels, TestOrderlySuspension"},
	{"NamespaceFailures", "retries and dead letters within namespaces", from46, from46, ""},
	{"Transactions", "transactions", Modules, Modules, "TestTransactions"},
	{"Abandoned", "transactions given up and resumed, immunity to questions", Modules, nil, ""},
	{"TransactionTraces", "traces of transactions, in the broker's own trace topic", from49, nil, ""},
	{"Selecting", "filters by SQL92", Modules, Modules, "TestDirectories, TestPullConsumer"},
	{"Timed", "timed messages and recall", from5, from5, "TestTimers"},
	{"BatchQueues", "batch queues", from5, from5, ""},
	{"LightQueues", "light queues", from49, from49, ""},
	{"Compressing", "bodies compressed by LZ4, zstd and zlib, through retries, delays and transactions", from49, from49, "TestCompressedBodies"},
	{"Refusals", "groups and brokers that are forbidden to, and allowed again", Modules, nil, ""},
	{"Busy", "more sends at a time than the broker takes", Modules, nil, ""},
	{"Cold", "groups that read old messages and are put off", Modules, nil, ""},
	{"Trimmed", "where a new group begins behind deleted messages", ends, nil, ""},
	{"OrderedTopic", "topics whose queues to send to the name server tells", Modules, nil, ""},
	{"TraceSwitch", "the broker's own trace topic, and traces switched off", from46, nil, "TestTrace"},
	{"CallPeer", "request and reply between Java and Go", from46, from46, "TestRequestAndReply"},
}

// Clients are those with which a scenario or program is run.
func Clients(name string) []Client {
	i := slices.IndexFunc(Features, func(f Feature) bool { return f.Name == name })
	var all []Client
	for _, m := range Features[i].JSON {
		all = append(all, Client{m, JSON})
	}
	for _, m := range Features[i].RocketMQ {
		all = append(all, Client{m, RocketMQ})
	}
	return all
}

// Scenarios are the names of all.
func Scenarios() []string {
	var all []string
	for _, f := range Features {
		if f.Scenario() {
			all = append(all, f.Name)
		}
	}
	return all
}

// scenarios are those of a client, in their order.
func scenarios(c Client) []string {
	var all []string
	for _, f := range Features {
		if f.Scenario() && slices.Contains(Clients(f.Name), c) {
			all = append(all, f.Name)
		}
	}
	return all
}
