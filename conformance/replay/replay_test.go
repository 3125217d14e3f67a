package replay

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// exchange is one recorded request with Java's answer, nil if it had none.
type exchange struct {
	golden.Frame
	name      string // the request's file without .req.bin
	target    string // "namesrv", "broker", "vip"
	req, want *wire.Command
}

// scenes are the brokers that were recorded from, with the settings that matter. The scene of a request
// is its serialisation unless deviations.tsv names another.
var scenes = []struct {
	name     string
	settings map[string]string
}{
	{"json", full},
	{"rocketmq", full},
	{"fresh", full},       // what was asked before anything else was done
	{"members", oldReset}, // offsets are reset by the members
	{"filtered", full},    // a queue of one group that filters, before others use it
	{"unmade", oldReset},  // the same, without topics
	{"strict", map[string]string{"autoCreateTopicEnable": "false", "autoCreateSubscriptionGroup": "false", "brokerPermission": "4", "litePullMessageEnable": "false"}},
}

var oldReset = map[string]string{"defaultTopicQueueNums": "2", "useServerSideResetOffset": "false"}

var full = map[string]string{"defaultTopicQueueNums": "2", "traceTopicEnable": "true", "recallMessageEnable": "true", "enablePropertyFilter": "true"}

// callers are in the order in which the programs were run. Brokers come last here: they register and leave in the
// place of the one that runs.
var callers = []string{"java-5.3.3", "mqadmin-5.3.3", "javaraw-5.3.3", "java-4.9.4", "go-2.1.2", "slave-5.3.3", "broker-5.3.3", "namesrv-5.3.3"}

// tally counts exchanges by what became of them.
type tally struct {
	equal, unserved, outside int
	deviating                map[string]int // by reason
}

func TestReplay(t *testing.T) {
	d := load(t)
	count := &tally{deviating: make(map[string]int)}
	script := make(map[string][]*exchange)
	for _, f := range golden.Frames(t) {
		x := &exchange{Frame: f, name: strings.TrimSuffix(f.ReqFile, ".req.bin"), req: decode(t, f.Request)}
		if f.Response != nil {
			x.want = decode(t, f.Response)
		}
		if d.directions[f.Direction] != "" {
			d.use("direction", f.Direction)
			count.outside++
			continue
		}
		x.target = target(t, &f)
		scene := f.ReqSerialisation
		if other := d.scenes[x.name]; other != "" {
			d.use("scene", x.name)
			scene = other
		}
		script[scene] = append(script[scene], x)
	}
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) { play(t, s.settings, script[s.name], d, count) })
		delete(script, s.name)
	}
	for scene, list := range script {
		t.Errorf("%d exchanges are in scene %q, which is not known", len(list), scene)
	}
	for _, line := range d.unused() {
		t.Errorf("%s: nothing needs the line of %s", document, line)
	}
	report(t, d, count)
}

func report(t *testing.T, d *deviations, count *tally) {
	t.Helper()
	deviating := 0
	for reason, n := range count.deviating {
		deviating += n
		t.Logf("%4d deviate: %s", n, d.reasons[reason])
	}
	t.Logf("%d exchanges equal, %d deviate, %d of codes that are not served; %d requests go to others", count.equal, deviating, count.unserved, count.outside)
}

// target is the server of ours that a request goes to.
func target(t *testing.T, f *golden.Frame) string {
	t.Helper()
	_, to, _ := strings.Cut(f.Direction, "->")
	switch {
	case to == "namesrv":
		return to
	case f.VIP:
		return "vip"
	case to == "broker" || to == "slave" || to == "master":
		return "broker"
	}
	t.Fatalf("%s: direction %q: neither to a server of ours nor listed", f.ReqFile, f.Direction)
	return ""
}

// play gives the exchanges of a scene to a fresh world, in their order.
func play(t *testing.T, settings map[string]string, list []*exchange, d *deviations, count *tally) {
	if len(list) == 0 {
		t.Fatal("no exchanges: the test would test nothing")
	}
	slices.SortStableFunc(list, func(a, b *exchange) int {
		return cmp.Or(cmp.Compare(slices.Index(callers, a.Caller), slices.Index(callers, b.Caller)), cmp.Compare(a.Opaque, b.Opaque))
	})
	w := &world{t: t, absent: unknown(list), conns: make(map[string]*conn)}
	w.start(settings, w.tables(list))
	defer w.stop()
	w.found(list)
	for _, x := range list {
		frame := w.before(x)
		got := w.exchange(w.of(x.Caller, x.target), frame, int32(x.Opaque), x.want != nil)
		judge(t, x, got, d, count)
	}
}

// judge compares an answer with Java's and with what is listed.
func judge(t *testing.T, x *exchange, got *wire.Command, d *deviations, count *tally) {
	t.Helper()
	list := compare(x.Code, got, x.want)
	code := strconv.Itoa(x.Code)
	listed, known := d.exchanges[x.name]
	switch {
	case len(list) == 0 && !known:
		count.equal++
		return
	case d.unserved[code] != "" && !known && refused(got):
		d.use("unserved", code)
		count.unserved++
		return
	}
	var aspects, what []string
	for _, diff := range list {
		aspects = append(aspects, diff.aspect)
		what = append(what, fmt.Sprintf("\n\t%s: %s", diff.aspect, diff.what))
	}
	slices.Sort(aspects)
	if listed.excuses(list) {
		d.use("exchange", x.name)
		count.deviating[listed.reason]++
		return
	}
	t.Errorf("%s\t%s\tlisted are %q %q%s", x.name, strings.Join(aspects, ","), listed.aspects, listed.paths, strings.Join(what, ""))
}

// refused reports whether an answer says that a code is not served.
func refused(got *wire.Command) bool {
	return got != nil && (got.Code == protocol.RequestCodeNotSupported ||
		got.Code == protocol.MessageIllegal && strings.HasSuffix(string(got.Remark), "is not served by this broker yet"))
}
