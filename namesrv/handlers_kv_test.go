package namesrv

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/namesrv/kv"
	"github.com/gannetmq/gannet/namesrv/route"
	"github.com/gannetmq/gannet/store/vfs"
)

// kvFile is where tests keep key-value configuration.
func kvFile(fs vfs.FS) File {
	return File{FS: fs, Name: "namesrv/kvConfig.json", Path: "kvConfig.json"}
}

func TestKV(t *testing.T) {
	fs := vfs.NewMem()
	n := newNames(t, Options{KV: kvFile(fs)})
	for _, step := range []struct {
		code   int32
		ext    []any
		want   int32
		remark string // or the value, or the body
	}{
		{101, []any{"namespace", "N", "key", "k"}, 22, "No config item, Namespace: N Key: k"},
		{219, []any{"namespace", "N"}, 22, "No config item, Namespace: N"},
		{100, []any{"namespace", "N", "key", "k", "value", "v"}, 0, ""},
		{101, []any{"namespace", "N", "key", "k"}, 0, "v"},
		{101, []any{"namespace", "N"}, 22, "No config item, Namespace: N Key: null"},
		{101, nil, 22, "No config item, Namespace: null Key: null"},
		{219, []any{"namespace", "N"}, 0, `{"table":{"k":"v"}}`},
		{219, nil, 22, "No config item, Namespace: null"},
		{100, []any{"namespace", "N", "value", "v"}, 1, "namespace or key is null"},
		{100, []any{"key", "k", "value", "v"}, 1, "namespace or key is null"},
		{100, []any{"namespace", "N", "key", "k"}, 0, ""},
		{101, []any{"namespace", "N", "key", "k"}, 22, "No config item, Namespace: N Key: k"},
		{219, []any{"namespace", "N"}, 0, `{"table":{}}`},
		{100, []any{"namespace", "N", "key", "k", "value", ""}, 0, ""},
		{219, []any{"namespace", "N"}, 0, `{"table":{"k":""}}`},
		{102, []any{"namespace", "N", "key", "k"}, 0, ""},
		{102, []any{"namespace", "N", "key", "k"}, 0, ""},
		{102, []any{"namespace", "absent", "key", "k"}, 0, ""},
		{102, nil, 0, ""},
		{219, []any{"namespace", "absent"}, 22, "No config item, Namespace: absent"},
		{100, []any{"namespace", strings.Repeat("n", 500_000), "key", "k", "value", "v"}, 0, ""},
	} {
		got := n.ask(t, step.code, nil, step.ext...)
		value, _ := got.Lookup("value")
		if text := string(got.Remark) + string(value) + string(got.Body); got.Code != step.want || text != step.remark {
			t.Errorf("%d %.100q: %d %q, want %d %q", step.code, step.ext, got.Code, text, step.want, step.remark)
		}
	}
	again := newNames(t, Options{KV: kvFile(fs)})
	if got := again.ask(t, 219, nil, "namespace", "N"); got.Code != 0 || string(got.Body) != `{"table":{}}` {
		t.Errorf("after a new start: %d %s, want what was there", got.Code, got.Body)
	}
}

// Strangers cannot fill memory or disk.
func TestKVIsBounded(t *testing.T) {
	n := newNames(t, Options{})
	large := strings.Repeat("v", 900_000)
	for i := range 10 {
		got := n.ask(t, 100, nil, "namespace", "N", "key", i, "value", large)
		if full := i >= kv.MaxSize/len(large); (got.Code != 0) != full || full && !strings.HasPrefix(string(got.Remark), "kv: table full") {
			t.Errorf("value %d: %d %q, want it refused: %v", i, got.Code, got.Remark, full)
		}
	}
}

