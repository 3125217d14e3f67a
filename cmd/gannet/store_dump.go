package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/gannetmq/gannet/store/image"
	"github.com/gannetmq/gannet/store/record"
)

func dumpCommand() *cobra.Command {
	d := &storeDump{}
	cmd := d.command("dump", "the messages of a data directory, one by one",
		`Prints the messages of a data directory, of this broker or of RocketMQ's: all in the order of the log, or
with --topic those of its queues. DIR is storePathRootDir, or what --data says. Nothing is changed and no lock
is taken: a broker may have it open, and its newest messages may then not be seen yet.

--from is a queue offset with --topic, and a log offset without. With --timers it is what waits in the timer's files:
each message with its moment, and of one moment the newest first. Where no message can be read there is
a line that says why, and the exit status is 1. Bodies are printed as they are stored, compressed if they
were sent so; with --json in base64.`,
		func(cmd *cobra.Command, dir string) error { return d.run(cmd.OutOrStdout(), dir) })
	f := cmd.Flags()
	f.StringVar(&d.topic, "topic", "", "messages of this topic, by its queues; without queues of it the log is searched")
	f.Int32Var(&d.queue, "queue", -1, "of this queue of the topic alone")
	f.Int64Var(&d.from, "from", 0, "offset of the first message")
	f.IntVar(&d.max, "max", 100, "messages at most, 0 for all")
	f.BoolVar(&d.waiting, "timers", false, "timed messages that wait, in the order in which they are due")
	f.BoolVar(&d.body, "body", false, "print bodies")
	f.BoolVar(&d.json, "json", false, "print a line of JSON for each message")
	return cmd
}

// storeDump is what the flags of `store dump` say.
type storeDump struct {
	storeDir
	topic      string
	queue      int32
	from       int64
	max        int
	body, json bool
	waiting    bool
}

// errUnreadable says that a dump met what is no message.
var errUnreadable = errors.New("not all messages can be read")

func (d *storeDump) run(out io.Writer, dir string) (err error) {
	if d.waiting && (d.topic != "" || d.from != 0) {
		return exitStatus{errors.New("--timers goes without --topic and --from"), exitUsage}
	}
	if d.queue >= 0 && d.topic == "" {
		return exitStatus{errors.New("--queue wants a --topic"), exitUsage}
	}
	im, root, err := d.image(dir)
	if err != nil {
		return err
	}
	buffered, unreadable := bufio.NewWriter(out), false
	print := d.text
	if d.json {
		print = d.line
	}
	show := func(m image.Due) error {
		unreadable = unreadable || m.Err != nil
		return print(buffered, m)
	}
	if d.waiting {
		err = im.DumpTimers(d.max, show)
	} else {
		err = im.Dump(image.Selection{Topic: d.topic, Queue: d.queue, From: d.from, Max: d.max}, func(f image.Found) error {
			return show(image.Due{Found: f})
		})
	}
	if err = errors.Join(err, buffered.Flush(), im.Close()); err != nil {
		return fmt.Errorf("%s: %w", root, err)
	}
	if unreadable {
		return fmt.Errorf("%w: %s", errUnreadable, root)
	}
	return nil
}

