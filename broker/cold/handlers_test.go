package cold

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

func serve(t testing.TB, a *Accounts) *remoting.Router {
	t.Helper()
	pool := remoting.NewPool("admin", 1, 64)
	t.Cleanup(func() {
		if err := pool.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return peer.Router(t, a.Routes(pool))
}

func frame(t testing.TB, code int32, body string, ext ...wire.Pair) []byte {
	t.Helper()
	b, err := wire.AppendCommand(nil, &wire.Command{Code: code, Opaque: 7, Version: 479, Ext: ext, Body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// javas are Java's defaults.
var javas = Rules{Group: 3 << 20, Global: 100 << 20}

func TestGolden(t *testing.T) {
	for _, code := range []int{2001, 2002, 2003} {
		for _, f := range peer.Recorded(t, code, 2) {
			a, _ := accounts(&javas, true)
			if code == 2002 {
				if err := a.Set(map[string]int64{"GID_push": 1}); err != nil {
					t.Fatal(err)
				}
			}
			java, answer := peer.Decode(t, f.Response), peer.Ask(t, serve(t, a), f.Request)
			peer.LikeJava(t, &f, answer)
			if string(answer.Body) != string(java.Body) {
				t.Errorf("%s: body %s, Java %s", f.ReqFile, answer.Body, java.Body)
			}
			if got, set := a.set["GID_push"]; code == 2001 && got != 1024 || code == 2002 && set {
				t.Errorf("%s: thresholds %v", f.ReqFile, a.set)
			}
		}
	}
}

// The names of an account's members are what mqadmin reads.
func TestInfo(t *testing.T) {
	r := javas
	r.Enabled = true
	a, c := accounts(&r, false)
	a.Read([]byte("G"), 5)
	c.pass(window)
	a.Read([]byte("G"), 7)
	if err := a.Set(map[string]int64{"H": 9}); err != nil {
		t.Fatal(err)
	}
	a.adapted["I"] = 11
	got := peer.Ask(t, serve(t, a), frame(t, 2003, ""))
	want := `{"runtimeTable":{"G":{"coldAcc":7,"createTimeMills":1700000000000,"lastColdReadTimeMills":1700000005000}},` +
		`"configTable":{"H":9,"I||adaptive":11},"cgColdReadThreshold":3145728,"globalColdReadThreshold":104857600,"globalAcc":7}`
	if string(got.Body) != want {
		t.Errorf("got %s\nwant %s", got.Body, want)
	}
}

func TestReadMode(t *testing.T) {
	a, _ := accounts(&javas, false)
	router := serve(t, a)
	mode := func(v string) wire.Pair { return wire.Pair{Key: []byte("READ_AHEAD_MODE"), Value: []byte(v)} }
	for _, c := range []struct {
		ext    []wire.Pair
		code   int32
		remark string
	}{
		{nil, protocol.SystemError, "set commitlog readahead mode param error"},
		{[]wire.Pair{{Key: []byte("other"), Value: []byte("1")}}, protocol.SystemError, "set commitlog readahead mode failed"},
		{[]wire.Pair{mode("x")}, protocol.SystemError, "set commitlog readahead mode failed"},
		{[]wire.Pair{mode("7")}, protocol.InvalidParameter, "set commitlog readahead mode param value error"},
		{[]wire.Pair{mode("0")}, protocol.Success, "set commitlog readahead mode has no effect, mode: 0"},
		{[]wire.Pair{mode("1")}, protocol.Success, "set commitlog readahead mode has no effect, mode: 1"},
	} {
		got := peer.Ask(t, router, frame(t, 2004, "", c.ext...))
		if got.Code != c.code || !strings.HasPrefix(string(got.Remark), c.remark) {
			t.Errorf("%q: %d %q, want %d %q", c.ext, got.Code, got.Remark, c.code, c.remark)
		}
	}
}

func TestBodies(t *testing.T) {
	long := strings.Repeat("x", 256)
	for _, c := range []struct {
		request int32
		body    string
		code    int32
		set     int
	}{
		{2001, "", 0, 0},
		{2001, "G=1\nH = 2 \n# I=3", 0, 2},
		{2001, "G=1\nH=many", protocol.InvalidParameter, 0},
		{2001, "G=\\u12", protocol.SystemError, 0},
		{2001, long + "=1", protocol.InvalidParameter, 0},
		{2001, "=1", protocol.InvalidParameter, 0},
		{2001, strings.Repeat("# \n", 1<<19), protocol.InvalidParameter, 0},
		{2002, "", 0, 0},
		{2002, "no such group", 0, 0},
		{2002, strings.Repeat("x", 1<<21), protocol.InvalidParameter, 0},
	} {
		a, _ := accounts(&javas, false)
		got := peer.Ask(t, serve(t, a), frame(t, c.request, c.body))
		if got.Code != c.code || len(a.set) != c.set || len(got.Remark) > 500 {
			t.Errorf("%d %.40q: %d %.100q and %v, want %d and %d thresholds", c.request, c.body, got.Code, got.Remark, a.set, c.code, c.set)
		}
	}
}

// Whatever is set, what is told is JSON.
func FuzzUpdate(f *testing.F) {
	f.Add([]byte("GID_push=1024"))
	f.Add([]byte("\\u0000\\\"=-1\nG:9223372036854775807"))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, _ := accounts(&javas, false)
		router := serve(t, a)
		set := peer.Ask(t, router, frame(t, 2001, string(body)))
		var told struct{ ConfigTable map[string]int64 }
		if got := peer.Ask(t, router, frame(t, 2003, "")); json.Unmarshal(got.Body, &told) != nil {
			t.Fatalf("%q is told as %q", body, got.Body)
		}
		if (set.Code != 0) != (len(set.Remark) > 0) || set.Code != 0 && len(told.ConfigTable) > 0 {
			t.Fatalf("%q: %d %q, %v", body, set.Code, set.Remark, told.ConfigTable)
		}
	})
}
