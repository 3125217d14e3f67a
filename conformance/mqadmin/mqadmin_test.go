//go:build conformance

package mqadmin

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
)

// limit is for all commands of one side.
const limit = 4 * time.Minute

// What mqadmin prints about our broker is what it prints about Java's.
func TestCommands(t *testing.T) {
	java, ours := javaSide(t), ourSide(t)
	env := javaenv.Setup(t)
	for _, s := range []*side{java, ours} { // at last: some figures are of the last minute
		s.offsetID = join(t, s.broker)
	}
	var both sync.WaitGroup
	for _, s := range []*side{java, ours} {
		dir := t.TempDir()
		both.Go(func() {
			if err := s.run(env, dir); err != nil {
				t.Error(err)
			}
		})
	}
	if both.Wait(); t.Failed() {
		return
	}
	stale := make(map[int]bool)
	for i := range differences {
		stale[i] = true
	}
	same := make(map[string]bool)
	for _, u := range unlike {
		same[u.key] = !u.sometimes
	}
	for i, c := range commands {
		want, got := java.text(java.printed[i]), ours.text(ours.printed[i])
		t.Logf("mqadmin %s\n--- Java, %d ms\n%s\n--- ours, %d ms\n%s", strings.Join(c.args, " "),
			java.printed[i].Millis, want, ours.printed[i].Millis, got)
		is, ought := normal(got, c.by), normal(withoutDifferences(want, stale), c.by)
		if c.by == kinds || c.by == values {
			ought = withoutUnlike(ought, is, same)
		}
		lacks, extra := missing(ought, is, c.by)
		if lacks != nil || extra != nil {
			t.Errorf("mqadmin %s\nJava prints\n\t%s\nours prints instead\n\t%s\n%s", strings.Join(c.args, " "),
				strings.Join(lacks, "\n\t"), strings.Join(extra, "\n\t"), ours.printed[i].Err)
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("mqadmin %s: want %q in\n%s%s", strings.Join(c.args, " "), c.want, got, ours.printed[i].Err)
		}
	}
	for key, always := range same {
		if always {
			t.Errorf("%s does not differ from Java's any more", key)
		}
	}
	for i := range stale {
		t.Errorf("Java prints nothing like %s any more: %s", differences[i].text, differences[i].reason)
	}
}

// brokerConf makes both brokers list the same topics, and gives ours what javaenv sets.
var brokerConf = map[string]string{
	"defaultTopicQueueNums": "8", "bindAddress": "127.0.0.1", "mappedFileSizeCommitLog": "16777216", "mappedFileSizeConsumeQueue": "200000",
	"maxHashSlotNum": "10000", "maxIndexNum": "40000", "diskMaxUsedSpaceRatio": "95", "waitTimeMillsInSendQueue": "10000",
	"osPageCacheBusyTimeOutMills": "10000", "traceTopicEnable": "true",
}

func javaSide(t *testing.T) *side {
	t.Helper()
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	b := javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr, Conf: brokerConf})
	return &side{name: "Java", namesrv: ns.Addr, broker: b.Addr, dir: writeFiles(t)}
}

func ourSide(t *testing.T) *side {
	t.Helper()
	g := process.Run(t, process.Options{Set: brokerConf})
	return &side{name: "ours", namesrv: g.Namesrv, broker: g.Broker, dir: writeFiles(t)}
}

func writeFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run runs all commands in one JVM, which lives in dir.
func (s *side) run(env *javaenv.Env, dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	_, file, _, _ := runtime.Caller(0)
	out, err := env.Run(ctx, javaenv.Program{
		Dir: dir, Module: javaenv.Server533, Main: filepath.Join(filepath.Dir(file), "AdminRun.java"), Args: s.params(),
	})
	if err != nil || out.Exit != 0 {
		return fmt.Errorf("mqadmin against %s: exit %d, %v\n%s\n%s", s.name, out.Exit, err, out.Stdout, out.Stderr)
	}
	for line := range strings.Lines(out.Stdout) {
		var p printed
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			return fmt.Errorf("mqadmin against %s: %w in %q", s.name, err, line)
		}
		s.printed = append(s.printed, p)
	}
	if len(s.printed) != len(commands) {
		return fmt.Errorf("mqadmin against %s: %d of %d commands ran\n%s", s.name, len(s.printed), len(commands), out.Stderr)
	}
	return nil
}

// params are all commands as AdminRun takes them.
func (s *side) params() (params []string) {
	for i, c := range commands {
		if i > 0 {
			params = append(params, "--")
		}
		if c.wait {
			params = append(params, "until", s.fill([]string{c.want})[0])
		}
		params = append(params, s.fill(c.args)...)
	}
	return params
}