// text prints a message for people: where and when, then its properties, then its body.
func (d *storeDump) text(w io.Writer, f image.Due) error {
	var b strings.Builder
	if f.At != 0 {
		fmt.Fprintf(&b, "%s %s, ", dueText(&f), timeText(f.At))
	}
	if f.Queue != nil {
		fmt.Fprintf(&b, "%s %d offset %d, ", shownName(f.Queue.Topic), f.Queue.ID, f.Offset)
		if f.Messages > 1 {
			fmt.Fprintf(&b, "%d messages, ", f.Messages)
		}
	}
	fmt.Fprintf(&b, "log offset %d", f.Place)
	if v := f.View; v != nil {
		if f.Queue == nil {
			fmt.Fprintf(&b, ", %s %d offset %d", shownName(string(v.Topic)), v.QueueID, v.QueueOffset)
		}
		fmt.Fprintf(&b, ", %d bytes, body %d, stored %s, born %s at %s", v.Size, v.BodyLen, timeText(v.StoreTime), timeText(v.BornTime), v.BornHost())
		if flags := flagText(v); flags != "" {
			fmt.Fprintf(&b, ", %s", flags)
		}
	}
	if f.Err != nil {
		fmt.Fprintf(&b, "\n  damaged: %v", f.Err)
	}
	b.WriteByte('\n')
	if v := f.View; v != nil {
		for key, value := range record.Properties(v.Properties) {
			fmt.Fprintf(&b, "  %s=%s\n", shownName(string(key)), shownName(string(value)))
		}
		if d.body {
			b.WriteString(bodyText(v.Body))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// flagText names the bits of the sysFlag that matter to who reads a body or misses a message.
func flagText(v *record.View) string {
	var names []string
	if v.SysFlag&record.SysCompressed != 0 {
		names = append(names, "compressed")
	}
	switch v.Transaction() {
	case record.SysTranPrepared:
		names = append(names, "half message")
	case record.SysTranCommit:
		names = append(names, "committed")
	case record.SysTranRollback:
		names = append(names, "rolled back")
	}
	if v.ReconsumeTimes > 0 {
		names = append(names, "retried "+strconv.Itoa(int(v.ReconsumeTimes))+" times")
	}
	return strings.Join(names, ", ")
}

// bodyText shows text as it is and anything else in hex, indented.
func bodyText(body []byte) string {
	text := string(body)
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unprintable) {
		text = hex.Dump(body)
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("  | " + strings.TrimSuffix(line, "\n") + "\n")
	}
	return b.String()
}

// dueText says what is done at the moment.
func dueText(d *image.Due) string {
	switch {
	case d.TakeBack:
		return "takes another back at"
	case d.Roll:
		return "goes on at"
	}
	return "due"
}

// dumped is a message as JSON. Times are Unix milliseconds.
type dumped struct {
	LogOffset      int64             `json:"logOffset"`
	Error          string            `json:"error,omitempty"`
	Due            int64             `json:"due,omitempty"`      // of a timed message
	Roll           bool              `json:"roll,omitempty"`     // it is stored again then, and is due later
	TakeBack       bool              `json:"takeBack,omitempty"` // it takes another one back
	Topic          string            `json:"topic,omitempty"`
	QueueID        int32             `json:"queueId"`
	QueueOffset    int64             `json:"queueOffset"`
	Messages       int32             `json:"messages,omitempty"` // in one record, from queueOffset on
	Size           int32             `json:"size,omitempty"`
	OffsetID       string            `json:"offsetMsgId,omitempty"`
	StoreTime      int64             `json:"storeTime,omitempty"`
	BornTime       int64             `json:"bornTime,omitempty"`
	StoreHost      string            `json:"storeHost,omitempty"`
	BornHost       string            `json:"bornHost,omitempty"`
	Flag           int32             `json:"flag,omitempty"`
	SysFlag        int32             `json:"sysFlag,omitempty"`
	ReconsumeTimes int32             `json:"reconsumeTimes,omitempty"`
	BodySize       int32             `json:"bodySize"`
	Properties     map[string]string `json:"properties,omitempty"`
	Body           []byte            `json:"body,omitempty"`
}

// line prints a message as one line of JSON.
func (d *storeDump) line(w io.Writer, f image.Due) error {
	m := dumped{LogOffset: f.Place, Due: f.At, Roll: f.Roll, TakeBack: f.TakeBack}
	if f.Err != nil {
		m.Error = f.Err.Error()
	}
	if q := f.Queue; q != nil {
		m.Topic, m.QueueID, m.QueueOffset = q.Topic, q.ID, f.Offset
		if f.Messages > 1 {
			m.Messages = f.Messages
		}
	}
	if v := f.View; v != nil {
		if f.Queue == nil {
			m.Topic, m.QueueID, m.QueueOffset = string(v.Topic), v.QueueID, v.QueueOffset
		}
		m.Size, m.OffsetID, m.StoreTime, m.BornTime = v.Size, string(v.AppendOffsetID(nil)), v.StoreTime, v.BornTime
		m.StoreHost, m.BornHost = v.StoreHost().String(), v.BornHost().String()
		m.Flag, m.SysFlag, m.ReconsumeTimes, m.BodySize = v.Flag, v.SysFlag, v.ReconsumeTimes, v.BodyLen
		m.Properties = make(map[string]string)
		for key, value := range record.Properties(v.Properties) {
			m.Properties[string(key)] = string(value)
		}
		if d.body {
			m.Body = v.Body
		}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(&m)
}
