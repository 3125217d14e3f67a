package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/gannetmq/gannet/cmd/gannet/config"
	"github.com/gannetmq/gannet/store/verify"
	"github.com/gannetmq/gannet/store/vfs"
)

func storeCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "store", Short: "look at a data directory"}
	cmd.AddCommand(verifyCommand())
	return cmd
}

func verifyCommand() *cobra.Command {
	var v storeVerify
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "what is wrong in a data directory that nobody has open; changes nothing",
		Long: `Reads everything in a data directory, of this broker or of RocketMQ's, and says what is wrong in it.
DIR is storePathRootDir, or what --data says. Nothing is changed; nobody can open the directory meanwhile.

Each finding is a note, "recoverable" (the next start repairs it and loses nothing that was acknowledged),
or "damaged". The exit status is 0 if there are notes at most, 1 if something is wrong, 2 if the directory
cannot be looked at.

File sizes are what the files say. With -c or --set they are those of the configuration, as at a start; an
index whose sizes are not RocketMQ's defaults (maxHashSlotNum, maxIndexNum) can only be looked at so.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.ExactArgs(1)(cmd, args); err != nil {
				return exitStatus{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath()), exitUsage}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return v.run(cmd.OutOrStdout(), args[0]) },
	}
	cmd.Flags().StringVarP(&v.config, "config", "c", "", "RocketMQ's broker.conf")
	cmd.Flags().StringArrayVar(&v.set, "set", nil, "a key of the configuration, as key=value; repeatable")
	return cmd
}

// storeVerify is what the flags of `store verify` say.
type storeVerify struct {
	config string
	set    []string
}

// storeLock is the lock file below storePathRootDir, RocketMQ's and ours.
const storeLock = "lock"

var errFindings = errors.New("something is wrong in the directory")

func (v *storeVerify) run(out io.Writer, dir string) (err error) {
	options, outside, err := v.options()
	if err != nil {
		return exitStatus{err, exitUsage}
	}
	root, err := storeBelow(dir)
	if err != nil {
		return exitStatus{err, exitUsage}
	}
	fsys := vfs.NewOS(root, outside...)
	lock, err := fsys.LockShared(storeLock)
	switch {
	case errors.Is(err, fs.ErrNotExist): // a copy without it
	case err != nil:
		return exitStatus{fmt.Errorf("%s is open%s: stop the broker, or look at a copy: %w", root, owner(root), err), exitUsage}
	default:
		defer func() { err = errors.Join(err, lock.Close()) }()
	}
	report, err := verify.Verify(fsys, options)
	if err != nil {
		return exitStatus{fmt.Errorf("%s: %w", root, err), exitUsage}
	}
	if err := report.Write(out); err != nil {
		return err
	}
	if report.Count(verify.Recoverable)+report.Count(verify.Damaged) > 0 {
		return exitStatus{fmt.Errorf("%w: %s", errFindings, root), exitError}
	}
	return nil
}

// owner names who has the store open, as far as its abort file tells.
func owner(root string) string {
	b, err := os.ReadFile(filepath.Join(root, "abort"))
	if err != nil {
		return ""
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(b)))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" in process %d", pid)
}

// options are the sizes and directories of the configuration, if one is given.
func (v *storeVerify) options() (o verify.Options, outside []string, err error) {
	if v.config == "" && len(v.set) == 0 {
		return o, nil, nil
	}
	cfg, findings, err := config.LoadBroker(config.Sources{Defaults: config.ServeDefaults(), File: v.config, Set: v.set})
	if err != nil {
		return o, nil, err
	}
	if err := findings.Err(true); err != nil {
		return o, nil, err
	}
	so := cfg.StoreOptions()
	return verify.Options{
		LogDirs:     append(so.LogDirs, so.ReadOnlyLogDirs...),
		LogFileSize: so.LogFileSize, QueueFileSize: so.QueueFileSize,
		IndexSlots: so.IndexSlots, IndexEntries: so.IndexEntries, NoIndex: so.NoIndex, PropCRC: so.AppendPropCRC,
	}, cfg.OutsideDirs(), nil
}

// storeBelow finds the store: DIR itself, or the one that serve keeps in it.
func storeBelow(dir string) (string, error) {
	for _, root := range []string{dir, filepath.Join(dir, "store")} {
		for _, part := range []string{"commitlog", "consumequeue", "checkpoint"} {
			if _, err := os.Stat(filepath.Join(root, part)); err == nil {
				return root, nil
			}
		}
	}
	if _, err := os.Stat(dir); err != nil {
		return "", err
	}
	return "", fmt.Errorf("%s: no store in this directory: neither commitlog, consumequeue nor checkpoint", dir)
}
