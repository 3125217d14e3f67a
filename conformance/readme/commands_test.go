//go:build conformance

package readme

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/process"
)

// alternatives spells out "gannet bench send|pull" and "gannet namesrv | gannet broker".
func alternatives(line string) [][]string {
	var list [][]string
	for _, command := range strings.Split(line, " | ") {
		words := strings.Fields(command)
		choices := [][]string{nil}
		for _, w := range words[1:] {
			var next [][]string
			for _, c := range choices {
				for _, a := range strings.Split(w, "|") {
					next = append(next, append(slices.Clone(c), a))
				}
			}
			choices = next
		}
		list = append(list, choices...)
	}
	return list
}

func TestAlternatives(t *testing.T) {
	got := alternatives("gannet a | gannet b c|d -x")
	want := [][]string{{"a"}, {"b", "c", "-x"}, {"b", "d", "-x"}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// isName tells the name of a command from an argument.
var isName = regexp.MustCompile(`^[a-z]+$`)

// Every gannet command that README shows is there, with the flags that it shows.
func TestCommands(t *testing.T) {
	gannet, err := process.Build()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, line := range prompts(read(t, english)) {
		if !strings.HasPrefix(line, "gannet ") {
			continue
		}
		for _, words := range alternatives(line) {
			seen++
			n := 0
			for n < len(words) && isName.MatchString(words[n]) {
				n++
			}
			path := strings.Join(words[:n], " ")
			out, err := exec.Command(gannet, append(slices.Clone(words[:n]), "--help")...).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "\n  gannet "+path) {
				t.Errorf("gannet %s --help: %v\n%s", path, err, out)
			}
			for _, w := range words[n:] {
				if strings.HasPrefix(w, "-") && !strings.Contains(string(out), " "+w) {
					t.Errorf("gannet %s has no flag %s\n%s", path, w, out)
				}
			}
		}
	}
	if seen < 6 {
		t.Errorf("%d commands found in %s, want at least 6", seen, english)
	}
}
