package jconf

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/compat/jprops"
	"github.com/gannetmq/gannet/conformance/golden"
)

type broker struct {
	Name   string `mq:"brokerName" default:"broker-a" state:"honoured" help:"name of the broker"`
	Paths  paths
	Port   int32 `mq:"listenPort" default:"10911" state:"honoured" help:"port"`
	nested       // embedded
	Ignore string
}

type paths struct {
	Root string `mq:"storePathRootDir" default:"" state:"honoured"`
}

type nested struct {
	Flush    string  `mq:"flushDiskType" default:"ASYNC_FLUSH" enum:"ASYNC_FLUSH,SYNC_FLUSH" state:"honoured"`
	Size     int     `mq:"mappedFileSizeCommitLog" default:"1073741824" state:"honoured"`
	ID       int64   `mq:"brokerId" default:"0" state:"honoured"`
	Ratio    float64 `mq:"diskRatio" default:"0.75" state:"honoured"`
	Filter   bool    `mq:"enablePropertyFilter" default:"false" state:"honoured"`
	Dledger  bool    `mq:"enableDLegerCommitLog" default:"false" state:"refused" help:"a log format of its own"`
	Threads  int     `mq:"sendThreads" default:"16" state:"noeffect" help:"no such pool"`
	Password Secret  `mq:"secretKey" default:"" state:"honoured"`
}

func defaults() broker {
	return broker{Name: "broker-a", Port: 10911, nested: nested{Flush: "ASYNC_FLUSH", Size: 1 << 30, Ratio: 0.75, Threads: 16}}
}

// text is a struct with its secret revealed, for comparison.
func text(b broker) string {
	secret := b.Password.Reveal()
	b.Password = Secret{}
	return fmt.Sprintf("%+v %q", b, secret)
}

func set(pairs ...string) []Setting {
	var s []Setting
	for i := 0; i < len(pairs); i += 2 {
		s = append(s, Setting{Key: pairs[i], Value: pairs[i+1], Source: "b.conf", Line: i/2 + 1})
	}
	return s
}

func TestBind(t *testing.T) {
	got := broker{Name: "before", Ignore: "kept"}
	problems := Bind(&got, set(
		"brokerName", " b ", "listenPort", "010", "storePathRootDir", "\t/data\r", "flushDiskType", "SYNC_FLUSH",
		"mappedFileSizeCommitLog", "+1048576", "brokerId", "-9223372036854775808", "diskRatio", "1e-1",
		"enablePropertyFilter", "TRUE", "enableDLegerCommitLog", "False", "sendThreads", "4", "secretKey", "s3cret",
		"listenPort", "20911", "elsewhere", "7"),
		Entry{Key: "elsewhere", Type: "int", Default: "1", State: NoEffect})
	if len(problems) != 0 {
		t.Errorf("problems %v", problems)
	}
	want := broker{Name: "b", Port: 20911, Paths: paths{"/data"}, Ignore: "kept", nested: nested{
		Flush: "SYNC_FLUSH", Size: 1048576, ID: -9223372036854775808, Ratio: 0.1, Filter: true, Threads: 4,
		Password: NewSecret("s3cret")}}
	if text(got) != text(want) {
		t.Errorf("got  %s\nwant %s", text(got), text(want))
	}
}

func TestBindWithoutSettings(t *testing.T) {
	got := broker{Name: "before", Port: 1}
	if problems := Bind(&got, nil); problems != nil {
		t.Errorf("problems %v", problems)
	}
	if text(got) != text(defaults()) {
		t.Errorf("got  %s\nwant %s", text(got), text(defaults()))
	}
}

