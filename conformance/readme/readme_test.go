package readme

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/process"
)

func TestTranslationShowsTheSameCode(t *testing.T) {
	ours, theirs := read(t, english), read(t, chinese)
	for _, language := range []string{"java", "go"} {
		if got, want := example(t, theirs, language), example(t, ours, language); got != want {
			t.Errorf("%s: the %s example is\n%s\nthat of %s\n%s", chinese, language, got, english, want)
		}
	}
	got, want := prompts(theirs), prompts(ours)
	if len(want) < 5 {
		t.Fatalf("%s types %q: the blocks were not found", english, want)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s types %q, %s %q", chinese, got, english, want)
	}
}

// documents are README, its translation and docs/*.md.
func documents(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(process.Root(), "docs", "*.md"))
	if err != nil || len(list) == 0 {
		t.Fatalf("docs: %v, %v", list, err)
	}
	names := []string{english, chinese}
	for _, path := range list {
		names = append(names, "docs/"+filepath.Base(path))
	}
	return names
}

var makeTarget = regexp.MustCompile("(?m)(?:^|`)make ([a-z][a-z-]*)")

func TestMakeTargets(t *testing.T) {
	makefile := read(t, "Makefile")
	seen := 0
	for _, name := range documents(t) {
		for _, m := range makeTarget.FindAllStringSubmatch(read(t, name), -1) {
			seen++
			if !regexp.MustCompile(`(?m)^` + m[1] + `:`).MatchString(makefile) {
				t.Errorf("%s names make %s, which the Makefile does not have", name, m[1])
			}
		}
	}
	if seen < 4 {
		t.Errorf("%d targets found, want at least 4", seen)
	}
}

// A file is named by a link, by its path or, where the directory is clear, by its name alone.
var (
	link = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	path = regexp.MustCompile(`[A-Za-z0-9_.*{},-]+(?:/[A-Za-z0-9_.*{},-]+)+`)
	file = regexp.MustCompile(`[A-Za-z0-9_]+\.go\b`)
)

// generated begins the part of docs/configuration.md that is made from the tables of keys; its paths
// are those of a running broker.
const generated = "<!-- generated -->"

// Every file and directory of the repository that a document names is there.
func TestNamedFilesExist(t *testing.T) {
	tops, err := os.ReadDir(process.Root())
	if err != nil {
		t.Fatal(err)
	}
	top := make(map[string]bool)
	for _, e := range tops {
		top[e.Name()] = e.IsDir()
	}
	sources := sourceNames(t)
	seen := 0
	for _, name := range documents(t) {
		text, _, _ := strings.Cut(read(t, name), generated)
		for _, f := range file.FindAllString(text, -1) {
			if !sources[f] {
				t.Errorf("%s names %s, which is nowhere", name, f)
			}
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			seen++
			exists(t, name, filepath.ToSlash(filepath.Join(filepath.Dir(name), m[1])))
		}
		for _, p := range path.FindAllString(text, -1) {
			p = strings.TrimRight(p, ".,")
			if first, _, _ := strings.Cut(p, "/"); top[first] && first != "data" && first != "bin" && first != "dist" {
				seen++
				exists(t, name, p)
			}
		}
	}
	if seen < 40 {
		t.Errorf("%d names found, want at least 40", seen)
	}
}

// sourceNames is the names of all Go files.
func sourceNames(t *testing.T) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	for _, file := range sources(t, ".") {
		names[filepath.Base(file)] = true
	}
	return names
}

// sources is the Go files below a directory, as paths from the root.
func sources(t *testing.T, below string) (files []string) {
	t.Helper()
	root := process.Root()
	err := filepath.WalkDir(filepath.Join(root, below), func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		if err == nil && strings.HasSuffix(name, ".go") {
			name, err = filepath.Rel(root, name)
			files = append(files, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// exists looks for a path, in which * and {a,b} may stand for several.
func exists(t *testing.T, document, path string) {
	t.Helper()
	for _, p := range braces(path) {
		found := false
		for _, base := range []string{"", "conformance/golden"} { // docs/testing.md names the data as they lie there
			list, err := filepath.Glob(filepath.Join(process.Root(), base, filepath.FromSlash(p)))
			if err != nil {
				t.Fatal(err)
			}
			found = found || len(list) > 0
		}
		if !found {
			t.Errorf("%s names %s, which is not there", document, p)
		}
	}
}

// Goroutines are started in the files that docs/architecture.md names for them, and in no others.
func TestStartedWhereSaid(t *testing.T) {
	row := regexp.MustCompile(`(?m)^\| [^|]+ \| ([a-z_/, ]+\.go[a-z_/., ]*) \|`)
	starts := regexp.MustCompile(`(?m)^\s*go (func|[a-z])|(?:wg|done|accepting|leaving|dials)\.Go\(`)
	told := make(map[string]bool)
	for _, m := range row.FindAllStringSubmatch(read(t, "docs/architecture.md"), -1) {
		for _, file := range strings.Split(m[1], ", ") {
			told[file] = true
			if !starts.MatchString(read(t, file)) {
				t.Errorf("docs/architecture.md says that goroutines are started in %s; none is", file)
			}
		}
	}
	for _, top := range []string{"remoting", "namesrv", "broker", "store", "gateway", "compat"} {
		for _, file := range sources(t, top) {
			if !strings.HasSuffix(file, "_test.go") && !told[file] && starts.MatchString(read(t, file)) {
				t.Errorf("%s starts goroutines of which docs/architecture.md does not tell", file)
			}
		}
	}
}

// braces spells out {a,b}.
func braces(path string) []string {
	head, rest, ok := strings.Cut(path, "{")
	middle, tail, closed := strings.Cut(rest, "}")
	if !ok || !closed {
		return []string{path}
	}
	var list []string
	for _, m := range strings.Split(middle, ",") {
		list = append(list, braces(head+m+tail)...)
	}
	return list
}

// Each of the files through which docs/architecture.md walks is there, in its order: twelve of them.
func TestTwelveFiles(t *testing.T) {
	step := regexp.MustCompile(`(?m)^( ?\d+)\. \*\*([^*]+)\*\*`)
	walk := step.FindAllStringSubmatch(read(t, "docs/architecture.md"), -1)
	if len(walk) != 12 {
		t.Fatalf("%d steps, want 12", len(walk))
	}
	for _, m := range walk {
		exists(t, "docs/architecture.md", m[2])
	}
}
