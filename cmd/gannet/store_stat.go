package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/gannetmq/gannet/store/image"
)

func statCommand() *cobra.Command {
	s := &storeStat{}
	cmd := s.command("stat", "what there is in a data directory: sizes, times, topics, queues, groups",
		`Counts what there is in a data directory, of this broker or of RocketMQ's. DIR is storePathRootDir, or
what --data says. Nothing is changed and no lock is taken: a broker may have it open, and its newest
messages may then not be counted yet. Files may have holes, and take less room than their size.

A group's lag is how many messages it has not consumed, as its offsets were last written.`,
		func(cmd *cobra.Command, dir string) error { return s.run(cmd.OutOrStdout(), dir) })
	cmd.Flags().BoolVar(&s.queues, "queues", false, "a line for each queue")
	cmd.Flags().BoolVar(&s.json, "json", false, "print one line of JSON: everything, exact")
	return cmd
}

// storeStat is what the flags of `store stat` say.
type storeStat struct {
	storeDir
	queues, json bool
}

func (s *storeStat) run(out io.Writer, dir string) (err error) {
	im, root, err := s.image(dir)
	if err != nil {
		return err
	}
	stat, err := im.Stat()
	if err = errors.Join(err, im.Close()); err != nil {
		return fmt.Errorf("%s: %w", root, err)
	}
	if s.json {
		return json.NewEncoder(out).Encode(stat)
	}
	return s.print(out, root, stat)
}

func (s *storeStat) print(out io.Writer, root string, stat *image.Stat) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	state := "closed in order"
	if stat.Abort != "" {
		state = "open in process " + stat.Abort + ", or not closed in order"
	}
	fmt.Fprintf(w, "directory\t%s, %s\n", root, state)
	fmt.Fprintf(w, "disk\t%s free of %s\n", bytesText(stat.Disk.Free), bytesText(stat.Disk.Total))
	l := &stat.Log
	fmt.Fprintf(w, "commitlog\t%s of %s, log offsets %d to %d\n", counted(int64(l.Files.Files), "file"), bytesText(l.FileSize), l.Start, l.End)
	if l.First > 0 {
		fmt.Fprintf(w, "\tstored %s to %s\n", timeText(l.First), timeText(l.Last))
	}
	if l.Problem != "" {
		fmt.Fprintf(w, "\t%s\n", l.Problem)
	}
	queues, messages, files := 0, int64(0), image.Files{}
	for _, t := range stat.Topics {
		messages += t.Messages
		for _, q := range t.Queues {
			queues++
			files.Files += q.Files.Files
			files.Bytes += q.Bytes
		}
	}
	fmt.Fprintf(w, "consumequeue\t%s of %s, %s, %s\n", counted(int64(queues), "queue"), counted(int64(len(stat.Topics)), "topic"),
		counted(messages, "message"), filesText(files))
	fmt.Fprintf(w, "index\t%s\n", filesText(stat.Index))
	printTimers(w, &stat.Timers)
	fmt.Fprintf(w, "config\t%s\n", counted(int64(len(stat.Config)), "file"))
	if stat.Aside.Files > 0 {
		fmt.Fprintf(w, "set aside\t%s, in bad\n", filesText(stat.Aside))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := s.printTopics(out, stat); err != nil {
		return err
	}
	return s.printGroups(out, stat)
}

func printTimers(w io.Writer, t *image.Timers) {
	if t.Files.Files == 0 && t.Problem == "" {
		return
	}
	fmt.Fprintf(w, "timer\t%s waiting, delivered up to %s, %s\n", counted(t.Waiting, "message"), timeText(t.Delivered), filesText(t.Files))
	if t.Waiting > 0 {
		fmt.Fprintf(w, "\tdue %s to %s\n", timeText(t.First), timeText(t.Last))
	}
	if t.Problem != "" {
		fmt.Fprintf(w, "\t%s\n", t.Problem)
	}
}

func (s *storeStat) printTopics(out io.Writer, stat *image.Stat) error {
	if len(stat.Topics) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "\nTOPIC\tQUEUES\tMESSAGES\tMIN\tMAX\n")
	for _, t := range stat.Topics {
		low, high := t.Queues[0].Min, t.Queues[0].Max
		for _, q := range t.Queues {
			low, high = min(low, q.Min), max(high, q.Max)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\n", shownName(t.Name), len(t.Queues), t.Messages, low, high)
		for _, q := range t.Queues {
			if s.queues {
				kind := ""
				if q.Batched {
					kind = "batches"
				}
				fmt.Fprintf(w, "  %d\t%s\t%d\t%d\t%d\n", q.ID, kind, q.Max-q.Min, q.Min, q.Max)
			}
		}
	}
	return w.Flush()
}

func (s *storeStat) printGroups(out io.Writer, stat *image.Stat) error {
	if len(stat.Groups) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "\nGROUP\tTOPIC\tQUEUES\tLAG\n")
	for _, g := range stat.Groups {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\n", shownName(g.Group), shownName(g.Topic), len(g.Queues), g.Lag)
		for _, q := range g.Queues {
			if s.queues {
				fmt.Fprintf(w, "  %d\t\toffset %d\t%d\n", q.ID, q.Offset, q.Lag)
			}
		}
	}
	return w.Flush()
}

// shownName is a name from a file as it may be printed.
func shownName(name string) string {
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` {
		return quoted
	}
	return name
}

func filesText(f image.Files) string {
	return counted(int64(f.Files), "file") + ", " + bytesText(f.Bytes)
}

func timeText(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

func counted(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatInt(n, 10) + " " + noun + "s"
}

// bytesText shows a size for people.
func bytesText(n int64) string {
	units := []string{"KiB", "MiB", "GiB", "TiB"}
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, i := float64(n)/1024, 0
	for value >= 1024 && i < len(units)-1 {
		value /= 1024
		i++
	}
	return fmt.Sprintf("%.1f %s", value, units[i])
}
