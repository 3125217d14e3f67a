package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/repair"
	"github.com/gannetmq/gannet/store/verify"
	"github.com/gannetmq/gannet/store/vfs"
)

func repairCommand() *cobra.Command {
	r := &storeRepair{}
	cmd := r.command("repair", "make a damaged data directory sound again; says first what it would do",
		`Verifies a data directory that nobody has open, of this broker or of RocketMQ's, and says what would make it
sound: queues and index are made anew from the log, tables from their backups, files in front of a gap of
the log are moved away. DIR is storePathRootDir, or what --data says. With --yes it is done; take a copy of the
directory first.

Nothing is deleted: what is replaced is moved to bad/repair-TIME in the directory. Damage in the middle of
the log stays, because what was there is lost; the broker serves the rest. The exit status is 0 if nothing is
wrong, or nothing any more, 1 if something is, 2 if the directory cannot be looked at.

File sizes are what the files say. An index whose sizes are not RocketMQ's defaults is repaired with -c or
--set maxHashSlotNum=… --set maxIndexNum=… only.`,
		func(cmd *cobra.Command, dir string) error { return r.run(cmd.OutOrStdout(), dir) })
	cmd.Flags().BoolVar(&r.yes, "yes", false, "do it")
	cmd.Flags().BoolVar(&r.rebuild, "rebuild", false, "make all queues and the index anew from the log, whatever is found")
	return cmd
}

// storeRepair is what the flags of `store repair` say.
type storeRepair struct {
	storeDir
	yes, rebuild bool
}

// repairRounds bounds how often the directory is looked at again: what one round repairs can bring the
// next thing to light.
const repairRounds = 6

func (r *storeRepair) run(out io.Writer, dir string) error {
	fsys, root, o, err := r.open(dir)
	if err != nil {
		return err
	}
	options := repair.Options{Store: o, Timer: r.timers, Rebuild: r.rebuild}
	plan, err := planned(fsys, root, func() (*repair.Plan, error) { return repair.Make(fsys, options) })
	for round := 0; err == nil && len(plan.Steps) > 0 && round < repairRounds; round++ {
		if !r.yes {
			printSteps(out, "would do:", plan)
			fmt.Fprintln(out, "nothing was changed; --yes does it, and then looks again")
			return exitStatus{fmt.Errorf("%w: %s", errFindings, root), exitError}
		}
		printSteps(out, "doing:", plan)
		if err := plan.Do(); err != nil {
			return fmt.Errorf("%s: %w", root, err)
		}
		plan, err = planned(fsys, root, plan.Next)
	}
	if err != nil {
		return err
	}
	return outcome(out, plan, root)
}

// planned makes a plan while nobody can open the directory.
func planned(fsys *vfs.OS, root string, makePlan func() (*repair.Plan, error)) (plan *repair.Plan, err error) {
	lock, err := fsys.LockShared(layout.LockFile)
	switch {
	case errors.Is(err, fs.ErrNotExist): // a copy without it
	case err != nil:
		return nil, exitStatus{fmt.Errorf("%s is open%s: stop the broker, or look at a copy: %w", root, owner(root), err), exitUsage}
	default:
		defer func() { err = errors.Join(err, lock.Close()) }()
	}
	if plan, err = makePlan(); err != nil {
		return nil, exitStatus{fmt.Errorf("%s: %w", root, err), exitUsage}
	}
	return plan, nil
}

// repairHint adds the cure to a log whose files do not fit together.
func repairHint(err error, root string) error {
	if !errors.Is(err, commitlog.ErrLayout) {
		return err
	}
	return fmt.Errorf("%w; gannet store repair %s says what can be done", err, root)
}

func printSteps(out io.Writer, title string, plan *repair.Plan) {
	fmt.Fprintln(out, title)
	for _, s := range plan.Steps {
		fmt.Fprintf(out, "  %s\n", s.Text)
	}
	printLeft(out, plan)
}

func printLeft(out io.Writer, plan *repair.Plan) {
	if len(plan.Left) == 0 {
		return
	}
	fmt.Fprintln(out, "left as it is:")
	for _, text := range plan.Left {
		fmt.Fprintf(out, "  %s\n", text)
	}
}

// outcome says what is left when there is nothing to be done.
func outcome(out io.Writer, plan *repair.Plan, root string) error {
	printLeft(out, plan)
	damaged, recoverable := plan.Report.Count(verify.Damaged), plan.Report.Count(verify.Recoverable)
	if damaged+recoverable == 0 {
		_, err := fmt.Fprintln(out, "clean")
		return err
	}
	fmt.Fprintf(out, "%d damaged, %d that the next start recovers; see gannet store verify\n", damaged, recoverable)
	return exitStatus{fmt.Errorf("%w: %s", errFindings, root), exitError}
}
