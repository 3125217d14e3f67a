package config

import (
	"github.com/spf13/cobra"

	"github.com/gannetmq/gannet/compat/jconf"
)

// Exit statuses of check and show.
const (
	StatusInvalid = 1 // the settings have problems
	StatusUsage   = 2 // the command line, or a file that cannot be read
)

// ExitError is an error with the status that the process is to end with.
type ExitError struct {
	error
	Status int
}

func (e *ExitError) Unwrap() error { return e.error }

// Command is `gannet config`.
func Command() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "check and show the configuration"}
	cmd.AddCommand(checkCommand(), showCommand())
	return cmd
}

// chosen is what the flags of both commands say.
type chosen struct {
	brokerFile  string
	namesrvFile string
	set         []string
	lenient     bool
}

func (o *chosen) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&o.brokerFile, "config", "c", "", "RocketMQ's broker.conf")
	f.StringVar(&o.namesrvFile, "namesrv-config", "", "RocketMQ's namesrv.conf")
	f.StringArrayVar(&o.set, "set", nil, "a key, as key=value, or namesrv.key=value of the name server; repeatable")
	f.BoolVar(&o.lenient, "lenient", false, "warn of unknown and refused keys")
}

// sources are those of serve: the name of the broker is the only thing that somebody must choose.
func (o *chosen) sources(r Role, file string) Sources {
	s := Sources{Role: r, File: file, Set: o.set}
	if r == Broker {
		s.Defaults = ServeDefaults()
	}
	return s
}

// ServeDefaults are what serve sets where nobody else does.
func ServeDefaults() []jconf.Setting {
	return []jconf.Setting{{Key: "brokerName", Value: "broker-a", Source: "default of serve"}}
}
