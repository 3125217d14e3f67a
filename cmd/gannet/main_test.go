package main

import (
	"io"
	"strings"
	"testing"
)

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args, want string
	}{
		{"serve foo", `gannet serve takes no "foo"; see gannet serve --help`},
		{"broker foo", `gannet broker takes no "foo"; see gannet broker --help`},
		{"doctor foo", `gannet doctor takes no "foo"; see gannet doctor --help`},
		{"config show foo", `gannet config show takes no "foo"; see gannet config show --help`},
		{"bench send foo", `gannet bench send takes no "foo"; see gannet bench send --help`},
		{"nope", `gannet has no command "nope"; see gannet --help`},
		{"brokr", `gannet has no command "brokr", did you mean "broker"; see gannet --help`},
		{"store nope", `gannet store has no command "nope"; see gannet store --help`},
		{"bench --nope", `unknown flag: --nope; see gannet bench --help`},
		{"serve --nope", `unknown flag: --nope; see gannet serve --help`},
		{"store verify", `accepts 1 arg(s), received 0; see gannet store verify --help`},
		{"serve --log-level loud", `--log-level "loud": want debug, info, warn or error`},
		{"serve --set listenPort", `--set "listenPort": want --set key=value`},
	} {
		cmd := root()
		cmd.SetArgs(strings.Fields(c.args))
		cmd.SetOut(io.Discard)
		cmd.SetErr(io.Discard)
		err := cmd.Execute()
		if err == nil || err.Error() != c.want || statusOf(err) != exitUsage {
			t.Errorf("gannet %s: got %v, want %q and status %d", c.args, err, c.want, exitUsage)
		}
	}
}

func TestGroupsPrintHelp(t *testing.T) {
	for _, args := range []string{"", "config", "store", "bench"} {
		cmd, out := root(), new(strings.Builder)
		cmd.SetArgs(strings.Fields(args))
		cmd.SetOut(out)
		if err := cmd.Execute(); err != nil || !strings.Contains(out.String(), "Available Commands") {
			t.Errorf("gannet %s: got %v and %q, want help", args, err, out)
		}
	}
}
