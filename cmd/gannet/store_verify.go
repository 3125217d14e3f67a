package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/verify"
)

func verifyCommand() *cobra.Command {
	v := &storeVerify{}
	return v.command("verify", "what is wrong in a data directory that nobody has open; changes nothing",
		`Reads everything in a data directory, of this broker or of RocketMQ's, and says what is wrong in it.
DIR is storePathRootDir, or what --data says. Nothing is changed; nobody can open the directory meanwhile.

Each finding is a note, "recoverable" (the next start repairs it and loses nothing that was acknowledged),
or "damaged". The exit status is 0 if there are notes at most, 1 if something is wrong, 2 if the directory
cannot be looked at.

File sizes are what the files say. With -c or --set they are those of the configuration, as at a start; an
index whose sizes are not RocketMQ's defaults (maxHashSlotNum, maxIndexNum) can only be looked at so.`,
		func(cmd *cobra.Command, dir string) error { return v.run(cmd.OutOrStdout(), dir) })
}

// storeVerify is what the flags of `store verify` say.
type storeVerify struct{ storeDir }

var errFindings = errors.New("something is wrong in the directory")

func (v *storeVerify) run(out io.Writer, dir string) (err error) {
	fsys, root, o, err := v.open(dir)
	if err != nil {
		return err
	}
	lock, err := fsys.LockShared(layout.LockFile)
	switch {
	case errors.Is(err, fs.ErrNotExist): // a copy without it
	case err != nil:
		return exitStatus{fmt.Errorf("%s is open%s: stop the broker, or look at a copy: %w", root, owner(root), err), exitUsage}
	default:
		defer func() { err = errors.Join(err, lock.Close()) }()
	}
	report, err := verify.Verify(fsys, v.options(o))
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

// options are the sizes and directories of a store's options.
func (v *storeVerify) options(o store.Options) verify.Options {
	return verify.Options{
		LogDirs:     slices.Concat(o.LogDirs, o.ReadOnlyLogDirs),
		LogFileSize: o.LogFileSize, QueueFileSize: o.QueueFileSize, BatchFileSize: o.BatchFileSize, Light: o.Light,
		Timer:      v.timers,
		IndexSlots: o.IndexSlots, IndexEntries: o.IndexEntries, NoIndex: o.NoIndex, PropCRC: o.AppendPropCRC,
	}
}
