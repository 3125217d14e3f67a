package javaenv

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// ErrEnded is wrapped when a process ended although it should still run.
var ErrEnded = errors.New("javaenv: process ended")

// process is a JVM with its output in a file. The goroutine in run starts it, waits for it and ends with it; everything
// else may be called from anywhere, also after the end.
type process struct {
	name   string
	cmd    *exec.Cmd
	output string                  // path: standard output and error
	life   context.Context         // done when the process is gone and was waited for; the cause wraps ErrEnded
	end    context.CancelCauseFunc // of life, called by run alone
}

// jvm is what every JVM started here is given.
type jvm struct {
	name   string // for messages and for the output file
	dir    string // gets NAME.out, home/ and tmp/
	module Module
	args   []string          // JVM arguments before the class
	props  map[string]string // -Dname=value
	main   string
	params []string
}

// command prepares a JVM whose every trace stays in j.dir.
func (e *Env) command(ctx context.Context, j jvm) (*exec.Cmd, error) {
	home, tmp := filepath.Join(j.dir, "home"), filepath.Join(j.dir, "tmp")
	for _, d := range []string{home, tmp} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, fmt.Errorf("javaenv: %w", err)
		}
	}
	args := append([]string{
		"-Duser.home=" + home, "-Djava.io.tmpdir=" + tmp, "-XX:-UsePerfData", "-Dfile.encoding=UTF-8",
		"--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED", // as the official start scripts: unmapping on Java 9+
	}, j.args...)
	for _, name := range slices.Sorted(maps.Keys(j.props)) {
		args = append(args, "-D"+name+"="+j.props[name])
	}
	args = append(args, "-cp", e.classPath(j.module), j.main)
	cmd := exec.CommandContext(ctx, e.java, append(args, j.params...)...)
	cmd.Dir = j.dir
	// Variables that would change a JVM or a client behind the caller's back.
	for _, v := range os.Environ() {
		switch name, _, _ := strings.Cut(v, "="); name {
		case "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH", "NAMESRV_ADDR", "ROCKETMQ_HOME", "ROCKETMQ_SERIALIZE_TYPE":
		default:
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "ROCKETMQ_HOME="+home)
	return cmd, nil
}

// start runs a JVM in the background.
func (e *Env) start(j jvm) (*process, error) {
	cmd, err := e.command(context.Background(), j) // its end is Kill or Stop, not a context
	if err != nil {
		return nil, err
	}
	p := &process{name: j.name, cmd: cmd, output: filepath.Join(j.dir, j.name+".out")}
	p.life, p.end = context.WithCancelCause(context.Background())
	out, err := os.OpenFile(p.output, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("javaenv: %w", err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = dieWithParent()
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("javaenv: start %s: %w", j.name, err)
	}
	return p, nil
}

// run starts the process and stays with it until its end. The thread is held because Linux counts the death of the thread
// that started a process as the death of its parent.
func (p *process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = p.cmd.Wait() // what happened is in p.cmd.ProcessState
	p.end(fmt.Errorf("%w: %s: %s", ErrEnded, p.name, p.cmd.ProcessState))
}

// Pid is the process id of the JVM.
func (p *process) Pid() int { return p.cmd.Process.Pid }

// Output is the path of the file that gets standard output and standard error.
func (p *process) Output() string { return p.output }

// Ended is closed when the process has ended and was waited for.
func (p *process) Ended() <-chan struct{} { return p.life.Done() }

// Kill ends the process with SIGKILL, as a crash would, and waits for its end.
func (p *process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("javaenv: kill %s: %w", p.name, err)
	}
	<-p.life.Done()
	return nil
}

// Stop ends the process with SIGTERM, which runs Java's shutdown hooks, and waits for its end. When ctx ends first the
// process is killed and an error tells so.
func (p *process) Stop(ctx context.Context) error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		<-p.life.Done()
		return fmt.Errorf("%w\n%s", context.Cause(p.life), p.tail())
	}
	select {
	case <-p.life.Done():
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("javaenv: %s did not end after SIGTERM: %w", p.name, ctx.Err()), p.Kill())
	}
	// A JVM ended by SIGTERM exits with 128+15.
	if code := p.cmd.ProcessState.ExitCode(); code != 0 && code != 128+int(syscall.SIGTERM) {
		return fmt.Errorf("javaenv: %s stopped badly: %s\n%s", p.name, p.cmd.ProcessState, p.tail())
	}
	return nil
}

// while derives a context that also ends with the process.
func (p *process) while(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(p.life, func() { cancel(context.Cause(p.life)) })
	return ctx, func() { stop(); cancel(nil) }
}

// tail is the end of the output, for messages.
func (p *process) tail() string { return p.output + ":\n" + excerptOf(p.output) }
