//go:build conformance

package names

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/namesrv"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/client"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/wire"
)

// settings are those of both name servers: what is off by default is on.
var settings = map[string]string{
	"orderMessageEnable": "true", "supportActingMaster": "true", "notifyMinBrokerIdChanged": "true",
	"deleteTopicWithBrokerRegistration": "true", "scanNotActiveBrokerInterval": "200",
}

// side is one of the two name servers, with connections that have names.
type side struct {
	name, addr, kv string // kv is the path of kvConfig.json
	conns          map[string]*client.Client
}

func java(t *testing.T, dir string) *side {
	t.Helper()
	s := javaenv.StartNamesrv(t, javaenv.Options{Dir: dir, Conf: settings})
	return &side{"Java", s.Addr, filepath.Join(dir, "kvConfig.json"), make(map[string]*client.Client)}
}

func gannet(t *testing.T, dir string) *side {
	t.Helper()
	path := filepath.Join(dir, "kvConfig.json")
	given := []jconf.Setting{{Key: "kvConfigPath", Value: path}}
	for key, value := range settings {
		given = append(given, jconf.Setting{Key: key, Value: value})
	}
	c, problems := namesrv.Bind(given)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	o := c.Options()
	o.Listen = []netio.Listen{{Name: "names", Addr: "127.0.0.1:0"}}
	n, err := namesrv.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(t.Context()); err != nil && t.Context().Err() == nil {
			t.Errorf("stop: %v", err)
		}
	})
	return &side{"gannet", n.Addr(), path, make(map[string]*client.Client)}
}

// ask sends a step over the connection of that name, which is dialled if there is none.
func (s *side) ask(t *testing.T, q step) *wire.Command {
	t.Helper()
	conn := fmt.Sprint(q.conn, q.version)
	if s.conns[conn] == nil {
		c, err := client.New(client.Options{Version: q.version})
		if err != nil {
			t.Fatal(err)
		}
		s.conns[conn] = c
		t.Cleanup(func() { _ = c.Close(context.Background()) }) // a step may have closed it
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	m := &remoting.Message{Code: q.code, Body: []byte(q.body)}
	for i := 0; i < len(q.ext); i += 2 {
		m.Ext = append(m.Ext, wire.Pair{Key: []byte(q.ext[i].(string)), Value: fmt.Append(nil, q.ext[i+1])})
	}
	answer, err := s.conns[conn].Call(ctx, s.addr, m)
	if err != nil {
		t.Fatalf("%s, %s: %v", s.name, q, err)
	}
	return answer
}

// hangUp closes a connection.
func (s *side) hangUp(t *testing.T, q step) {
	t.Helper()
	conn := fmt.Sprint(q.conn, q.version)
	if err := s.conns[conn].Close(t.Context()); err != nil {
		t.Errorf("%s, %s: %v", s.name, q, err)
	}
	delete(s.conns, conn)
}

// TestSameAnswers takes both name servers through the same life of clusters. Java takes brokers out some
// time after it has said so: a question is asked again while the answers differ.
func TestSameAnswers(t *testing.T) {
	sides := []*side{java(t, t.TempDir()), gannet(t, t.TempDir())}
	for i, q := range steps() {
		if q.hangUp {
			for _, s := range sides {
				s.hangUp(t, q)
			}
			continue
		}
		theirs, ours := sides[0].ask(t, q), sides[1].ask(t, q)
		for deadline := time.Now().Add(2 * time.Second); q.question() && !same(t, q, theirs, ours) && time.Now().Before(deadline); {
			pause(t)
			theirs, ours = sides[0].ask(t, q), sides[1].ask(t, q)
		}
		if !same(t, q, theirs, ours) {
			t.Errorf("step %d, %s:\nJava   %s %q\ngannet %s %q", i, q, shown(t, q, theirs), theirs.Remark, shown(t, q, ours), ours.Remark)
		}
	}
}

// pause is between two questions.
func pause(t *testing.T) {
	t.Helper()
	select {
	case <-time.After(50 * time.Millisecond):
	case <-t.Context().Done():
		t.Fatal("the test ends")
	}
}

// TestSameFile: what Java has put ours reads, and the other way round.
func TestSameFile(t *testing.T) {
	values := []step{
		{code: 100, ext: []any{"namespace", "ORDER_TOPIC_CONFIG", "key", "TopicOrder", "value", "broker-a:8;broker-b:8"}},
		{code: 100, ext: []any{"namespace", "N", "key", "空", "value", "\"\\\n\t/é"}},
		{code: 100, ext: []any{"namespace", "N", "key", "k", "value", "{}"}},
		{code: 100, ext: []any{"namespace", "Null", "key", "k"}},
		{code: 100, ext: []any{"namespace", "Empty", "key", "k", "value", "v"}},
		{code: 102, ext: []any{"namespace", "Empty", "key", "k"}},
	}
	questions := []step{
		{code: 219, ext: []any{"namespace", "ORDER_TOPIC_CONFIG"}}, {code: 219, ext: []any{"namespace", "N"}},
		{code: 219, ext: []any{"namespace", "Null"}}, {code: 219, ext: []any{"namespace", "Empty"}},
	}
	for _, start := range [][2]func(*testing.T, string) *side{{java, gannet}, {gannet, java}} {
		writer := start[0](t, t.TempDir())
		for _, q := range values {
			writer.ask(t, q)
		}
		dir := t.TempDir()
		text, err := os.ReadFile(writer.kv)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "kvConfig.json"), text, 0o644); err != nil {
			t.Fatal(err)
		}
		reader := start[1](t, dir)
		for _, q := range questions {
			if wrote, read := shown(t, q, writer.ask(t, q)), shown(t, q, reader.ask(t, q)); wrote != read {
				t.Errorf("%s\n%s wrote %s\nas %s\n%s read %s", q, writer.name, wrote, text, reader.name, read)
			}
		}
		t.Logf("%s keeps %s", writer.name, text)
	}
}
