package admin

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/jprops"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// fixed is a configuration that takes what it is told.
type fixed struct {
	all []Setting
	err error // of Change
}

func (f *fixed) All() []Setting { return f.all }
func (f *fixed) Change(changes []Setting) error {
	if refused := (*remoting.Error)(nil); !errors.As(f.err, &refused) {
		f.all = append(f.all, changes...)
	}
	return f.err
}

func serveConfig(t *testing.T, f *fixed) *remoting.Router {
	t.Helper()
	c := NewConfig(f, func() time.Time { return time.UnixMilli(5) }, slog.New(slog.DiscardHandler))
	return serve(t, c.Routes)
}

func TestGoldenConfig(t *testing.T) {
	for code, atLeast := range map[int]int{25: 2, 26: 3} {
		for _, f := range peer.Recorded(t, code, atLeast) {
			peer.LikeJava(t, &f, peer.Ask(t, serveConfig(t, &fixed{}), f.Request))
		}
	}
	for _, f := range peer.RecordedRefusals(t, 25) { // of the black list
		peer.LikeJava(t, &f, peer.Ask(t, serveConfig(t, &fixed{}), f.Request))
	}
}

func TestConfigText(t *testing.T) {
	f := &fixed{all: []Setting{{"a", "1"}, {"b", "x:1;y=2"}, {"c", `D:\x`}, {"d", "one\ntwo"}, {"e", ""}, {"f", " lead"}}}
	got := peer.Ask(t, serveConfig(t, f), frame(t, 26, nil, ""))
	want := "a=1\nb=x:1;y=2\nc=D\\:\\\\x\nd=one\\ntwo\ne=\nf=\\ lead\n"
	if string(got.Body) != want {
		t.Errorf("got  %q\nwant %q", got.Body, want)
	}
	file, err := jprops.LoadText(got.Body)
	if err != nil || len(file.Entries) != len(f.all) {
		t.Fatalf("%d entries read back, %v", len(file.Entries), err)
	}
	for i, e := range file.Entries {
		if (Setting{e.Key, e.Value}) != f.all[i] {
			t.Errorf("read back %s=%q, want %v", e.Key, e.Value, f.all[i])
		}
	}
}

func TestConfigChange(t *testing.T) {
	refused := remoting.Errorf(protocol.InvalidParameter, "no")
	tests := []struct {
		from, body string
		err        error
		code       int32
		remark     string
		counter    int64
		changed    string
	}{
		{"127.0.0.1:4", "a=1\nb= 2 \n", nil, 0, "", 1, "[{a 1} {b 2}]"},
		{"[::1]:4", "a=1", nil, 0, "", 1, "[{a 1}]"},
		{"[::ffff:127.0.0.1]:4", "a=1", nil, 0, "", 1, "[{a 1}]"},
		{"127.0.0.1:4", "", nil, 0, "", 0, "[]"},
		{"10.0.0.1:4", "a=1", nil, 16, "Can not update config from 10.0.0.1", 0, "[]"},
		{"127.0.0.1:4", "a=1\nrocketmqHome=/x", nil, 16, "Can not update config in black list.", 0, "[]"},
		{"127.0.0.1:4", "configBlackList=", nil, 16, "Can not update config in black list.", 0, "[]"},
		{"127.0.0.1:4", "a=\\u12", nil, 1, "string2Properties error", 0, "[]"},
		{"127.0.0.1:4", "a=1", refused, 29, "no", 0, "[]"},
		{"127.0.0.1:4", "a=1", errors.New("disk"), 1, "disk", 1, "[{a 1}]"},
	}
	for _, tt := range tests {
		f := &fixed{all: []Setting{}, err: tt.err}
		router := serveConfig(t, f)
		got := peer.At(tt.from).Ask(t, router, frame(t, 25, nil, tt.body))
		if got.Code != tt.code || !strings.HasPrefix(string(got.Remark), tt.remark) {
			t.Errorf("%q from %s: %d %q, want %d %q", tt.body, tt.from, got.Code, got.Remark, tt.code, tt.remark)
		}
		if v := versionOf(t, peer.Ask(t, router, frame(t, 26, nil, ""))); v != (protocol.DataVersion{Counter: tt.counter, Timestamp: 5}) {
			t.Errorf("%q from %s: version %+v, want counter %d", tt.body, tt.from, v, tt.counter)
		}
		if changed := text(f.all); changed != tt.changed {
			t.Errorf("%q from %s: changed %s, want %s", tt.body, tt.from, changed, tt.changed)
		}
	}
}

func text(all []Setting) string {
	parts := make([]string, len(all))
	for i, s := range all {
		parts[i] = "{" + s.Key + " " + s.Value + "}"
	}
	return "[" + strings.Join(parts, " ") + "]"
}

func versionOf(t *testing.T, answer *wire.Command) (v protocol.DataVersion) {
	t.Helper()
	text, _ := answer.Lookup("version")
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("version %q: %v", text, err)
	}
	return v
}
