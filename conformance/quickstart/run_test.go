//go:build quickstart

package quickstart

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
)

// namesrvPort is written into some of the examples.
const namesrvPort = 9876

const (
	oneLimit = 4 * time.Minute        // for one example; the orderly consumer is suspended for 3 s a hundred times
	quiet    = 2 * time.Second        // after what was wanted: for what should not come
	look     = 100 * time.Millisecond // between looks at the output, each of which is at all of it
)

// offset is where in its queue a message lies.
var offset = regexp.MustCompile(`queueOffset=\d+`)

var (
	jars = flag.String("examples", "", "directory with the jars of RocketMQ's binary release, rocketmq-example among them")
	only = flag.String("only", "", "run only examples whose class matches this regular expression")
)

// conf is what the examples ask for: SQL filters need enablePropertyFilter. Halves are asked about sooner than after a minute.
var conf = map[string]string{
	"brokerName": "broker-a", "enablePropertyFilter": "true", "transactionTimeOut": "2000", "transactionCheckInterval": "2000",
}

// What the examples print against our broker is what they print against Java's.
func TestExamples(t *testing.T) {
	if found, _ := filepath.Glob(filepath.Join(*jars, "rocketmq-example-*.jar")); len(found) != 1 {
		t.Fatalf("-examples %q has no rocketmq-example jar: name lib/ of RocketMQ's binary release", *jars)
	}
	chosen, err := chosenExamples()
	if err != nil {
		t.Fatal(err)
	}
	java := make(map[string]string)
	t.Run("java", func(t *testing.T) {
		ns := javaenv.StartNamesrv(t, javaenv.Options{Port: namesrvPort})
		javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr, Conf: conf})
		runAll(t, chosen, java)
		javaenv.Kill(t, ns) // its port is needed
	})
	ours := make(map[string]string)
	t.Run("gannet", func(t *testing.T) {
		process.Run(t, process.Options{Namesrv: namesrvPort, Set: conf})
		runAll(t, chosen, ours)
	})
	t.Run("same", func(t *testing.T) {
		for _, e := range all(chosen) {
			t.Run(e.class, func(t *testing.T) { e.judge(t, java[e.class], ours[e.class]) })
		}
	})
}

// all are the examples, those inside others included.
func all(list []example) (flat []example) {
	for _, e := range list {
		flat = append(append(flat, e), all(e.after)...)
	}
	return flat
}

func (e example) judge(t *testing.T, java, ours string) {
	for _, d := range differences {
		if d.class != e.class {
			continue
		}
		if !strings.Contains(ours, d.ours) || strings.Contains(java, d.ours) {
			t.Errorf("this is no difference any more: %s", d.reason)
		}
		ours = strings.ReplaceAll(ours, d.ours, d.java)
	}
	if e.anyOffset {
		java, ours = offset.ReplaceAllString(java, "queueOffset=N"), offset.ReplaceAllString(ours, "queueOffset=N")
	}
	want, got := pieces(java), pieces(ours)
	t.Logf("pieces: Java %d, ours %d; the first of ours:\n%.300s", len(want), len(got), strings.Join(got, "\n"))
	if n := different(want); n < e.want && !e.anyOffset {
		t.Errorf("against Java it printed %d pieces that differ, want %d", n, e.want)
	}
	lacks, extra := compare(normals(want, e.repeats || e.ordered), normals(got, e.repeats || e.ordered))
	if lacks != nil || extra != nil {
		t.Errorf("only Java:\n\t%.2000s\nonly ours:\n\t%.2000s", strings.Join(lacks, "\n\t"), strings.Join(extra, "\n\t"))
	}
	if e.ordered {
		for side, list := range map[string][]string{"Java": want, "ours": got} {
			if p := outOfOrder(list); p != "" {
				t.Errorf("%s: out of order: %s", side, p)
			}
		}
	}
}

func chosenExamples() (chosen []example, err error) {
	match, err := regexp.Compile(*only)
	if err != nil {
		return nil, err
	}
	for _, e := range examples {
		if match.MatchString(e.class) {
			chosen = append(chosen, e)
		}
	}
	if len(chosen) == 0 {
		err = fmt.Errorf("no example matches %q", *only)
	}
	return chosen, err
}

func runAll(t *testing.T, list []example, printed map[string]string) {
	for _, e := range list {
		e.run(t, printed)
	}
}

// run runs the example and those that come after it, and keeps what each printed. What is run twice is kept once, the later.
func (e example) run(t *testing.T, printed map[string]string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), oneLimit)
	defer cancel()
	began := time.Now()
	p := start(t, ctx, e.class)
	for _, next := range e.after {
		p.await(ctx, 1)
		next.run(t, printed)
	}
	if e.ends {
		select {
		case <-p.ended:
		case <-ctx.Done():
			t.Errorf("%s has not ended after %v", e.class, oneLimit)
		}
	} else {
		p.await(ctx, e.want)
		select {
		case <-time.After(quiet):
		case <-p.ended:
		}
	}
	cancel()
	<-p.ended
	printed[e.class] = p.text()
	t.Logf("%s: %v", e.class, time.Since(began).Round(10*time.Millisecond))
}

// program is a running example.
type program struct {
	mu     sync.Mutex
	out    bytes.Buffer
	output chan struct{} // a token when there is new output
	ended  chan struct{}
}

func start(t *testing.T, ctx context.Context, class string) *program {
	t.Helper()
	p := &program{output: make(chan struct{}, 1), ended: make(chan struct{})}
	home := t.TempDir()
	cmd := exec.CommandContext(ctx, "java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Duser.home="+home, "-Djava.io.tmpdir="+home,
		"-Drocketmq.namesrv.addr="+net.JoinHostPort("127.0.0.1", "9876"), "-cp", filepath.Join(*jars, "*"), "org.apache.rocketmq.example."+class)
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "NAMESRV_ADDR=")
	cmd.Stdout, cmd.Stderr = p, p
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // killed in most cases
		close(p.ended)
	}()
	return p
}

func (p *program) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case p.output <- struct{}{}:
	default:
	}
	return p.out.Write(b)
}

// text is what was printed so far.
func (p *program) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// await waits until so many different pieces were printed, the program has ended, or ctx has.
func (p *program) await(ctx context.Context, want int) {
	for {
		if different(pieces(p.text())) >= want {
			return
		}
		select {
		case <-p.output:
			<-time.After(look) // each look at the output is at all of it
		case <-p.ended:
			return
		case <-ctx.Done():
			return
		}
	}
}
