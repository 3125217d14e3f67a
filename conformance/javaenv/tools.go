package javaenv

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// Summary is what StoreDump found in a store directory (conformance/golden/store/check/README.md). After a refused
// directory the counts are those of what could be read.
type Summary struct {
	MinPhyOffset        int64          `json:"minPhyOffset"`
	MaxPhyOffset        int64          `json:"maxPhyOffset"`
	ConfirmOffset       int64          `json:"confirmOffset"`
	FlushedWhere        int64          `json:"flushedWhere"`
	DispatchBehindBytes int64          `json:"dispatchBehindBytes"`
	Messages            int            `json:"messages"`
	BlankRecords        int            `json:"blankRecords"`
	ByTopic             map[string]int `json:"byTopic"`
	Queues              int            `json:"queues"`
	QueueEntries        int            `json:"queueEntries"`
	IndexFiles          int            `json:"indexFiles"`
	IndexEntries        int            `json:"indexEntries"`
	KeysQueried         int            `json:"keysQueried"`
	Topics              int            `json:"topics"`
	Groups              int            `json:"groups"`

	Problems []string `json:"-"` // at most 20
	Document string   `json:"-"` // path of the whole JSON document
	Stderr   string   `json:"-"` // its end, for messages
}

// StoreDump lets the Java broker's classes open a copy of the store directory and check it. Exit status 0 means that Java
// opened it and every cross check held, 1 that Java refused it or a check failed. The settings are read from broker.conf
// beside the directory unless args say otherwise (--conf, --set). dir gets the document and temporary files.
func (e *Env) StoreDump(ctx context.Context, dir, store string, args ...string) (int, Summary, error) {
	s := Summary{Document: filepath.Join(dir, "storedump.json")}
	out, err := e.Run(ctx, Program{
		Dir:    dir,
		Module: Server533,
		Main:   "StoreDump",
		JVM:    hashing,
		Args:   append([]string{"--out", s.Document}, append(args, store)...),
	})
	s.Stderr = excerpt(out.Stderr)
	if err != nil {
		return out.Exit, s, err
	}
	decoded := false
	for line := range strings.Lines(out.Stderr) {
		text, ok := strings.CutPrefix(strings.TrimSpace(line), "StoreDump: ")
		if problem, isProblem := strings.CutPrefix(text, "problem: "); ok && isProblem {
			s.Problems = append(s.Problems, problem)
		} else if ok && strings.HasPrefix(text, "{") {
			if err := json.Unmarshal([]byte(text), &s); err != nil {
				return out.Exit, s, fmt.Errorf("javaenv: summary of StoreDump: %w: %s", err, text)
			}
			decoded = true
		}
	}
	if out.Exit != 1 && (out.Exit != 0 || !decoded) {
		return out.Exit, s, fmt.Errorf("javaenv: StoreDump %q: exit %d\n%s", args, out.Exit, out)
	}
	return out.Exit, s, nil
}

// MQAdmin runs one mqadmin command, e.g. "topicRoute", "-n", namesrv, "-t", topic, and answers its standard output. mqadmin
// exits 0 even when its command failed, so a stack trace on standard error is the error.
func (e *Env) MQAdmin(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := e.Run(ctx, Program{
		Dir:    dir,
		Module: Server533,
		Main:   "org.apache.rocketmq.tools.command.MQAdminStartup",
		Args:   args,
	})
	if err != nil {
		return out.Stdout, err
	}
	if out.Exit != 0 || strings.Contains(out.Stderr, "\tat ") {
		return out.Stdout, fmt.Errorf("javaenv: mqadmin %q: exit %d\n%s", args, out.Exit, out)
	}
	return out.Stdout, nil
}
