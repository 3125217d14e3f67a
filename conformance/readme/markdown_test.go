package readme

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/process"
)

const (
	english = "README.md"
	chinese = "README.zh-CN.md"
)

// block is one fenced block of code.
type block struct {
	language string // "" for what is typed at a prompt
	code     string
}

// read returns a file of the repository.
func read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(process.Root(), filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fence is a block of Markdown from one line of three backticks to the next.
var fence = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

func blocks(text string) []block {
	var list []block
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		list = append(list, block{language: m[1], code: m[2]})
	}
	return list
}

// example returns the one block of a language.
func example(t testing.TB, text, language string) string {
	t.Helper()
	var found []string
	for _, b := range blocks(text) {
		if b.language == language {
			found = append(found, b.code)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d blocks of %s, want one", len(found), language)
	}
	return found[0]
}

// explained is where the explanations of the commands begin, which are translated.
const explained = len("gannet config check -c broker.conf ")

// typed leaves of a line what is typed.
func typed(line string) string {
	line, _, _ = strings.Cut(line, "#")
	if strings.HasPrefix(line, "gannet ") && len(line) > explained {
		line = line[:explained]
	}
	return strings.TrimSpace(line)
}

// prompts returns what the blocks without a language have typed, line by line.
func prompts(text string) []string {
	var list []string
	for _, b := range blocks(text) {
		if b.language != "" {
			continue
		}
		for line := range strings.Lines(b.code) {
			if s := typed(line); s != "" {
				list = append(list, s)
			}
		}
	}
	return list
}
