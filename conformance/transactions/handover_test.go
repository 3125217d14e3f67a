//go:build conformance

package transactions

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/store/record"
)

const each = 10

// leave sends messages of which some are committed, some rolled back, and some left open, and goes away. It returns where in their
// queue the halves lie that are decided.
func leave(t *testing.T, addr, prefix string) (decided []int64) {
	t.Helper()
	p := newProducer(t, addr, nil)
	defer p.close()
	for i := range each {
		for _, word := range []string{"commit", "rollback", "yes", "no"} {
			h, err := p.send(fmt.Appendf(nil, "%s-%s %d", prefix, word, i))
			if err == nil && (word == "commit" || word == "rollback") {
				decided = append(decided, h.queueOff)
				err = p.end(h, word == "commit", false)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return decided
}

// awaitNotes returns when the decisions are in the log, which keeps producers from being asked about them, kill or no kill.
func awaitNotes(t *testing.T, addr string, decided []int64) {
	t.Helper()
	notes := recorder.Queue{Topic: record.TopicTranOpHalf, ID: 0}
	until(t, "all decisions noted", func() bool {
		named := make(map[string]bool)
		for _, note := range recorder.MustReadAll(t, addr, notes.Topic, 1)[notes] {
			for off := range strings.SplitSeq(string(note.Body), ",") {
				named[off] = true
			}
		}
		return !slices.ContainsFunc(decided, func(off int64) bool { return !named[strconv.FormatInt(off, 10)] })
	})
}

// find has a member of the group say what became of what was left open, and wants all that was committed, and no more: each once,
// but if the broker before was killed what is asked about once more may come once more.
func find(t *testing.T, addr string, killed bool, prefixes ...string) {
	t.Helper()
	p := newProducer(t, addr, func(body string) bool { return strings.Contains(body, "-yes ") })
	defer p.close()
	if err := p.join(); err != nil {
		t.Fatal(err)
	}
	want := make(map[string]int)
	for _, prefix := range prefixes {
		want[prefix+"-commit"], want[prefix+"-yes"] = each, each
	}
	until(t, fmt.Sprintf("%v committed", want), func() bool { return maps.Equal(words(bodies(readAll(t, addr))), want) })
	open := prefixes[len(prefixes)-1] + "-no "
	until(t, "all asked for", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		n := 0
		for body := range p.asked {
			if strings.HasPrefix(body, open) {
				n++
			}
		}
		return n == each
	})
	there := bodies(readAll(t, addr))
	if got := words(there); !maps.Equal(got, want) {
		t.Errorf("there is %v, want %v", got, want)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for body, n := range there {
		if n > 1 && (!killed || n > 1+p.asked[body]) {
			t.Errorf("%s is there %d times, asked for %d times", body, n, p.asked[body])
		}
	}
	for body := range p.asked {
		if strings.Contains(body, "-commit ") || strings.Contains(body, "-rollback ") {
			t.Errorf("asked for %s, which was decided", body)
		}
	}
}

// What is open in a directory that Java has closed is decided at our broker, and what is open in ours, which was killed, at Java's.
func TestHandover(t *testing.T) {
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	conf := map[string]string{"mappedFileSizeCommitLog": "1048576", "mappedFileSizeConsumeQueue": "10000"}
	maps.Copy(conf, soon)
	o := javaenv.Options{Namesrv: ns.Addr, Conf: conf, Dir: t.TempDir()}
	java := javaenv.StartBroker(t, o)
	recorder.MustCreateTopic(t, java.Addr, topic, 1)
	leave(t, java.Addr, "java")
	javaenv.Stop(t, java)

	g := process.Run(t, process.Options{Dir: o.Dir, Set: conf})
	find(t, g.Broker, false, "java")
	awaitNotes(t, g.Broker, leave(t, g.Broker, "ours"))
	g.Kill()
	java = javaenv.StartBroker(t, o)
	find(t, java.Addr, true, "java", "ours")
}
