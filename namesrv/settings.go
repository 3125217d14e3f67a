package namesrv

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/compat/jprops"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// settings is the configuration while the name server runs.
type settings struct {
	mu     sync.Mutex // held while the file is written; nothing but 318 and 319 waits for it
	config *Config
}

// changeable are the keys that 318 may change: those that Switches has a place for.
var changeable = map[string]bool{
	"scanNotActiveBrokerInterval": true, "enableAllTopicList": true, "enableTopicList": true,
	"deleteTopicWithBrokerRegistration": true, "supportActingMaster": true, "notifyMinBrokerIdChanged": true,
	"orderMessageEnable": true, "returnOrderTopicConfigToBroker": true,
	"needWaitForService": true, "waitSecondsForService": true,
}

// forbidden are the keys that nobody may change, besides those of configBlackList. Java:
// DefaultRequestProcessor.initConfigBlackList.
var forbidden = []string{"configBlackList", "configStorePath", "kvConfigPath", "rocketmqHome"}

// remarkBlackList is Java's refusal; a cause follows where it is ours.
const remarkBlackList = "Can not update config in black list."

// updateConfig is 318: lines of key=value. All of them are changed, or none; what is changed is in the
// file before it counts. Java changes what it can and is silent about the rest.
func (n *NameServer) updateConfig(r *remoting.Request) (remoting.Reply, error) {
	if n.opts.Server.Router.Authorizer == nil && !r.Peer.RemoteAddr().Addr().Unmap().IsLoopback() {
		return remoting.Reply{}, remoting.Errorf(protocol.NoPermission,
			"%s Cause: without authentication the configuration is changed from the machine of the name server only.", remarkBlackList)
	}
	wanted, err := jprops.Load(r.Cmd.Body)
	if err != nil {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "string2Properties error: %v", err)
	}
	if len(wanted.Entries) == 0 {
		return remoting.Reply{}, nil
	}
	n.settings.mu.Lock()
	defer n.settings.mu.Unlock()
	next, err := n.settings.config.with(wanted.Entries)
	if err != nil {
		return remoting.Reply{}, err
	}
	if err := n.opts.Conf.replaceKeys(wanted.Entries); err != nil {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "configuration is not changed: %v", err)
	}
	n.settings.config = next
	n.turn(next.switches())
	if left, ok := n.lines.settings.Due(0, r.Cmd.Body); ok {
		n.told(left, "configuration changed", "keys", changed(wanted.Entries), "by", r.Peer.RemoteAddr())
	}
	return remoting.Reply{}, nil
}

// with is the Config with some keys changed, or the refusal to change one of them.
func (c *Config) with(wanted []jprops.Entry) (*Config, error) {
	black := append(strings.Split(c.BlackList, ";"), forbidden...)
	entries := make(map[string]jconf.Entry)
	for _, e := range jconf.Table(c) {
		entries[e.Key] = e
	}
	given := slices.Clone(c.given)
	for _, w := range wanted {
		if slices.Contains(black, w.Key) {
			return nil, remoting.Errorf(protocol.NoPermission, remarkBlackList)
		}
		if e, ours := entries[w.Key]; ours && e.State == jconf.Honoured && !changeable[w.Key] {
			return nil, remoting.Errorf(protocol.NoPermission, "%s Cause: %s is read at the start only.", remarkBlackList, w.Key)
		}
		if isForeign(w.Key) { // among them paths
			return nil, remoting.Errorf(protocol.NoPermission, "%s Cause: %s is not a key of the name server.", remarkBlackList, w.Key)
		}
		given = slices.DeleteFunc(given, func(s jconf.Setting) bool { return s.Key == w.Key })
		given = append(given, jconf.Setting{Key: w.Key, Value: w.Value, Source: "UPDATE_NAMESRV_CONFIG", Line: w.Line})
	}
	next, problems := Bind(given)
	for _, p := range problems {
		if slices.ContainsFunc(wanted, func(w jprops.Entry) bool { return w.Key == p.Setting.Key }) {
			return nil, remoting.Errorf(protocol.SystemError, "configuration is not changed: %.200s", p.Error())
		}
	}
	if err := next.Validate(); err != nil {
		return nil, remoting.Errorf(protocol.SystemError, "configuration is not changed: %.200s", err.Error())
	}
	return next, nil
}

// turn makes switches count. It is called with settings.mu held, so that the last one counts.
func (n *NameServer) turn(s Switches) {
	before := n.switches.Swap(&s)
	n.table.SetRules(s.Rules)
	if s.ScanEvery != before.ScanEvery {
		select {
		case <-n.rescan: // one that nobody has seen
		default:
		}
		n.rescan <- s.ScanEvery
	}
}

// getConfig is 319.
func (n *NameServer) getConfig(*remoting.Request) (remoting.Reply, error) {
	n.settings.mu.Lock()
	c := n.settings.config
	n.settings.mu.Unlock()
	return remoting.Reply{Body: c.properties(n.opts.Conf.Path)}, nil
}

// properties is the configuration as Java prints it: key=value in order of the keys, unescaped. Keys that
// Java prints and that do nothing here come with what was given, or else with Java's default.
func (c *Config) properties(path string) []byte {
	values := make(map[string]string)
	for _, r := range knownKeys {
		for _, k := range r.keys {
			if !r.foreign {
				values[k.name] = strings.TrimLeft(k.byDefault, "~$")
			}
		}
	}
	values["configStorePath"], values["rocketmqHome"] = path, ""
	for _, s := range c.given {
		values[s.Key] = s.Value
		if jconf.IsSecret(s.Key) {
			values[s.Key] = jconf.NewSecret(s.Value).String()
		}
	}
	for _, e := range jconf.Table(c) {
		values[e.Key] = e.Value
	}
	var text []byte
	for _, key := range slices.Sorted(maps.Keys(values)) {
		text = append(append(append(append(text, key...), '='), values[key]...), '\n')
	}
	return text
}

// changed tells keys and their values in one line.
func changed(entries []jprops.Entry) string {
	const logged = 4096
	var b strings.Builder
	for i, e := range entries {
		if b.Len() > logged {
			fmt.Fprintf(&b, ", and %d more", len(entries)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(cut(e.Key) + "=" + cut(e.Value))
	}
	return b.String()
}

// cut shortens a text of a stranger's for the log.
func cut(s string) string {
	const logged = 200
	return s[:min(len(s), logged)]
}
