package config

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func checkCommand() *cobra.Command {
	o := &chosen{}
	cmd := &cobra.Command{
		Use:   "check [FILE...]",
		Short: "say what is wrong with broker.conf files, namesrv.conf, the environment and --set",
		Long: "Each FILE is a broker.conf. The environment and --set count as they would at start.\n" +
			"Exit status: 0 nothing is wrong, 1 something is, 2 a file cannot be read.",
		RunE: func(cmd *cobra.Command, files []string) error { return o.check(cmd.OutOrStdout(), files) },
	}
	o.flags(cmd)
	return cmd
}

// check prints what there is to say about every file, so that one run shows all of it.
func (o *chosen) check(w io.Writer, files []string) error {
	if o.brokerFile != "" {
		files = append(files, o.brokerFile)
	}
	if len(files) == 0 && o.namesrvFile == "" {
		files = []string{""}
	}
	var problems int
	var unread error
	one := func(r Role, file string) {
		_, f, err := bound(o.sources(r, file))
		if err != nil {
			unread = errors.Join(unread, err)
			return
		}
		problems += f.print(w, file, o.lenient)
	}
	for _, file := range files {
		one(Broker, file)
	}
	one(NameServer, o.namesrvFile)
	switch {
	case unread != nil:
		return &ExitError{unread, StatusUsage}
	case problems == 1:
		return &ExitError{errors.New("1 problem"), StatusInvalid}
	case problems > 0:
		return &ExitError{fmt.Errorf("%d problems", problems), StatusInvalid}
	}
	return nil
}

// print writes the findings line by line, and returns how many of them forbid a start.
func (f *Findings) print(w io.Writer, file string, lenient bool) (forbidding int) {
	for _, p := range f.Problems {
		kind := "error"
		if lenient && mayPass(p) {
			kind = "warning"
		} else {
			forbidding++
		}
		fmt.Fprintf(w, "%s: %s\n", kind, f.role.describe(p))
	}
	for _, note := range f.Notes {
		fmt.Fprintf(w, "note: %s\n", note)
	}
	if file != "" && forbidding == 0 {
		fmt.Fprintf(w, "%s: valid for the %s\n", file, f.role)
	}
	return forbidding
}
