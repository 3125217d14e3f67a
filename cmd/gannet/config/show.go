package config

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/gannetmq/gannet/compat/jconf"
)

func showCommand() *cobra.Command {
	o := &chosen{}
	var effective, source bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "print the keys that are set, as key=value; those of the name server begin with namesrv.",
		Long: "Settings come from the files, the environment and --set, as at the start of serve.\n" +
			"What has a problem is printed to standard error, and the exit status is that of check.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.show(cmd.OutOrStdout(), cmd.ErrOrStderr(), effective, source)
		},
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&effective, "effective", false, "print every key that does something, with the value that counts")
	cmd.Flags().BoolVar(&source, "source", false, "print where each value is from")
	return cmd
}

// show prints the settings of both roles, sorted by key.
func (o *chosen) show(out, errs io.Writer, effective, source bool) error {
	var refusal error
	for _, r := range []Role{Broker, NameServer} {
		settings, f, err := o.settings(r, effective)
		if err != nil {
			return &ExitError{err, StatusUsage}
		}
		for _, warning := range f.Warnings(o.lenient) {
			fmt.Fprintln(errs, warning)
		}
		if err := f.Err(o.lenient); err != nil && refusal == nil {
			refusal = &ExitError{err, StatusInvalid}
		}
		for _, s := range settings {
			printSetting(out, r, s, source)
		}
	}
	return refusal
}

// settings are what is set somewhere, or every key that does something, sorted.
func (o *chosen) settings(r Role, effective bool) ([]jconf.Setting, *Findings, error) {
	from := o.sources(r, o.brokerFile)
	if r == NameServer {
		from = o.sources(r, o.namesrvFile)
	}
	settings, err := Load(from)
	if err != nil {
		return nil, nil, err
	}
	table, f, err := bound(from)
	if err != nil {
		return nil, nil, err
	}
	if effective {
		set := slices.DeleteFunc(settings, f.concerns)
		settings = nil
		for _, e := range table {
			settings = append(settings, locate(jconf.Setting{Key: e.Key, Value: e.Value}, set))
		}
	}
	slices.SortStableFunc(settings, func(a, b jconf.Setting) int { return strings.Compare(a.Key, b.Key) })
	return settings, f, nil
}

// bound lists the keys that do something with the values that count.
func bound(from Sources) ([]jconf.Entry, *Findings, error) {
	if from.Role == NameServer {
		c, f, err := LoadNameServer(from)
		if err != nil {
			return nil, nil, err
		}
		return jconf.Table(c), f, nil
	}
	c, f, err := LoadBroker(from)
	if err != nil {
		return nil, nil, err
	}
	return jconf.Table(c), f, nil
}

func printSetting(w io.Writer, r Role, s jconf.Setting, source bool) {
	value := strings.TrimSpace(s.Value)
	switch {
	case jconf.IsSecret(s.Key):
		value = jconf.NewSecret(value).String()
	case strings.ContainsFunc(value, unicode.IsControl):
		value = strconv.Quote(value)
	}
	if r == NameServer {
		s.Key = namesrvSetPrefix + s.Key
	}
	fmt.Fprintf(w, "%s=%s", s.Key, value)
	if source {
		fmt.Fprintf(w, "\t%s", place(s))
	}
	fmt.Fprintln(w)
}