// What did not reach the disk is answered as an error, and is not there.
func TestKVOnAFullDisk(t *testing.T) {
	fs := vfs.NewFaulty(vfs.NewMem())
	n := newNames(t, Options{KV: kvFile(fs)})
	fs.Inject(vfs.Rule{Op: vfs.OpSync, Err: vfs.ErrNoSpace})
	for i, code := range []int32{100, 100} {
		got := n.ask(t, code, nil, "namespace", "N", "key", "k", "value", fmt.Sprint(i))
		if got.Code != 1 || !strings.HasPrefix(string(got.Remark), "kv: not saved") {
			t.Errorf("%d: %d %q, want 1 kv: not saved…", code, got.Code, got.Remark)
		}
	}
	if got := n.ask(t, 219, nil, "namespace", "N"); got.Code != 22 {
		t.Errorf("list: %d %s, want 22", got.Code, got.Body)
	}
}

// While a change waits for the disk brokers register, and clients read what was there.
func TestSlowDiskHoldsUpNobody(t *testing.T) {
	fs := vfs.NewFaulty(vfs.NewMem())
	n := newNames(t, Options{KV: kvFile(fs)})
	n.ask(t, 100, nil, "namespace", "N", "key", "k", "value", "v")
	writing, written := make(chan struct{}), make(chan struct{})
	fs.Inject(vfs.Rule{Op: vfs.OpSync, Times: 1, Before: func() { close(writing); <-written }})
	p := peer.New()
	for i := range 20 {
		if err := n.router.Frame(p, frame(t, 100, 479, nil, "namespace", "N", "key", i, "value", "w")); err != nil {
			t.Fatal(err)
		}
	}
	<-writing
	if got := n.ask(t, 103, registerBody(1, "T", "U"), broker()...); got.Code != 0 {
		t.Errorf("register: %d %q", got.Code, got.Remark)
	}
	if got := n.ask(t, 219, nil, "namespace", "N"); string(got.Body) != `{"table":{"k":"v"}}` {
		t.Errorf("list: %s, want what was there", got.Body)
	}
	close(written)
	for range 20 {
		if got := p.Next(t); got.Code != 0 {
			t.Errorf("put: %d %q", got.Code, got.Remark)
		}
	}
}

// Order topics are in the routes of clients if orderMessageEnable is true, and in the answers to
// brokers unless returnOrderTopicConfigToBroker is false, from the next request on.
func TestOrderTopics(t *testing.T) {
	fs := vfs.NewMem()
	o := Options{KV: kvFile(fs), Switches: Switches{Rules: route.Rules{OrderTopics: true}, TellOrders: true}}
	n := newNames(t, o)
	expect := func(n *names, order string) {
		t.Helper()
		registered, queried := n.ask(t, 103, registerBody(1, "T", "U"), broker()...), n.ask(t, 105, nil, "topic", "T")
		if has := bytes.Contains(registered.Body, []byte(`{"table":{"T":"`+order+`"}}`)); has != (order != "") {
			t.Errorf("broker: got %s, want order %q", registered.Body, order)
		}
		if has := bytes.Contains(queried.Body, []byte(`"orderTopicConf":"`+order+`"`)); has != (order != "") {
			t.Errorf("client: got %s, want order %q", queried.Body, order)
		}
	}
	expect(n, "")
	n.ask(t, 100, nil, "namespace", kv.Orders, "key", "T", "value", "broker-a:2")
	expect(n, "broker-a:2")
	n.ask(t, 100, nil, "namespace", kv.Orders, "key", "T", "value", "broker-a:3")
	expect(n, "broker-a:3")
	expect(newNames(t, o), "broker-a:3")
	off := newNames(t, Options{KV: kvFile(fs)})
	expect(off, "")
	n.ask(t, 102, nil, "namespace", kv.Orders, "key", "T")
	expect(n, "")
}

// A key-value file that cannot be read stops the start.
func TestDamagedKV(t *testing.T) {
	fs := vfs.NewMem()
	if err := fs.MkdirAll("namesrv"); err != nil {
		t.Fatal(err)
	}
	const damaged = `{"configTable":`
	for _, name := range []string{"namesrv/kvConfig.json", "namesrv/kvConfig.json.bak"} {
		f, err := fs.Create(name, int64(len(damaged)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte(damaged), 0); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Start(Options{KV: kvFile(fs)}); err == nil || !strings.HasPrefix(err.Error(), "kvConfigPath: kv: ") {
		t.Errorf("got %v, want an error of kvConfigPath", err)
	}
}
