// Command gannet is a message broker that takes the place of Apache RocketMQ.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/gannetmq/gannet/cmd/gannet/bench"
	"github.com/gannetmq/gannet/cmd/gannet/config"
)

// version is set by the linker.
var version = "dev"

// Exit statuses; those of a configuration check are in package config.
const (
	exitError = 1
	exitUsage = 2
	// exitStore says that a failed write or sync ended the process (--exit-on-store-error).
	exitStore = 70
)

// exitStatus is an error with the status that the process ends with.
type exitStatus struct {
	error
	status int
}

func (e exitStatus) Unwrap() error { return e.error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := root().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "gannet:", err)
	os.Exit(statusOf(err))
}

func statusOf(err error) int {
	var e exitStatus
	if errors.As(err, &e) {
		return e.status
	}
	var c *config.ExitError
	if errors.As(err, &c) {
		return c.Status
	}
	return exitError
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "gannet",
		Short:         "a message broker that takes the place of Apache RocketMQ",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return exitStatus{fmt.Errorf("%w; see %s --help", err, c.CommandPath()), exitUsage}
	})
	cmd.AddCommand(
		serveCommand(), brokerCommand(), namesrvCommand(),
		config.Command(), storeCommand(), bench.Command(), healthCommand(), doctorCommand(), versionCommand(),
	)
	return cmd
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "print the version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "gannet", version)
			return err
		},
	}
}
