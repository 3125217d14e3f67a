package bench

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

// Command is `gannet bench`.
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "measure a broker, this one or Apache RocketMQ's",
	}
	cmd.AddCommand(
		subcommand("send", "produce, closed loop or at a fixed rate", Send),
		subcommand("pull", "read the warm tail of queues that bench send has filled", Pull),
		subcommand("e2e", "time from send to receipt with consumers waiting at the broker", EndToEnd),
	)
	return cmd
}

func subcommand(name, short string, run func(context.Context, Options) (*Report, error)) *cobra.Command {
	var o Options
	cmd := &cobra.Command{
		Use: name, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := run(cmd.Context(), o)
			if err != nil {
				return err
			}
			return r.print(cmd.OutOrStdout(), o.JSON)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Broker, "broker", "127.0.0.1:10911", "host:port of the broker")
	f.StringVar(&o.Topic, "topic", "BenchTopic", "made if there is none; one that exists needs --queues queues (e2e: --consumers)")
	f.IntVar(&o.Queues, "queues", 8, "queues of the topic")
	f.IntVarP(&o.Connections, "connections", "c", 1, "connections")
	f.IntVarP(&o.Window, "window", "w", 64, "requests outstanding on a connection")
	f.IntVar(&o.Size, "size", 1024, "bytes of a message's body")
	f.IntVar(&o.Batch, "batch", 1, "messages in a request")
	f.IntVar(&o.Rate, "rate", 0, "messages a second, latency counted from when each was due (0: as fast as answers come)")
	f.DurationVar(&o.Warmup, "warmup", 2*time.Second, "not measured")
	f.DurationVar(&o.Duration, "duration", 10*time.Second, "measured")
	f.BoolVar(&o.Binary, "binary", false, "ROCKETMQ headers instead of JSON")
	f.IntVar(&o.PID, "pid", 0, "process id of the server, to account its CPU")
	f.BoolVar(&o.JSON, "json", false, "print one line of JSON")
	f.BoolVar(&o.Oldest, "oldest", false, "pull: everything from the beginning of each queue, not its last 20,000 messages")
	f.StringVar(&o.SQL, "sql", "", "pull: an SQL92 filter, say \"UNIQ_KEY ENDSWITH '0'\"")
	f.StringVar(&o.KeyEnd, "key-end", "", "pull: an SQL92 filter for keys that end so; what comes is checked")
	f.IntVar(&o.Delay, "delay", 0, "send: delay level of each message (0: none)")
	f.BoolVar(&o.Transaction, "transaction", false, "send: each message in a transaction of its own, which is committed")
	f.DurationVar(&o.Delivery, "delivery", 0, "send, e2e: how long nothing may come afterwards while what was accepted is missing in the topic, or at the consumers (0: send does not look, e2e takes 10s)")
	f.IntVar(&o.Consumers, "consumers", 1, "e2e: waiting consumers, each with a queue of its own")
	return cmd
}
