//go:build conformance

package transactions

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
)

const each = 10

// leave sends messages of which some are committed, some rolled back, and some left open, and goes away.
func leave(t *testing.T, addr, prefix string) {
	t.Helper()
	p := newProducer(t, addr, nil)
	defer p.close()
	for i := range each {
		for _, word := range []string{"commit", "rollback", "yes", "no"} {
			h, err := p.send(fmt.Appendf(nil, "%s-%s %d", prefix, word, i))
			if err == nil && (word == "commit" || word == "rollback") {
				err = p.end(h, word == "commit", false)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// find has a member of the group say what became of what was left open, and wants all that was committed, once, and no more.
func find(t *testing.T, addr string, prefixes ...string) {
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
	until(t, fmt.Sprintf("%v committed", want), func() bool { return maps.Equal(words(readAll(t, addr)), want) })
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
	if got := words(readAll(t, addr)); !maps.Equal(got, want) {
		t.Errorf("there is %v, want %v", got, want)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for body := range p.asked {
		if strings.Contains(body, "-commit ") || strings.Contains(body, "-rollback ") {
			t.Errorf("asked for %s, which was decided", body)
		}
	}
}

// What is open in a directory of Java's is decided at our broker, and what is open in ours at Java's.
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
	find(t, g.Broker, "java")
	leave(t, g.Broker, "ours")
	if err := g.Stop(); err != nil {
		t.Fatal(err)
	}
	java = javaenv.StartBroker(t, o)
	find(t, java.Addr, "java", "ours")
}
