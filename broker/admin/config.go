package admin

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/jprops"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Java: AdminBrokerProcessor.getBrokerConfig, updateBrokerConfig; Configuration.
//
//	26 GET_BROKER_CONFIG     every key with its value, as properties
//	25 UPDATE_BROKER_CONFIG  properties; all of them hold from now on, or none
//
// Order of checks in 25: the sender is on this machine (16), Java's black list (16), then what
// Settings.Change says: the key is known and the value is one it takes (29), it can change while the broker
// runs and is no path (16).
//
// Deviations: Java lets everybody change everything but its black list, says 0 to unknown keys, to
// unreadable values and to keys that it reads at its start only, and replaces the file by a list of
// all keys. A change that could not be written to the file is answered 1, though it holds.

// Setting is one key with its value.
type Setting struct{ Key, Value string }

// Settings is the broker's configuration.
type Settings interface {
	// All lists every key with the value that counts, sorted by key. Secrets are masked.
	All() []Setting
	// Change makes values count from now on: all of them, or none if it returns a *remoting.Error.
	// Any other error says that they count but are not written to the file.
	Change([]Setting) error
}

// Config serves the codes of the configuration.
type Config struct {
	settings Settings
	now      func() time.Time
	log      *slog.Logger

	mu      sync.Mutex           // held over a change, so that they come one after the other
	version protocol.DataVersion // of the configuration since the start; guarded by mu
}

// NewConfig makes the handler. now is the clock, nil for the system's.
func NewConfig(s Settings, now func() time.Time, log *slog.Logger) *Config {
	if now == nil {
		now = time.Now
	}
	c := &Config{settings: s, now: now, log: log}
	c.version.Timestamp = now().UnixMilli()
	return c
}

// Routes returns the rows of 25 and 26. The first writes files, so both run on pool.
func (c *Config) Routes(pool *remoting.Pool) []remoting.Route {
	access := func(a remoting.Action) remoting.Access {
		return remoting.Access{Action: a, Resources: remoting.EveryCluster}
	}
	return []remoting.Route{
		{Code: protocol.UpdateBrokerConfig, Run: pool, Access: access(remoting.ActionUpdate), Handle: remoting.Plain(c.update)},
		{Code: protocol.GetBrokerConfig, Run: pool, Access: access(remoting.ActionGet), Handle: remoting.Plain(c.get)},
	}
}

func (c *Config) get(*remoting.Request) (remoting.Reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return remoting.Reply{
		Header: &protocol.BrokerConfigResponse{Version: string(fastjson.Append(nil, &c.version))},
		Body:   appendText(nil, c.settings.All()),
	}, nil
}

// appendText prints properties as Java does, key=value without escapes, but for what would not be read back.
// Java: MixAll.properties2String.
func appendText(dst []byte, all []Setting) []byte {
	for _, s := range all {
		if strings.HasPrefix(s.Value, " ") || strings.Contains(s.Value, `\`) || strings.ContainsFunc(s.Value, unicode.IsControl) {
			dst = jprops.Append(dst, map[string]string{s.Key: s.Value})
			continue
		}
		dst = fmt.Appendf(dst, "%s=%s\n", s.Key, s.Value)
	}
	return dst
}

func (c *Config) update(r *remoting.Request) (remoting.Reply, error) {
	from := r.Peer.RemoteAddr()
	if !from.Addr().Unmap().IsLoopback() {
		return remoting.Reply{}, remoting.Errorf(protocol.NoPermission,
			"Can not update config from %s: without authentication it changes from the broker's own machine only", from.Addr())
	}
	file, err := jprops.LoadText(r.Cmd.Body)
	if err != nil {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "string2Properties error: %v", err)
	}
	var settings []Setting
	for _, e := range file.Entries {
		if blacklisted(e.Key) {
			return remoting.Reply{}, remoting.Errorf(protocol.NoPermission, "Can not update config in black list.")
		}
		settings = append(settings, Setting{e.Key, strings.TrimSpace(e.Value)})
	}
	if len(settings) == 0 {
		return remoting.Reply{}, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	err = c.settings.Change(settings)
	if refused := (*remoting.Error)(nil); errors.As(err, &refused) {
		return remoting.Reply{}, refused
	}
	c.version.Counter++
	c.version.Timestamp = c.now().UnixMilli()
	for _, s := range settings {
		c.log.Info("configuration changed", "key", s.Key, "by", from, "version", c.version.Counter)
	}
	return remoting.Reply{}, err
}

// blacklisted are keys that Java too never takes from outside. Java: AdminBrokerProcessor.initConfigBlackList.
func blacklisted(key string) bool {
	return key == "brokerConfigPath" || key == "rocketmqHome" || key == "configBlackList"
}
