package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	brokertimer "github.com/gannetmq/gannet/broker/timer"
	"github.com/gannetmq/gannet/cmd/gannet/config"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/image"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/timer"
	"github.com/gannetmq/gannet/store/vfs"
)

func storeCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "store", Short: "look at a data directory, and repair it"}
	cmd.AddCommand(verifyCommand(), statCommand(), dumpCommand(), repairCommand())
	return cmd
}

// storeDir is what the commands below `store` are told of the directory.
type storeDir struct {
	config string
	set    []string
	timers timer.Options // what the configuration says of the timer's files, if one is given
}

// command makes a command that takes one directory.
func (d *storeDir) command(use, short, long string, run func(cmd *cobra.Command, dir string) error) *cobra.Command {
	cmd := &cobra.Command{
		Use: use + " DIR", Short: short, Long: long,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.ExactArgs(1)(cmd, args); err != nil {
				return exitStatus{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath()), exitUsage}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd, args[0]) },
	}
	cmd.Flags().StringVarP(&d.config, "config", "c", "", "RocketMQ's broker.conf")
	cmd.Flags().StringArrayVar(&d.set, "set", nil, "a key of the configuration, as key=value; repeatable")
	return cmd
}

// open finds the store in dir. Of the options only those are set that the configuration says, if one is
// given: directories and sizes.
func (d *storeDir) open(dir string) (fsys *vfs.OS, root string, o store.Options, err error) {
	o, outside, err := d.options()
	if err == nil {
		root, err = storeBelow(dir)
	}
	if err != nil {
		return nil, "", o, exitStatus{err, exitUsage}
	}
	return vfs.NewOS(root, outside...), root, o, nil
}

// options are those of the configuration, if one is given.
func (d *storeDir) options() (o store.Options, outside []string, err error) {
	if d.config == "" && len(d.set) == 0 {
		return o, nil, nil
	}
	cfg, findings, err := config.LoadBroker(config.Sources{Defaults: config.ServeDefaults(), File: d.config, Set: d.set})
	if err != nil {
		return o, nil, err
	}
	d.timers = timer.Options{Precision: brokertimer.Precision(cfg.TimerPrecision).Milliseconds(), LogFileSize: int64(cfg.TimerLogFileSize)}
	return cfg.StoreOptions(), cfg.OutsideDirs(), findings.Err(true)
}

// image opens a directory as it lies there.
func (d *storeDir) image(dir string) (im *image.Image, root string, err error) {
	fsys, root, o, err := d.open(dir)
	if err != nil {
		return nil, root, err
	}
	im, err = image.Open(fsys, image.Options{LogDirs: slices.Concat(o.LogDirs, o.ReadOnlyLogDirs), LogFileSize: o.LogFileSize, Timer: d.timers})
	if err != nil {
		return nil, root, exitStatus{fmt.Errorf("%s: %w", root, err), exitUsage}
	}
	return im, root, nil
}

// owner names who has the store open, as far as its abort file tells.
func owner(root string) string {
	b, err := os.ReadFile(filepath.Join(root, layout.AbortFile))
	if err != nil {
		return ""
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(b)))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" in process %d", pid)
}

// storeBelow finds the store: DIR itself, or the one that serve keeps in it.
func storeBelow(dir string) (string, error) {
	for _, root := range []string{dir, filepath.Join(dir, "store")} {
		for _, part := range []string{layout.LogDir, layout.QueueDir, layout.CheckpointFile} {
			if _, err := os.Stat(filepath.Join(root, part)); err == nil {
				return root, nil
			}
		}
	}
	if _, err := os.Stat(dir); err != nil {
		return "", err
	}
	return "", fmt.Errorf("%s: no store in this directory: neither %s, %s nor %s", dir, layout.LogDir, layout.QueueDir, layout.CheckpointFile)
}
