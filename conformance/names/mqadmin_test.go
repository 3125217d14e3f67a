//go:build conformance

package names

import (
	"strings"
	"sync"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
)

// TestMQAdmin runs Java's commands for name servers against both: they print the same.
func TestMQAdmin(t *testing.T) {
	sides := []*side{java(t, t.TempDir()), gannet(t, t.TempDir())}
	var l life
	l.register("a", broker{name: "a", cluster: "C", addr: "127.0.0.1:1", version: 1, topics: "T:6:0 U:6:0"})
	for _, s := range sides {
		s.ask(t, l.steps[0])
	}
	var printed [2][]string
	var wg sync.WaitGroup
	for i, s := range sides {
		wg.Go(func() { printed[i] = run(t, s) })
	}
	wg.Wait()
	for i, c := range commands {
		for n, s := range sides {
			if blankless := strings.Join(strings.Fields(printed[n][i]), ""); !strings.Contains(blankless, strings.ReplaceAll(c.want, " ", "")) {
				t.Errorf("%s, %s: got %s, want %s", s.name, c.command, printed[n][i], c.want)
			}
		}
		if printed[0][i] != printed[1][i] && c.command != "getNamesrvConfig" { // ours has keys and paths of its own
			t.Errorf("%s: Java %s\ngannet %s", c.command, printed[0][i], printed[1][i])
		}
	}
}

// commands are run one after the other.
var commands = []struct{ command, want string }{
	{"updateKvConfig -s N -k k -v v", "create or update kv config to namespace success."},
	{"deleteKvConfig -s N -k k", "delete kv config from namespace success."},
	{"updateOrderConf -m put -t T -v a:4", "update orderConf success. topic=[T], orderConf=[a:4]"},
	{"updateOrderConf -m get -t T", "get orderConf success. topic=[T], orderConf=[a:4]"},
	{"topicRoute -t T", `"orderTopicConf":"a:4"`},
	{"wipeWritePerm -b a", "wipe write perm of broker[a] in name server[ADDR] OK, 2"},
	{"addWritePerm -b a", "add write perm of broker[a] in name server[ADDR] OK, 2"},
	{"updateNamesrvConfig -k enableTopicList -v false", "update name server config success!"},
	{"getNamesrvConfig", "enableTopicList = false"},
}

// run runs the commands against one name server and returns what they print.
func run(t *testing.T, s *side) []string {
	printed := make([]string, len(commands))
	for i, c := range commands {
		out, err := javaenv.Setup(t).MQAdmin(t.Context(), t.TempDir(), append(strings.Fields(c.command), "-n", s.addr)...)
		if err != nil {
			t.Errorf("%s, %s: %v", s.name, c.command, err)
		}
		printed[i] = withoutLogs(strings.ReplaceAll(out, s.addr, "ADDR"))
	}
	return printed
}

// withoutLogs leaves out what Java's logging says of itself.
func withoutLogs(text string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains(line, " |-") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
