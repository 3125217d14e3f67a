package javasuite

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
)

var update = flag.Bool("update", false, "write the table into docs/compatibility.md")

const (
	document = "../../docs/compatibility.md"
	begin    = "<!-- clients: begin; written by go test ./conformance/javasuite -update -->\n"
	end      = "<!-- clients: end -->\n"
)

// TestDocument: the table of clients says what the suites run.
func TestDocument(t *testing.T) {
	doc, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(doc), begin)
	got, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", document)
	}
	want := table()
	if *update {
		if err := os.WriteFile(document, []byte(head+begin+want+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got != want {
		t.Errorf("the table of clients is not that of the suites: run go test ./conformance/javasuite -update")
	}
}

func table() string {
	var b strings.Builder
	b.WriteString("| program or scenario | what it does |")
	for _, m := range Modules {
		fmt.Fprintf(&b, " %s |", Client{Module: m}.Version())
	}
	b.WriteString(" Go 2.1.2 |\n|---|---|" + strings.Repeat("---|", len(Modules)+1) + "\n")
	for _, f := range Features {
		fmt.Fprintf(&b, "| %s | %s |", f.Name, f.What)
		for _, m := range Modules {
			fmt.Fprintf(&b, " %s |", cell(f, m))
		}
		fmt.Fprintf(&b, " %s |\n", f.Go)
	}
	return b.String()
}

// cell says which headers a version is run with.
func cell(f Feature, m javaenv.Module) string {
	var all []string
	if slices.Contains(f.JSON, m) {
		all = append(all, "J")
	}
	if slices.Contains(f.RocketMQ, m) {
		all = append(all, "R")
	}
	if all == nil {
		return "–"
	}
	return strings.Join(all, " ")
}

// No version is left out with ROCKETMQ headers alone: SKIPPED.md has reasons for programs and versions, not for pairs of them.
func TestHeaders(t *testing.T) {
	for _, f := range Features {
		if f.RocketMQ != nil && !slices.Equal(f.RocketMQ, f.JSON) {
			t.Errorf("%s: run by %v with ROCKETMQ headers, by %v with JSON", f.Name, f.RocketMQ, f.JSON)
		}
	}
	if got := len(All()); got != 2*len(Modules) {
		t.Errorf("the scenarios are run by %d clients, want each of %d versions with both forms of headers", got, len(Modules))
	}
}

// What is not run with a version has a line with the reason in SKIPPED.md, and a line has what it says.
func TestSkipped(t *testing.T) {
	text, err := os.ReadFile("../SKIPPED.md")
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]bool)
	for _, f := range Features {
		var missing []string
		for _, m := range Modules {
			if !slices.Contains(f.JSON, m) {
				missing = append(missing, Client{Module: m}.Version())
			}
		}
		if missing != nil {
			want[fmt.Sprintf("javaclient: %s with %s", f.Name, strings.Join(missing, ", "))] = true
		}
	}
	for line := range strings.Lines(string(text)) {
		if what, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " | "); ok && strings.HasPrefix(what, "javaclient: ") {
			if !want[what] {
				t.Errorf("%q is skipped, but it is run, or unknown", what)
			}
			delete(want, what)
		}
	}
	for what := range want {
		t.Errorf("%q has no line in SKIPPED.md", what)
	}
}

// The tests that the table names for the Go client are there.
func TestGoTests(t *testing.T) {
	there := make(map[string]bool)
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	for _, dir := range []string{"goclient", "selectors"} {
		files, err := filepath.Glob(filepath.Join("..", dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range function.FindAllStringSubmatch(string(text), -1) {
				there[match[1]] = true
			}
		}
	}
	for _, f := range Features {
		for name := range strings.SplitSeq(f.Go, ", ") {
			if name != "" && !there[name] {
				t.Errorf("%s: there is no %s", f.Name, name)
			}
		}
	}
}
