package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/compat/jprops"
	"github.com/gannetmq/gannet/namesrv"
)

func settingsOf(file string, set []string) ([]jconf.Setting, error) {
	var all []jconf.Setting
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		f, err := jprops.Load(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, e := range f.Entries {
			all = append(all, jconf.Setting{Key: e.Key, Value: e.Value, Source: file, Line: e.Line})
		}
	}
	for _, s := range set {
		k, v, ok := strings.Cut(s, "=")
		if !ok {
			return nil, exitStatus{fmt.Errorf("--set %q: want key=value", s), exitUsage}
		}
		all = append(all, jconf.Setting{Key: k, Value: v, Source: "flag"})
	}
	return all, nil
}

func (l *launch) split(names bool, role string) []string {
	var out []string
	for _, s := range l.set {
		rest, isNames := strings.CutPrefix(s, "namesrv.")
		if role == "namesrv" {
			isNames, rest = true, s
		}
		if isNames == names {
			if names {
				s = rest
			}
			out = append(out, s)
		}
	}
	return out
}

func judge(problems []jconf.Problem, lenient bool, log *slog.Logger, check func() error) error {
	var errs []error
	for _, p := range problems {
		if lenient {
			log.Warn(p.Error())
			continue
		}
		errs = append(errs, p)
	}
	return errors.Join(append(errs, check())...)
}

func (l *launch) brokerConfig(role string, log *slog.Logger) (*broker.Config, error) {
	s, err := settingsOf(l.config, l.split(false, role))
	if err != nil {
		return nil, err
	}
	c, problems := broker.Bind(s)
	if c.BrokerName == "" {
		c.BrokerName = "broker-a"
	}
	if c.StoreRoot == "" {
		c.StoreRoot = l.storeRoot()
	}
	if l.namesrvAddr != "" {
		c.NamesrvAddr = l.namesrvAddr
	}
	if l.advertise != "" {
		c.BrokerIP1 = l.advertise
	}
	return c, judge(problems, l.lenient, log, c.Validate)
}

func (l *launch) namesrvConfig(role string, log *slog.Logger) (*namesrv.Config, error) {
	file := l.nsConfig
	if role == "namesrv" {
		file = l.config
	}
	s, err := settingsOf(file, l.split(true, role))
	if err != nil {
		return nil, err
	}
	c, problems := namesrv.Bind(s)
	return c, judge(problems, l.lenient, log, c.Validate)
}
