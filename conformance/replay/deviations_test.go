package replay

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// deviations is deviations.tsv. Lines, by their first column:
//
//	reason    NAME  TEXT              why something deviates
//	direction A->B  REASON            requests that no server of ours gets
//	unserved  CODE  REASON            answered with 3, or with 13 and the cause
//	scene     NAME  EXCHANGE          recorded in another scene than its serialisation tells
//	exchange  EXCHANGE ASPECTS REASON answered otherwise; ASPECTS as in compare_test.go, by commas
//
// EXCHANGE is the file of a request without .req.bin. The aspect body has behind it, by blanks, the paths that differ, as mismatch has
// them; one with a * at its end stands for all that begin so, and +* for whatever ours has beside Java's.
type deviations struct {
	reasons    map[string]string
	directions map[string]string
	unserved   map[string]string
	scenes     map[string]string // exchange → scene
	exchanges  map[string]deviation
	used       map[string]bool // lines by "kind key"
}

type deviation struct {
	aspects []string
	paths   []string // of the body
	reason  string
}

// excuses reports whether what differs is what is listed, all of it and nothing else.
func (dev *deviation) excuses(list []difference) bool {
	var aspects []string
	met := make(map[string]bool)
	for _, diff := range list {
		aspects = append(aspects, diff.aspect)
		for _, path := range diff.paths {
			i := slices.IndexFunc(dev.paths, func(listed string) bool { return covers(listed, path) })
			if i < 0 {
				return false
			}
			met[dev.paths[i]] = true
		}
	}
	slices.Sort(aspects)
	return slices.Equal(aspects, dev.aspects) && len(met) == len(dev.paths)
}

func covers(listed, path string) bool {
	begin, open := strings.CutSuffix(listed, "*")
	return path == listed || open && strings.HasPrefix(path, begin)
}

const document = "deviations.tsv"

func load(t *testing.T) *deviations {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	d := &deviations{
		reasons: make(map[string]string), directions: make(map[string]string), unserved: make(map[string]string),
		scenes: make(map[string]string), exchanges: make(map[string]deviation), used: make(map[string]bool),
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		col := strings.Split(line, "\t")
		if !d.add(col) {
			t.Fatalf("%s:%d: not understood, or said twice: %q", document, n, line)
		}
	}
	for key, reason := range d.given() {
		if d.reasons[reason] == "" {
			t.Errorf("%s: %s gives the reason %q, which has no text", document, key, reason)
		}
		d.used["reason "+reason] = true
	}
	return d
}

func (d *deviations) add(col []string) bool {
	into := map[string]map[string]string{
		"reason": d.reasons, "direction": d.directions, "unserved": d.unserved,
	}[col[0]]
	switch {
	case into != nil && len(col) == 3 && into[col[1]] == "":
		into[col[1]] = col[2]
	case col[0] == "scene" && len(col) == 3 && d.scenes[col[2]] == "":
		d.scenes[col[2]] = col[1]
		return d.note("scene", col[2])
	case col[0] == "exchange" && len(col) == 4 && d.exchanges[col[1]].reason == "":
		d.exchanges[col[1]] = listed(col[2], col[3])
	default:
		return false
	}
	return d.note(col[0], col[1])
}

func listed(text, reason string) deviation {
	dev := deviation{reason: reason}
	for part := range strings.SplitSeq(text, ",") {
		aspect, paths, _ := strings.Cut(part, " ")
		dev.aspects = append(dev.aspects, aspect)
		dev.paths = append(dev.paths, strings.Fields(paths)...)
	}
	slices.Sort(dev.aspects)
	return dev
}

func (d *deviations) note(kind, key string) bool {
	d.used[kind+" "+key] = false
	return true
}

func (d *deviations) use(kind, key string) { d.used[kind+" "+key] = true }

// given is the reason of each line that names one.
func (d *deviations) given() map[string]string {
	all := make(map[string]string)
	for key, reason := range d.directions {
		all["direction "+key] = reason
	}
	for key, reason := range d.unserved {
		all["unserved "+key] = reason
	}
	for key, dev := range d.exchanges {
		all["exchange "+key] = dev.reason
	}
	return all
}

// unused lists the lines that nothing needed.
func (d *deviations) unused() (lines []string) {
	for line, used := range d.used {
		if !used {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}
