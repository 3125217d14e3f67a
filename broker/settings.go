package broker

import (
	"errors"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/gannetmq/gannet/broker/admin"
	"github.com/gannetmq/gannet/broker/filter"
	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/layout"
)

// changeable are the keys that may change while the broker runs, and how each is taken over. What else
// must happen is in Broker.adopt. Keys that do nothing here may change too, unless they name a path.
var changeable = map[string]func(to, from *Config){
	"brokerPermission":                   func(to, from *Config) { to.Permission = from.Permission },
	"autoCreateTopicEnable":              func(to, from *Config) { to.AutoCreateTopic = from.AutoCreateTopic },
	"validateSystemTopicWhenUpdateTopic": func(to, from *Config) { to.ValidateSystemTopics = from.ValidateSystemTopics },
	"enableMixedMessageType":             func(to, from *Config) { to.MixedMessageType = from.MixedMessageType },
	"clearRetryTopicWhenDeleteTopic":     func(to, from *Config) { to.ClearRetryTopics = from.ClearRetryTopics },
	"autoCreateSubscriptionGroup":        func(to, from *Config) { to.AutoCreateGroup = from.AutoCreateGroup },
	"enableCreateSysGroup":               func(to, from *Config) { to.CreateSystemGroups = from.CreateSystemGroups },
	"useServerSideResetOffset":           func(to, from *Config) { to.ServerSideReset = from.ServerSideReset },
	"enablePropertyFilter":               func(to, from *Config) { to.PropertyFilter = from.PropertyFilter },
	"timerStopEnqueue":                   func(to, from *Config) { to.TimerStopEnqueue = from.TimerStopEnqueue },
	"rejectPullConsumerEnable":           func(to, from *Config) { to.RejectPullConsumer = from.RejectPullConsumer },
	"litePullMessageEnable":              func(to, from *Config) { to.LitePull = from.LitePull },
	"longPollingEnable":                  func(to, from *Config) { to.LongPolling = from.LongPolling },
	"recallMessageEnable":                func(to, from *Config) { to.RecallEnable = from.RecallEnable },
	"allowRecallWhenBrokerNotWriteable":  func(to, from *Config) { to.RecallReadOnly = from.RecallReadOnly },
	"traceOn":                            func(to, from *Config) { to.TraceOn = from.TraceOn },
	"storeReplyMessageEnable":            func(to, from *Config) { to.StoreReplies = from.StoreReplies },
	"rejectTransactionMessage":           func(to, from *Config) { to.RejectTransactions = from.RejectTransactions },
	"transactionTimeOut":                 func(to, from *Config) { to.TranTimeout = from.TranTimeout },
	"transactionCheckMax":                func(to, from *Config) { to.TranCheckMax = from.TranCheckMax },
	"transactionCheckInterval":           func(to, from *Config) { to.TranCheckInterval = from.TranCheckInterval },
	"transactionOpMsgMaxSize":            func(to, from *Config) { to.TranOpSize = from.TranOpSize },
	"transactionOpBatchInterval":         func(to, from *Config) { to.TranOpInterval = from.TranOpInterval },
	"transactionMetricFlushInterval":     func(to, from *Config) { to.TranSaveInterval = from.TranSaveInterval },
	"coldDataFlowControlEnable":          func(to, from *Config) { to.ColdControl = from.ColdControl },
	"coldReadShare":                      func(to, from *Config) { to.ColdShare = from.ColdShare },
	"coldCtrStrategyEnable":              func(to, from *Config) { to.ColdStrategy = from.ColdStrategy },
	"cgColdReadThreshold":                func(to, from *Config) { to.ColdGroup = from.ColdGroup },
	"globalColdReadThreshold":            func(to, from *Config) { to.ColdGlobal = from.ColdGlobal },
	"fileReservedTime":                   func(to, from *Config) { to.ReservedHours = from.ReservedHours },
	"deleteWhen":                         func(to, from *Config) { to.DeleteWhen = from.DeleteWhen },
	"diskMaxUsedSpaceRatio":              func(to, from *Config) { to.DiskMaxUsedRatio = from.DiskMaxUsedRatio },
	"cleanFileForciblyEnable":            func(to, from *Config) { to.CleanForcibly = from.CleanForcibly },
	"maxCommitLogBytes":                  func(to, from *Config) { to.MaxLogBytes = from.MaxLogBytes },
	"deleteFileBatchMax":                 func(to, from *Config) { to.DeleteBatch = from.DeleteBatch },
}

// adopt makes next count where old did. The error tells of a change that holds but is not on disk.
func (b *Broker) adopt(old, next *Config) error {
	b.now.Store(next)
	b.groups.SetPolicy(next.groupPolicy())
	b.send.SetTrace(next.TraceOn)
	if old.TimerStopEnqueue && !next.TimerStopEnqueue {
		b.timers.Wake()
	}
	if old.RejectPullConsumer != next.RejectPullConsumer {
		b.clients.Invalidate() // heartbeats that are remembered were read by the other rule
	}
	b.store.SetRetention(next.StoreOptions().Retention)
	err := b.topics.SetPolicy(next.topicPolicy())
	if old.Permission != next.Permission {
		err = errors.Join(err, b.topics.Touch()) // name servers are told of topics with the broker's permission
	}
	return err
}

// settings is the configuration as broker/admin sees it.
type settings struct{ broker *Broker }

// requestSource is where a changed setting is from.
const requestSource = "request"

