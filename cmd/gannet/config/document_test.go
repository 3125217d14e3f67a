package config

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/namesrv"
)

var update = flag.Bool("update", false, "write the tables of docs/configuration.md")

const (
	document = "../../../docs/configuration.md"
	marker   = "<!-- generated -->\n"
)

// TestDocument: the tables of docs/configuration.md are those of the program.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	head, old, ok := strings.Cut(string(text), marker)
	if !ok {
		t.Fatalf("%s has no line %s", document, marker)
	}
	tables := documentTables()
	if *update {
		if err := os.WriteFile(document, []byte(head+marker+tables), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != tables {
		t.Errorf("%s is not what the tables say: run this test with -update", document)
	}
}

func documentTables() string {
	var b strings.Builder
	own := jconf.Table(broker.Own{})
	section(&b, "Keys of the broker", without(Broker.fields(), own))
	section(&b, "Keys of the broker that RocketMQ does not have", own)
	section(&b, "Keys of RocketMQ that a broker.conf may have", sorted(broker.Known()))
	own = jconf.Table(namesrv.Own{})
	section(&b, "Keys of the name server", without(NameServer.fields(), own))
	section(&b, "Keys of the name server that RocketMQ does not have", own)
	section(&b, "Keys of RocketMQ that a namesrv.conf may have", sorted(namesrv.Known()))
	return b.String()
}

func section(b *strings.Builder, title string, entries []jconf.Entry) {
	fmt.Fprintf(b, "\n## %s\n\n| key | default | state | meaning or reason |\n|---|---|---|---|\n", title)
	for _, e := range entries {
		meaning := e.Help
		if len(e.Enum) > 0 && e.State == jconf.Honoured {
			meaning += " (" + strings.Join(e.Enum, ", ") + ")"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", e.Key, cell(e.Default), e.State, cell(meaning))
	}
}

func cell(s string) string { return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(s) }

func without(entries, others []jconf.Entry) []jconf.Entry {
	return slices.DeleteFunc(entries, func(e jconf.Entry) bool {
		return slices.ContainsFunc(others, func(o jconf.Entry) bool { return o.Key == e.Key })
	})
}

// sorted puts the refused keys first: they are the ones that stop a start.
func sorted(entries []jconf.Entry) []jconf.Entry {
	slices.SortStableFunc(entries, func(a, b jconf.Entry) int {
		if a.State != b.State {
			return -strings.Compare(string(a.State), string(b.State))
		}
		return strings.Compare(strings.ToLower(a.Key), strings.ToLower(b.Key))
	})
	return entries
}

// TestSamples: the files in configs/ start, and the only thing to say about them is what they say
// themselves.
func TestSamples(t *testing.T) {
	for _, c := range []struct {
		s     Sources
		notes int
		says  string
	}{
		{Sources{File: "../../../configs/broker.conf"}, 0, ""},
		{Sources{Role: NameServer, File: "../../../configs/namesrv.conf"}, 0, ""},
	} {
		f := findings(t, c.s)
		if err := f.Err(false); err != nil {
			t.Errorf("%s: %v", c.s.File, err)
		}
		if got := strings.Join(f.Notes, "\n"); len(f.Notes) != c.notes || !strings.Contains(got, c.says) {
			t.Errorf("%s: got notes %q, want %d with %q", c.s.File, got, c.notes, c.says)
		}
	}
}

// TestSampleKeysCommentedOut: what the samples suggest is a key, with its default where one is given.
func TestSampleKeysCommentedOut(t *testing.T) {
	text, err := os.ReadFile("../../../configs/broker.conf")
	if err != nil {
		t.Fatal(err)
	}
	var set []string
	for _, line := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, "#"); ok && rest != "" && rest[0] != ' ' {
			set = append(set, rest)
		}
	}
	if err := findings(t, Sources{Set: set, Defaults: ServeDefaults()}).Err(false); err != nil || len(set) < 7 {
		t.Errorf("%d keys suggested: %v, want at least 7 and no problem", len(set), err)
	}
}
