package coverage

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/namesrv"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/vfs"
)

var update = flag.Bool("update", false, "write the table into docs/compatibility.md")

// noCaller stands for name servers that are never called.
type noCaller struct{}

func (noCaller) Call(context.Context, string, *remoting.Message) (*wire.Command, error) {
	return nil, context.Canceled
}

func brokerCodes(t *testing.T) []int32 {
	t.Helper()
	cfg, problems := broker.Bind([]jconf.Setting{
		{Key: "listenPort", Value: "0"}, {Key: "vipPortEnable", Value: "false"}, {Key: "brokerName", Value: "b"},
		{Key: "mappedFileSizeCommitLog", Value: "8388608"}, {Key: "bindAddress", Value: "127.0.0.1"},
	})
	if len(problems) > 0 {
		t.Fatalf("configuration: %v", problems)
	}
	b, err := broker.Start(broker.Options{
		Config: cfg, FS: vfs.NewMem(), Advertised: netip.MustParseAddr("127.0.0.1"), Caller: noCaller{},
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	return b.Codes()
}

func namesrvCodes(t *testing.T) []int32 {
	t.Helper()
	n, err := namesrv.Start(namesrv.Options{
		Listen: []netio.Listen{{Name: "n", Addr: "127.0.0.1:0"}}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	return n.Server().Router.Codes()
}

// toClients are sent by brokers and name servers, never to them.
var toClients = map[int32]string{
	protocol.NotifyConsumerIDsChanged:    "sent to clients",
	protocol.CheckTransactionState:       "sent to clients",
	protocol.ResetConsumerClientOffset:   "sent to clients",
	protocol.GetConsumerStatusFromClient: "sent to clients",
	protocol.PushReplyMessageToClient:    "sent to clients",
	protocol.NotifyMinBrokerIDChange:     "sent by the name server to brokers; ours does not act on it",
}

type row struct {
	code        int32
	name, state string
	captured    int    // recorded requests of Java's
	replayed    string // what became of them at ours; empty where the code is not served
}

func rows(t *testing.T) []row {
	t.Helper()
	atBroker, atNamesrv := brokerCodes(t), namesrvCodes(t)
	captured := make(map[int32]int)
	for _, f := range golden.Frames(t) {
		captured[int32(f.Code)]++
	}
	verdicts := replays(t)
	var all []row
	for code, name := range javaCodes(t) {
		r := row{code: code, name: name, captured: captured[code], state: "not yet: answered 3, as a Java broker answers an unknown code"}
		switch {
		case toClients[code] != "":
			r.state = toClients[code]
		case slices.Contains(atBroker, code):
			r.state = "served by the broker"
		case slices.Contains(atNamesrv, code):
			r.state = "served by the name server"
		}
		if v := verdicts[code]; strings.HasPrefix(r.state, "served") && v != (replayed{}) {
			r.replayed = v.String()
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b row) int { return int(a.code - b.code) })
	return all
}

// javaCodes are the request codes of RocketMQ 5.3.3, as its own class lists them.
func javaCodes(t *testing.T) map[int32]string {
	t.Helper()
	var facts struct {
		RequestCode map[string]int32
	}
	golden.Facts(t, "codes", &facts)
	codes := make(map[int32]string)
	for name, code := range facts.RequestCode {
		codes[code] = name
	}
	if len(codes) < 100 {
		t.Fatalf("got %d codes of Java's, want all", len(codes))
	}
	return codes
}

// Every route is one of Java's codes.
func TestEveryCode(t *testing.T) {
	java := javaCodes(t)
	for _, code := range append(brokerCodes(t), namesrvCodes(t)...) {
		if java[code] == "" {
			t.Errorf("code %d is routed, but Java does not know it", code)
		}
	}
}

const (
	document = "../../docs/compatibility.md"
	begin    = "<!-- codes: begin; written by go test ./conformance/coverage -update -->\n"
	end      = "<!-- codes: end -->\n"
)

func table(all []row) string {
	var b strings.Builder
	b.WriteString("| code | Java's name | state | recorded requests of Java's | answers of ours to them | used at ours by |\n|---|---|---|---|---|---|\n")
	for _, r := range all {
		fmt.Fprintf(&b, "| %d | %s | %s | %d | %s | %s |\n", r.code, r.name, r.state, r.captured, r.replayed, strings.Join(evidence[r.code], ", "))
	}
	return b.String()
}

// The table in docs/compatibility.md is the truth.
func TestCompatibilityDocument(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s lacks the marks %q and %q", document, begin, end)
	}
	want := head + begin + table(rows(t)) + end + tail
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("%s is not what is routed: go test ./conformance/coverage -update", document)
	}
	if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