// Change implements admin.Settings.
func (s settings) Change(changes []admin.Setting) error {
	old := s.broker.now.Load()
	next := *old
	written := make([]jconf.Setting, len(changes))
	for i, ch := range changes {
		written[i] = jconf.Setting{Key: ch.Key, Value: ch.Value, Source: requestSource}
	}
	next.set = replaced(old.set, written)
	bound, problems := Bind(next.set)
	for _, p := range problems {
		if p.Setting.Source == requestSource {
			return remoting.Errorf(protocol.InvalidParameter, "%s", p)
		}
	}
	for _, ch := range changes {
		if err := next.take(bound, ch); err != nil {
			return err
		}
	}
	if err := next.Validate(); err != nil {
		return remoting.Errorf(protocol.InvalidParameter, "%v", err)
	}
	err := s.broker.adopt(old, &next)
	if s.broker.opts.SaveConfig == nil {
		s.broker.log.Warn("the broker was started without a configuration file: what was changed holds until it stops")
		return err
	}
	return errors.Join(err, s.broker.opts.SaveConfig(written))
}

// replaced returns the settings with changes in place of those that earlier requests made of the same keys.
func replaced(set, changes []jconf.Setting) []jconf.Setting {
	kept := slices.DeleteFunc(slices.Clone(set), func(s jconf.Setting) bool {
		return s.Source == requestSource &&
			slices.ContainsFunc(changes, func(ch jconf.Setting) bool { return ch.Key == s.Key })
	})
	return append(kept, changes...)
}

// take takes over one setting from bound, if it may change.
func (c *Config) take(bound *Config, ch admin.Setting) error {
	if set, ok := changeable[ch.Key]; ok {
		set(c, bound)
		return nil
	}
	is, honoured := valueOf(jconf.Table(c), ch.Key)
	becomes, _ := valueOf(jconf.Table(bound), ch.Key)
	switch {
	case honoured && is == becomes:
		return nil
	case honoured:
		return remoting.Errorf(protocol.NoPermission,
			"Can not update config %s while the broker runs: set it in the configuration file and start the broker again", ch.Key)
	case isPath(ch.Key):
		return remoting.Errorf(protocol.NoPermission,
			"Can not update config %s: it names files or code of the broker's machine", ch.Key)
	}
	return nil
}

func valueOf(entries []jconf.Entry, key string) (value string, ok bool) {
	i := slices.IndexFunc(entries, func(e jconf.Entry) bool { return e.Key == key })
	if i < 0 {
		return "", false
	}
	return entries[i].Value, true
}

// isPath reports whether a key without effect names files, or classes to load: Java may read the file that it
// is written to.
func isPath(key string) bool {
	known := Known()
	i := slices.IndexFunc(known, func(e jconf.Entry) bool { return e.Key == key })
	if i < 0 || known[i].Type != "String" {
		return false
	}
	key = strings.ToLower(key)
	return slices.ContainsFunc([]string{"path", "home", "plugin", "provider", "strategy"}, func(word string) bool {
		return strings.Contains(key, word)
	})
}

// All implements admin.Settings. What is empty in the configuration because the broker finds it by itself
// is shown as it was found. A key without effect has the value that it was given, or Java's default.
func (s settings) All() []admin.Setting {
	c := *s.broker.now.Load()
	s.broker.complete(&c)
	var all []admin.Setting
	add := func(key, value string) {
		if jconf.IsSecret(key) {
			value = jconf.NewSecret(value).String()
		}
		all = append(all, admin.Setting{Key: key, Value: value})
	}
	for _, e := range jconf.Table(&c) {
		add(e.Key, e.Value)
	}
	given := make(map[string]string, len(c.set))
	for _, g := range c.set {
		given[g.Key] = strings.TrimSpace(g.Value)
	}
	for _, e := range Known() {
		value, ok := given[e.Key]
		if !ok {
			value, ok = defaultHere(&e)
		}
		if e.Key == "bitMapLengthConsumeQueueExt" { // whatever was given, as in Java: ConsumerFilterManager
			value = strconv.Itoa(filter.MapBits(c.BloomErrorRate, c.BloomConsumers))
		}
		if ok {
			add(e.Key, value)
		}
	}
	slices.SortFunc(all, func(a, b admin.Setting) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// complete fills in what was found at the start.
func (b *Broker) complete(c *Config) {
	if c.BrokerIP1 == "" {
		c.BrokerIP1 = b.opts.Advertised.String()
	}
	if c.BrokerIP2 == "" {
		c.BrokerIP2 = b.haAddr().String()
	}
	if c.HAListenPort == 0 {
		c.HAListenPort = c.ListenPort + 1
	}
	if c.CommitLogPath == "" && c.StoreRoot != "" {
		c.CommitLogPath = path.Join(c.StoreRoot, layout.LogDir)
	}
}

// defaultHere is Java's default of a key on this machine; not ok where it is no value but a description.
func defaultHere(e *jconf.Entry) (value string, ok bool) {
	cpus := runtime.NumCPU()
	sized := map[string]int{
		"clientCallbackExecutorThreads": cpus,
		"endTransactionThreadPoolNums":  max(8+2*cpus, 4*min(4, cpus)),
		"heartbeatThreadPoolNums":       min(32, cpus),
		"litePullMessageThreadPoolNums": 16 + 2*cpus, "processReplyMessageThreadPoolNums": 16 + 2*cpus,
		"pullMessageThreadPoolNums": 16 + 2*cpus, "putMessageFutureThreadPoolNums": min(4, cpus),
		"queryMessageThreadPoolNums": 8 + cpus, "sendMessageThreadPoolNums": min(4, cpus),
	}
	if n, ok := sized[e.Key]; ok {
		return strconv.Itoa(n), true
	}
	if e.Type == "int" || e.Type == "long" {
		_, err := jvalue.ParseLong(e.Default)
		return e.Default, err == nil
	}
	if strings.HasPrefix(e.Default, "$") {
		return "", true // Java finds it in its environment
	}
	return e.Default, e.Key != "clientIP"
}
