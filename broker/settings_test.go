package broker

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/admin"
	"github.com/gannetmq/gannet/broker/topic"
	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/compat/jprops"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/vfs"
)

// nobody stands for name servers that are never called.
type nobody struct{}

func (nobody) Call(context.Context, string, *remoting.Message) (*wire.Command, error) {
	return nil, context.Canceled
}

// running starts a broker in memory.
func running(t *testing.T, save func([]jconf.Setting) error, pairs ...string) *Broker {
	t.Helper()
	return runningOn(t, vfs.NewMem(), save, pairs...)
}

func runningOn(t *testing.T, fsys vfs.FS, save func([]jconf.Setting) error, pairs ...string) *Broker {
	t.Helper()
	c := bind(t, append([]string{
		"listenPort=0", "vipPortEnable=false", "bindAddress=127.0.0.1", "mappedFileSizeCommitLog=8388608", "storePathRootDir=/data/store",
	}, pairs...)...)
	b, err := Start(Options{
		Config: c, FS: fsys, Advertised: netip.MustParseAddr("10.9.8.7"), Caller: nobody{}, SaveConfig: save,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	// Start takes port 0 for any; what is changed later is checked as a whole.
	live := *b.now.Load()
	live.ListenPort = 10911
	b.now.Store(&live)
	return b
}

// What the documentation says may change is what may.
func TestChangeableIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "These keys change while the broker runs:")
	list, _, found := strings.Cut(after, ".\n")
	if !found {
		t.Fatal("the list of keys is not there")
	}
	var got []string
	for key := range strings.SplitSeq(list, ",") {
		got = append(got, strings.Trim(key, " \n`"))
	}
	slices.Sort(got)
	if want := slices.Sorted(maps.Keys(changeable)); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func lookup(t *testing.T, all []admin.Setting, key string) string {
	t.Helper()
	i := slices.IndexFunc(all, func(s admin.Setting) bool { return s.Key == key })
	if i < 0 {
		t.Fatalf("%s is not listed", key)
	}
	return all[i].Value
}

// Every key that a Java broker lists is listed, in its order.
func TestGoldenAllSettings(t *testing.T) {
	b := running(t, nil, "clientCloseSocketIfTimeout=false")
	all := settings{b}.All()
	if !slices.IsSortedFunc(all, func(a, b admin.Setting) int { return strings.Compare(a.Key, b.Key) }) {
		t.Error("the keys are not sorted")
	}
	ours := make(map[string]bool)
	for _, s := range all {
		if ours[s.Key] {
			t.Errorf("%s is there twice", s.Key)
		}
		ours[s.Key] = true
	}
	compared := 0
	for _, f := range golden.Frames(t) {
		if f.Code != int(protocol.GetBrokerConfig) || f.ResponseCode != "0" {
			continue
		}
		var answer wire.Command
		if err := wire.Decode(f.Response, &answer); err != nil {
			t.Fatal(err)
		}
		file, err := jprops.LoadText(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range file.Entries {
			if compared++; !ours[e.Key] {
				t.Errorf("%s: no %s", f.ReqFile, e.Key)
			}
		}
	}
	if compared < 3*400 {
		t.Errorf("%d keys of Java compared, want those of three answers", compared)
	}
	for key, want := range map[string]string{
		"brokerIP1": "10.9.8.7", "brokerIP2": "10.9.8.7", "haListenPort": "10912", "storePathCommitLog": "/data/store/commitlog",
		"brokerName": "broker-a", "flushDiskType": "ASYNC_FLUSH", "fileReservedTime": "72", "clientCloseSocketIfTimeout": "false",
	} {
		if got := lookup(t, all, key); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
}

func TestChangeSettings(t *testing.T) {
	var saved []string
	b := running(t, func(changes []jconf.Setting) error {
		for _, s := range changes {
			saved = append(saved, s.Key+"="+s.Value)
		}
		return nil
	})
	order := topic.Config{Name: "Order", ReadQueues: 1, WriteQueues: 1, Perm: 6, FilterType: protocol.SingleTag, Order: true}
	if err := b.topics.Update(order, ""); err != nil {
		t.Fatal(err)
	}
	_, before := b.topics.All()
	change := func(pairs ...string) error {
		var list []admin.Setting
		for _, p := range pairs {
			key, value, _ := strings.Cut(p, "=")
			list = append(list, admin.Setting{Key: key, Value: value})
		}
		return settings{b}.Change(list)
	}
	for _, tt := range []struct {
		set    string
		code   int32
		remark string
	}{
		{"brokerNmae=x", 29, `request: unknown key "brokerNmae", did you mean brokerName?`},
		{"brokerPermission=x", 29, `request: brokerPermission = "x": want an integer`},
		{"brokerPermission=8", 29, "brokerPermission"},
		{"deleteWhen=25", 29, "deleteWhen"},
		{"enableDLegerCommitLog=true", 29, "request: enableDLegerCommitLog"},
		{"listenPort=10915", 16, "Can not update config listenPort while the broker runs"},
		{"storePathRootDir=/etc", 16, "Can not update config storePathRootDir"},
		{"authConfigPath=/etc", 16, "Can not update config authConfigPath"},
	} {
		err := change("autoCreateTopicEnable=false", tt.set)
		var refused *remoting.Error
		if !errors.As(err, &refused) || refused.Code != tt.code || !strings.Contains(refused.Remark, tt.remark) {
			t.Errorf("%s: got %v, want %d %s", tt.set, err, tt.code, tt.remark)
		}
	}
	if saved != nil || lookup(t, settings{b}.All(), "autoCreateTopicEnable") != "true" {
		t.Fatalf("a refused request saved %q or changed autoCreateTopicEnable", saved)
	}

	if err := change("fileReservedTime=48", "deleteWhen=05;17"); err != nil {
		t.Fatal(err)
	}
	saved = nil
	if err := change("brokerPermission=4", "autoCreateTopicEnable=false", "autoCreateSubscriptionGroup=false",
		"waitTimeMillsInSendQueue=300", "traceOn=true"); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(saved, " "); got != "brokerPermission=4 autoCreateTopicEnable=false autoCreateSubscriptionGroup=false waitTimeMillsInSendQueue=300 traceOn=true" {
		t.Errorf("saved %s", got)
	}
	for key, want := range map[string]string{"brokerPermission": "4", "autoCreateTopicEnable": "false", "waitTimeMillsInSendQueue": "300"} {
		if got := lookup(t, settings{b}.All(), key); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	if _, err := b.topics.CreateAfter([]byte("TBW102"), []byte("New"), 1, 0); !errors.Is(err, topic.ErrNotInherited) {
		t.Errorf("a topic by use: %v, want %v", err, topic.ErrNotInherited)
	}
	if _, err := b.groups.Find([]byte("New")); err == nil {
		t.Error("a group by use was made")
	}
	if b.writable([]byte("Order")) || !b.writable([]byte("TBW102")) {
		t.Errorf("may be sent to: Order %t, TBW102 %t, want ordered topics not", b.writable([]byte("Order")), b.writable([]byte("TBW102")))
	}
	table := b.announced()
	if perm := table.TopicConfigTable["Order"].Perm; perm != 4 || table.DataVersion.Counter <= before.Counter {
		t.Errorf("name servers are told perm %d, version %d after %d", perm, table.DataVersion.Counter, before.Counter)
	}
}

// A change that cannot be written holds all the same, and the error tells.
func TestChangeIsNotSaved(t *testing.T) {
	full := errors.New("disk full")
	b := running(t, func([]jconf.Setting) error { return full })
	err := settings{b}.Change([]admin.Setting{{Key: "enableMixedMessageType", Value: "true"}})
	if refused := (*remoting.Error)(nil); !errors.Is(err, full) || errors.As(err, &refused) {
		t.Errorf("got %v, want %v and no refusal", err, full)
	}
	if got := lookup(t, settings{b}.All(), "enableMixedMessageType"); got != "true" {
		t.Errorf("enableMixedMessageType is %s", got)
	}
}

// TestChangeableKeys: each key of the table exists, and its row takes over the field of that key alone.
func TestChangeableKeys(t *testing.T) {
	for key, set := range changeable {
		from := bind(t)
		other := map[string]string{"true": "false", "false": "true", "6": "4", "72": "48", "04": "05", "75": "60", "10": "20",
			"6000": "7000", "15": "16", "30000": "20000", "4096": "1024", "3000": "2000", "0": "4294967296", "3145728": "1024", "104857600": "2048"}
		value, ok := valueOf(jconf.Table(from), key)
		if !ok {
			t.Errorf("%s is no key that does something", key)
			continue
		}
		to := bind(t)
		set(to, bind(t, key+"="+other[value]))
		for i, e := range jconf.Table(to) {
			if was := jconf.Table(from)[i].Value; (e.Value != was) != (e.Key == key) {
				t.Errorf("changing %s makes %s %q, was %q", key, e.Key, e.Value, was)
			}
		}
	}
}

// As in Java the length of bit maps is what two other keys make it, whatever it is set to.
func TestBitMapLength(t *testing.T) {
	for rate, want := range map[string]string{"20": "112", "1": "312"} {
		b := running(t, nil, "maxErrorRateOfBloomFilter="+rate, "bitMapLengthConsumeQueueExt=64")
		if got := lookup(t, settings{b}.All(), "bitMapLengthConsumeQueueExt"); got != want {
			t.Errorf("%s %% wrong: %s bits, want %s", rate, got, want)
		}
	}
}