func TestProblems(t *testing.T) {
	known := []Entry{
		{Key: "enableSlave", Type: "boolean", Default: "false", State: Refused, Help: "not built"},
		{Key: "maxHops", Type: "int", Default: "010", State: Refused, Help: "not built"},
		{Key: "mode", Type: "String", Default: "A", Enum: []string{"A", "B"}, State: NoEffect},
		{Key: "ratio", Type: "double", Default: "0.5", State: Refused, Help: "not built"},
		{Key: "list", Type: "SomeClass", Default: "null", State: NoEffect},
	}
	for _, c := range []struct {
		key, value string
		kind       Kind
		want       string
	}{
		{"listenPort", "10 911", BadValue, `b.conf:1: listenPort = "10 911": want an integer from -2147483648 to 2147483647`},
		{"listenPort", "0x10", BadValue, `b.conf:1: listenPort = "0x10": want an integer from -2147483648 to 2147483647`},
		{"listenPort", "", BadValue, `b.conf:1: listenPort = "": want an integer from -2147483648 to 2147483647`},
		{"brokerId", "1L", BadValue, `b.conf:1: brokerId = "1L": want an integer from -9223372036854775808 to 9223372036854775807`},
		{"diskRatio", "75%", BadValue, `b.conf:1: diskRatio = "75%": want a number`},
		{"enablePropertyFilter", "yes", BadValue, `b.conf:1: enablePropertyFilter = "yes": want true or false`},
		{"flushDiskType", "sync_flush", BadValue, `b.conf:1: flushDiskType = "sync_flush": want one of ASYNC_FLUSH, SYNC_FLUSH`},
		{"sendThreads", "many", BadValue, `b.conf:1: sendThreads = "many": want an integer from -2147483648 to 2147483647`},
		{"mode", "C", BadValue, `b.conf:1: mode = "C": want one of A, B`},
		{"enableDLegerCommitLog", "true", RefusedValue, `b.conf:1: enableDLegerCommitLog = "true" is refused: a log format of its own: want the default "false"`},
		{"enableSlave", "true", RefusedValue, `b.conf:1: enableSlave = "true" is refused: not built: want the default "false"`},
		{"enableSlave", "FALSE", 0, ""},
		{"maxHops", "11", RefusedValue, `b.conf:1: maxHops = "11" is refused: not built: want the default "010"`},
		{"maxHops", "10", 0, ""},
		{"ratio", ".50", 0, ""},
		{"list", "anything", 0, ""},
		{"brokerNmae", "x", UnknownKey, `b.conf:1: unknown key "brokerNmae", did you mean brokerName?`},
		{"listenport", "1", UnknownKey, `b.conf:1: unknown key "listenport", did you mean listenPort?`},
		{"enableSlaves", "x", UnknownKey, `b.conf:1: unknown key "enableSlaves", did you mean enableSlave?`},
		{"zzz\n", "x", UnknownKey, `b.conf:1: unknown key "zzz\n"`},
		{strings.Repeat("x", 1000), "x", UnknownKey, `b.conf:1: unknown key "` + strings.Repeat("x", 100) + `"…`},
	} {
		var b broker
		problems := Bind(&b, set(c.key, c.value), known...)
		if c.want == "" {
			if len(problems) != 0 {
				t.Errorf("%s = %q: %v, want no problem", c.key, c.value, problems)
			}
			continue
		}
		if len(problems) != 1 || problems[0].Kind != c.kind || problems[0].Error() != c.want {
			t.Errorf("%s = %q:\ngot  %v\nwant %s", c.key, c.value, problems, c.want)
		}
		if text(b) != text(defaults()) {
			t.Errorf("%s = %q left %s, want the defaults", c.key, c.value, text(b))
		}
	}
}

func TestOnlyTheLastCounts(t *testing.T) {
	settings := []Setting{
		{Key: "enableDLegerCommitLog", Value: "true", Source: "b.conf", Line: 3},
		{Key: "listenPort", Value: "x", Source: "b.conf", Line: 4},
		{Key: "enableDLegerCommitLog", Value: "false", Source: "flag"},
		{Key: "listenPort", Value: "y", Source: "environment"},
	}
	var b broker
	problems := Bind(&b, settings)
	if len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), `environment: listenPort = "y": `) {
		t.Errorf("problems %v, want one with y of the environment", problems)
	}
}

func TestProblemsKeepTheirOrder(t *testing.T) {
	var b broker
	var got []int
	for _, p := range Bind(&b, set("x", "", "listenPort", "x", "brokerName", "ok", "y", "", "diskRatio", "x")) {
		got = append(got, p.Setting.Line)
	}
	if want := []int{1, 2, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("lines %v, want %v", got, want)
	}
}

func TestTable(t *testing.T) {
	b := defaults()
	b.Password = NewSecret("s3cret")
	b.Filter = true
	var got []string
	for _, e := range Table(&b) {
		got = append(got, fmt.Sprintf("%s %s %s %s", e.Key, e.Type, e.State, e.Value))
	}
	want := []string{
		"brokerName String honoured broker-a", "storePathRootDir String honoured ", "listenPort int honoured 10911",
		"flushDiskType String honoured ASYNC_FLUSH", "mappedFileSizeCommitLog int honoured 1073741824",
		"brokerId long honoured 0", "diskRatio double honoured 0.75", "enablePropertyFilter boolean honoured true",
		"enableDLegerCommitLog boolean refused false", "sendThreads int noeffect 16", "secretKey String honoured ***",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if e := Table(b)[3]; !slices.Equal(e.Enum, []string{"ASYNC_FLUSH", "SYNC_FLUSH"}) || e.Default != "ASYNC_FLUSH" {
		t.Errorf("entry %+v", e)
	}
}

func TestMistakesPanic(t *testing.T) {
	for name, v := range map[string]any{
		"no struct": 7,
		"no state": struct {
			A int `mq:"a" default:"1"`
		}{},
		"no default": struct {
			A int `mq:"a" state:"honoured"`
		}{},
		"bad default": struct {
			A string `mq:"a" default:"C" enum:"A,B" state:"honoured"`
		}{},
		"bad type": struct {
			A []int `mq:"a" state:"honoured"`
		}{},
		"unexported": struct {
			a int `mq:"a" default:"1" state:"honoured"`
		}{},
		"two fields": struct {
			A, B string `mq:"a" state:"honoured"`
		}{},
	} {
		func() {
			defer func() {
				if r, _ := recover().(string); !strings.HasPrefix(r, "BUG: jconf: ") {
					t.Errorf("%s: recovered %q, want a BUG", name, r)
				}
			}()
			Table(v)
		}()
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	type holder struct {
		Public  Secret
		private Secret
		pointer *Secret
	}
	s := NewSecret("s3cret")
	h := holder{s, s, &s}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "holder", h)
	asJSON, err := json.Marshal(map[string]any{"s": s, "h": h})
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{log.String(), string(asJSON), s.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, s), fmt.Sprintf(verb, h), fmt.Sprintf(verb, &h), fmt.Sprintf(verb, []Secret{s}))
	}
	for _, text := range texts {
		if strings.Contains(text, "s3cret") || strings.Contains(text, "733363726574") {
			t.Errorf("the secret is in %q", text)
		}
	}
	if got := s.Reveal(); got != "s3cret" {
		t.Errorf("Reveal() = %q", got)
	}
	if got := fmt.Sprintf("%v|%v|%s", s, NewSecret(""), Secret{}.Reveal()); got != "***||" {
		t.Errorf("printed %q, want ***||", got)
	}

	type config struct {
		Key Secret `mq:"key" default:"" state:"refused" help:"no such feature"`
	}
	var c config
	problems := Bind(&c, set("key", "s3cret"))
	if len(problems) != 1 || strings.Contains(problems[0].Error(), "s3cret") {
		t.Errorf("problems %v, want one without the secret", problems)
	}
}

