package main

import (
	"log/slog"
	"path/filepath"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/cmd/gannet/config"
	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/namesrv"
)

// flagKeys are the keys that have a flag of their own.
func (l *launch) flagKeys() []jconf.Setting {
	var keys []jconf.Setting
	for _, f := range []struct{ key, value, flag string }{
		{"brokerIP1", l.advertise, "--advertise"},
		{"namesrvAddr", l.namesrvAddr, "--namesrv"},
	} {
		if f.value != "" {
			keys = append(keys, jconf.Setting{Key: f.key, Value: f.value, Source: f.flag})
		}
	}
	return keys
}

// brokerConfig finds the broker's settings. What a Java broker takes from the machine, its name and
// its directory, comes from the command here: a name that changes with the host loses its queues.
func (l *launch) brokerConfig(role string, log *slog.Logger) (*broker.Config, error) {
	defaults := append(config.ServeDefaults(),
		jconf.Setting{Key: "storePathRootDir", Value: filepath.Join(l.data, "store"), Source: "--data"})
	cfg, findings, err := config.LoadBroker(config.Sources{
		Alone: role == "broker", Defaults: defaults, File: l.config, Set: l.set, Flags: l.flagKeys(),
	})
	if err != nil {
		return nil, exitStatus{err, exitUsage}
	}
	return cfg, l.judge(findings, log)
}

// namesrvFile is the configuration file of the name server.
func (l *launch) namesrvFile(role string) string {
	if role == "namesrv" {
		return l.config
	}
	return l.nsConfig
}

// saver writes what administrators change to the configuration file, if there is one.
func (l *launch) saver() func([]jconf.Setting) error {
	if l.config == "" {
		return nil
	}
	return func(changes []jconf.Setting) error { return config.Save(l.config, changes) }
}

func (l *launch) namesrvConfig(role string, log *slog.Logger) (*namesrv.Config, error) {
	defaults := []jconf.Setting{{Key: "kvConfigPath", Value: filepath.Join(l.data, "namesrv", "kvConfig.json"), Source: "--data"}}
	cfg, findings, err := config.LoadNameServer(config.Sources{
		Alone: role == "namesrv", Defaults: defaults, File: l.namesrvFile(role), Set: l.set,
	})
	if err != nil {
		return nil, exitStatus{err, exitUsage}
	}
	return cfg, l.judge(findings, log)
}

// judge refuses to start on settings that would not do what they say, and tells of the rest.
func (l *launch) judge(f *config.Findings, log *slog.Logger) error {
	for _, w := range f.Warnings(l.lenient) {
		log.Warn(w)
	}
	return f.Err(l.lenient)
}
