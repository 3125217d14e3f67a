package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
)

// launch is what the flags of serve, broker and namesrv say.
type launch struct {
	data        string // directory of everything this process keeps
	config      string // RocketMQ's broker.conf; of `gannet namesrv` its namesrv.conf
	nsConfig    string // serve: namesrv.conf
	set         []string
	lenient     bool
	advertise   string
	namesrvAddr string
	admin       string

	exitOnStoreError bool
	acceptUnserved   bool

	logFormat string
	logLevel  string
}

// common are the flags of all three roles.
func (l *launch) common(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&l.data, "data", "./data", "directory of everything that is kept")
	f.StringVarP(&l.config, "config", "c", "", "RocketMQ's configuration file")
	f.StringArrayVar(&l.set, "set", nil, "a key of the configuration, as key=value; repeatable")
	f.BoolVar(&l.lenient, "lenient", false, "warn of unknown and unserved keys instead of refusing to start")
	f.StringVar(&l.admin, "admin", defaultAdmin, "host:port of /healthz, /readyz and /metrics, \"\" for none")
	f.StringVar(&l.logFormat, "log-format", "text", "text or json")
	f.StringVar(&l.logLevel, "log-level", "info", "debug, info, warn or error")
}

// brokerFlags are those of roles with a broker in them.
func (l *launch) brokerFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&l.advertise, "advertise", "", "address or host name that clients are told (brokerIP1); default: an address of this machine")
	f.StringVarP(&l.namesrvAddr, "namesrv", "n", "", "name servers to register with, host:port;host:port (namesrvAddr)")
	f.BoolVar(&l.exitOnStoreError, "exit-on-store-error", false, "end the process, with status 70, when the log cannot be written, instead of serving reads")
	f.BoolVar(&l.acceptUnserved, "accept-unserved", false, "start on a directory that holds what is not served yet, which stays untouched")
}

// logger makes the process's logger, to w.
func (l *launch) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.logLevel)); err != nil {
		return nil, exitStatus{fmt.Errorf("--log-level %q: want debug, info, warn or error", l.logLevel), exitUsage}
	}
	options := &slog.HandlerOptions{Level: level}
	switch l.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return nil, exitStatus{fmt.Errorf("--log-format %q: want text or json", l.logFormat), exitUsage}
}