// TestJavaDefaultsAreAccepted takes each key of Java's configuration classes as
// a known one and gives it its own default.
func TestJavaDefaultsAreAccepted(t *testing.T) {
	var classes map[string]json.RawMessage
	golden.Facts(t, "config", &classes)
	checked := 0
	for class, raw := range classes {
		var keys map[string]struct {
			Type    string  `json:"type"`
			Default *string `json:"default"`
		}
		if class == "_note" {
			continue
		}
		if err := json.Unmarshal(raw, &keys); err != nil {
			t.Fatalf("%s: %v", class, err)
		}
		for key, k := range keys {
			if k.Default == nil || *k.Default == "env-dependent" {
				continue
			}
			checked++
			e := Entry{Key: key, Type: k.Type, Default: *k.Default, State: Refused}
			var none struct{}
			if problems := Bind(&none, set(key, *k.Default), e); len(problems) != 0 {
				t.Errorf("%s: %v", class, problems)
			}
		}
	}
	if checked < 450 {
		t.Errorf("%d keys checked, want at least 450", checked)
	}
}

func TestBrokerConf(t *testing.T) {
	path := filepath.Join(golden.Store(t, "basic-clean"), "broker.conf")
	conf, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := jprops.Load(conf)
	if err != nil {
		t.Fatal(err)
	}
	var settings []Setting
	for _, e := range file.Entries {
		settings = append(settings, Setting{Key: e.Key, Value: e.Value, Source: "broker.conf", Line: e.Line})
	}
	var known []Entry
	for _, key := range []string{"brokerClusterName", "brokerIP1", "storePathCommitLog", "namesrvAddr", "mappedFileSizeConsumeQueue", "maxHashSlotNum", "mappedFileSizeTimerLog"} {
		known = append(known, Entry{Key: key, Type: "String", State: NoEffect})
	}
	var got broker
	problems := Bind(&got, settings, known...)
	if len(problems) != 1 || problems[0].Error() != `broker.conf:15: unknown key "maxIndexNum"` {
		t.Errorf("problems %v, want one: maxIndexNum on line 15 is unknown", problems)
	}
	want := defaults()
	want.Port, want.Size, want.Filter, want.Paths.Root = 29911, 1048576, true, "/var/rmq/basic-clean/store"
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %s\nwant %s", text(got), text(want))
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"same", "same", 0}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := distance(c.b, c.a); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	words := []string{"Billing", "Orders", "OrdersRetry"}
	for word, want := range map[string]string{"orders": "Orders", "Oders": "Orders", "Shipments": "", "": ""} {
		if got := Nearest(word, words); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func FuzzBind(f *testing.F) {
	for _, s := range [][2]string{{"listenPort", "010"}, {"diskRatio", "1e400"}, {"brokerNmae", ""}, {"enablePropertyFilter", "tRue"}, {"secretKey", "x"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		var b broker
		problems := Bind(&b, set(key, value))
		for _, p := range problems {
			if len(p.Error()) > 1000 || strings.Contains(p.Error(), "\n") {
				t.Errorf("error of %d bytes: %q", len(p.Error()), p.Error())
			}
		}
		if len(problems) > 0 {
			return
		}
		for _, e := range Table(&b) {
			if e.Key != key || e.Key == "secretKey" {
				continue
			}
			var again broker
			if problems := Bind(&again, set(key, e.Value)); len(problems) != 0 || text(again) != text(b) {
				t.Errorf("%s = %q is printed as %q, which binds as %s, %v", key, value, e.Value, text(again), problems)
			}
		}
	})
}
