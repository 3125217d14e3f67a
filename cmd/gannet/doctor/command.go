package doctor

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// ErrProblems says that a check has found a problem.
var ErrProblems = errors.New("not everything is well")

// Command is `gannet doctor`.
func Command(m Machine) *cobra.Command {
	o := Options{}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "say why clients cannot use a broker, or why it would not start, and what cures it",
		Long: `Looks at the configuration, at this machine, at the name servers and at the brokers that they know, this
project's or RocketMQ's: the address that clients are told, ports, registration, the topic, room and speed
of the disk, clocks, limits, memory, versions. Each check says ok, warning or problem, with cause and cure;
what cannot be looked at is skipped. Run it where a client runs to see what clients see.

Without --broker it looks at the one that the settings would start on this machine, running or not.
A file is written in storePathRootDir to time the disk, and removed. The exit status is 1 if there is a problem.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			facts, err := Gather(cmd.Context(), o, m)
			if err != nil {
				return err
			}
			results := Examine(facts)
			write := Print
			if asJSON {
				write = PrintJSON
			}
			if err := write(cmd.OutOrStdout(), results); err != nil {
				return err
			}
			if problems, _ := count(results); problems > 0 {
				return fmt.Errorf("%w: %s", ErrProblems, plural(problems, "problem"))
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.Config, "config", "c", "", "RocketMQ's broker.conf")
	f.StringArrayVar(&o.Set, "set", nil, "a key of the configuration, as key=value; repeatable")
	f.StringVar(&o.Data, "data", "./data", "directory of everything that serve keeps")
	f.StringVar(&o.Broker, "broker", "", "host:port of the broker; default: listenPort of this machine")
	f.StringVarP(&o.Namesrv, "namesrv", "n", "", "name servers, host:port;host:port; default: namesrvAddr, the broker's, or 127.0.0.1:9876")
	f.StringVar(&o.Topic, "topic", "", "a topic that cannot be sent to")
	f.StringVar(&o.Admin, "admin", "127.0.0.1:9878", "host:port of the admin listener")
	f.DurationVar(&o.Timeout, "timeout", 3*time.Second, "for each answer")
	f.BoolVar(&asJSON, "json", false, "print one line of JSON")
	return cmd
}
