package javaenv

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// Program is one run of a Java program to its end.
type Program struct {
	Dir    string            // gets the JVM's home and temporary files
	Module Module            // whose classes and jars
	Main   string            // class; without a dot one of conformance/javaclient
	Props  map[string]string // system properties, e.g. rocketmq.serialize.type
	JVM    []string          // JVM arguments; nil for those of a short run
	Args   []string
	Stdin  io.Reader // may be nil
	Stdout io.Writer // gets what is printed at once; may be nil
}

// shortRun makes a JVM cheap to start and small, and a client patient; a program that measures speed sets its own. The Netty of old
// clients looks into classes that newer JVMs close.
var shortRun = []string{
	"-Xms32m", "-Xmx900m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
	"-Dcom.rocketmq.remoting.client.connect.timeout=10000", "--add-opens=java.base/java.nio=ALL-UNNAMED", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
}

// hashing makes the JVM of StoreDump compile for speed: it hashes all files, 1 GB and more, before and after.
var hashing = []string{"-Xms32m", "-Xmx900m", "-XX:+UseSerialGC", "-Xshare:auto"}

// Output is what a program left behind.
type Output struct {
	Exit           int
	Stdout, Stderr string
	Elapsed        time.Duration
}

// Report is one JSON line of a client program: what it counted and which of its expectations failed. A program leaves out
// what it does not count.
type Report struct {
	Program   string   `json:"program"` // class, or the scenario's name
	Client    string   `json:"client"`
	Serialize string   `json:"serialize"` // of the client's requests: JSON or ROCKETMQ
	OK        bool     `json:"ok"`        // no expectation failed
	Failures  []string `json:"failures"`
	Millis    int64    `json:"millis"`

	Sent            int            `json:"sent"`       // answered SEND_OK
	Received        int            `json:"received"`   // repeats included
	Distinct        int            `json:"distinct"`   // different bodies
	Duplicates      int            `json:"duplicates"` // Received - Distinct
	OrderViolations int            `json:"orderViolations"`
	QueueViolations map[string]int `json:"queueViolations"` // the same by BROKER-QUEUE
	Queues          map[string]int `json:"queues"`          // messages by BROKER-QUEUE
	MinIndex        int            `json:"minIndex"`        // smallest and largest number behind the prefix of a body
	MaxIndex        int            `json:"maxIndex"`

	Line json.RawMessage `json:"-"` // the whole line, with the facts that have no field here
}

// Result is what a client program reported. Report is its last line, Reports are all.
type Result struct {
	Report
	Reports []Report
	Output  Output
}

// Run runs a Java program until it ends or ctx does. A non-zero exit status is no error.
func (e *Env) Run(ctx context.Context, p Program) (Output, error) {
	j := jvm{name: p.Main, dir: p.Dir, module: p.Module, args: p.JVM, props: p.Props, main: p.Main, params: p.Args}
	if j.args == nil {
		j.args = shortRun
	}
	if !strings.Contains(j.main, ".") && p.Module != Server533 {
		j.main = "gannet." + j.main
	}
	cmd, err := e.command(ctx, j)
	if err != nil {
		return Output{}, err
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.Stdin, &stdout, &stderr
	if p.Stdout != nil {
		cmd.Stdout = io.MultiWriter(&stdout, p.Stdout)
	}
	cmd.WaitDelay = 5 * time.Second
	began := time.Now()
	err = cmd.Run()
	out := Output{Exit: -1, Stdout: stdout.String(), Stderr: stderr.String(), Elapsed: time.Since(began)}
	if cmd.ProcessState != nil {
		out.Exit = cmd.ProcessState.ExitCode()
	}
	if ctx.Err() != nil {
		return out, fmt.Errorf("javaenv: %s %q killed after %v: %w\n%s", p.Main, p.Args, out.Elapsed, ctx.Err(), out)
	}
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return out, fmt.Errorf("javaenv: %s: %w", p.Main, err)
	}
	return out, nil
}

// RunClient runs a program of conformance/javaclient and decodes its JSON lines. Failed expectations are no error, they
// are in the result: OK of each report, and Output.Exit.
func (e *Env) RunClient(ctx context.Context, p Program) (Result, error) {
	out, err := e.Run(ctx, p)
	if err != nil {
		return Result{Output: out}, err
	}
	r := Result{Output: out}
	for line := range strings.Lines(out.Stdout) {
		if !strings.HasPrefix(line, `{"program":`) {
			continue
		}
		var report Report
		if err := json.Unmarshal([]byte(line), &report); err != nil {
			return r, fmt.Errorf("javaenv: line of %s: %w: %s", p.Main, err, line)
		}
		report.Line = json.RawMessage(strings.TrimSpace(line))
		r.Reports = append(r.Reports, report)
	}
	if len(r.Reports) == 0 {
		return r, fmt.Errorf("javaenv: %s %q printed no JSON line, exit %d\n%s", p.Main, p.Args, out.Exit, out)
	}
	r.Report = r.Reports[len(r.Reports)-1]
	return r, nil
}

// Failed lists the failed expectations of all reports, and a bad exit that no report explains.
func (r Result) Failed() []string {
	var list []string
	for _, report := range r.Reports {
		for _, f := range report.Failures {
			list = append(list, report.Program+": "+f)
		}
	}
	if r.Output.Exit != 0 && len(list) == 0 {
		list = append(list, fmt.Sprintf("exit %d without a failed expectation\n%s", r.Output.Exit, r.Output))
	}
	return list
}

// String is the end of both streams, for messages.
func (o Output) String() string {
	return "stdout: " + excerpt(o.Stdout) + "\nstderr: " + excerpt(o.Stderr)
}
