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
	strict(cmd)
	return cmd
}

// strict makes every command below cmd end with exitUsage for arguments that it does not take. Left alone, cobra ends with 1, and for
// an unknown command of a group with its help and 0.
func strict(cmd *cobra.Command) {
	usage := func(c *cobra.Command, format string, args ...any) error {
		return exitStatus{fmt.Errorf(format+"; see %s --help", append(args, c.CommandPath())...), exitUsage}
	}
	if check := cmd.Args; cmd.HasSubCommands() {
		cmd.Args = cobra.ArbitraryArgs
		cmd.RunE = func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			hint := ""
			c.SuggestionsMinimumDistance = 2
			if near := c.SuggestionsFor(args[0]); len(near) > 0 {
				hint = fmt.Sprintf(", did you mean %q", near[0])
			}
			return usage(c, "%s has no command %q%s", c.CommandPath(), args[0], hint)
		}
	} else if check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			err := check(c, args)
			if e := new(exitStatus); err == nil || errors.As(err, e) {
				return err
			}
			return usage(c, "%s takes no %q", c.CommandPath(), args[0])
		}
	}
	for _, c := range cmd.Commands() {
		strict(c)
	}
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
