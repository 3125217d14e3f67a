//go:build conformance

package mqadmin

import (
	"regexp"
	"slices"
	"strings"
)

// args takes the words of a command apart.
func args(text string) []string { return strings.Fields(text) }

var (
	// refusal is what an exception says of the broker's answer; the stack around it is the tool's.
	refusal = regexp.MustCompile(`CODE: \d+ +DESC: [^\n]*`)
	blanks  = regexp.MustCompile(`[ \t]+`)
	// logging is what RocketMQ's logging says when it starts, with the first command.
	logging = regexp.MustCompile(`(?m)^[0-9:,]+ \|-[^\n]*\n`)
	// path ends a key that is named after a directory.
	path = regexp.MustCompile(`_/[^ :]*`)

	// What differs from run to run: times, how long something took, addresses, the address within an offset id, and
	// numbers with a fraction, which are rates.
	instant  = regexp.MustCompile(`\b\d{4}-\d\d-\d\d[ #]\d\d:\d\d:\d\d([:,.]\d{3})?\b|\b1[789]\d{11}\b`)
	duration = regexp.MustCompile(`\b\d+ms\b`)
	address  = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	offsetID = regexp.MustCompile(`\b7F0000010000[0-9A-F]{4}([0-9A-F]{16})\b`)
	size     = regexp.MustCompile(`\b\d+(\.\d+)? ([KMGTPE]i)?B\b`)
	figure   = regexp.MustCompile(`-?\b\d+\b`)
	part     = regexp.MustCompile(`-?\b\d+\.\d+\b`)
	number   = regexp.MustCompile(`\b\d+\b|FRACTION|DURATION`)
	fraction = regexp.MustCompile(`(^|[^.\d])\d+\.\d+($|[^.\d])`)
)

// side is one of the two clusters, and what its commands printed.
type side struct {
	name            string // for messages
	namesrv, broker string // host:port
	dir             string // of files
	offsetID        string // of the member's first message
	printed         []printed
}

// printed is what one command left behind.
type printed struct {
	Out    string
	Err    string
	Millis int64
}

// fill puts a side's addresses into a command.
func (s *side) fill(args []string) []string {
	r := strings.NewReplacer("NAMESRV", s.namesrv, "BROKER", s.broker, "DIR", s.dir, "OFFSETID", s.offsetID)
	filled := make([]string, len(args))
	for i, a := range args {
		filled[i] = r.Replace(a)
	}
	return filled
}

// text is what a command printed, with the names of a side in place of its addresses. Of an exception the answer that
// it tells of is left.
func (s *side) text(p printed) string {
	text := logging.ReplaceAllString(p.Out, "")
	if m := refusal.FindString(p.Err); m != "" {
		text += "\n" + m
	}
	return strings.NewReplacer(s.namesrv, "NAMESRV", s.broker, "BROKER", s.dir, "DIR", s.offsetID, "OFFSETID").Replace(text)
}

// normal is what is compared of a text: its lines but the empty ones, with single blanks and without what differs from
// run to run.
func normal(text string, by comparison) []string {
	var list []string
	for line := range strings.Lines(text) {
		if by == kinds {
			line = kind(line)
		}
		line = anyRun(line)
		line = strings.TrimSpace(blanks.ReplaceAllString(line, " "))
		if line == "" {
			continue
		}
		if by == shape {
			line = number.ReplaceAllString(line, "NUMBER")
		}
		list = append(list, line)
	}
	if by != lines && by != shape {
		slices.Sort(list)
		list = slices.Compact(list)
	}
	return list
}

// kind is a line with what its value is in place of the value. A speed has a value for each window that has passed.
func kind(line string) string {
	key := keyOf(line)
	_, value, _ := strings.Cut(strings.TrimSpace(path.ReplaceAllString(line, "_DIR")), key)
	value = strings.TrimLeft(value, " :=")
	if slices.Contains(alike, key) {
		return key + " " + value
	}
	if strings.HasSuffix(key, "Tps") && strings.Trim(value, "0123456789. ") == "" {
		return key + " SPEEDS"
	}
	for _, k := range []struct {
		re   *regexp.Regexp
		name string
	}{{instant, "TIME"}, {size, "SIZE"}, {part, "FRACTION"}, {figure, "NUMBER"}} {
		value = k.re.ReplaceAllString(value, k.name)
	}
	return key + " " + value
}

// keyOf is the key of a line with a value.
func keyOf(line string) string {
	line = strings.TrimSpace(path.ReplaceAllString(line, "_DIR"))
	if end := strings.IndexAny(line, " :="); end >= 0 {
		return line[:end]
	}
	return line
}

// withoutUnlike takes out the lines whose keys are known to differ, if they do, and notes in stale that they did.
func withoutUnlike(java, ours []string, stale map[string]bool) []string {
	return slices.DeleteFunc(java, func(line string) bool {
		key := keyOf(line)
		if _, known := stale[key]; !known || slices.Contains(ours, line) {
			return false
		}
		stale[key] = false
		return true
	})
}

// anyRun is a line without what differs from run to run.
func anyRun(line string) string {
	line = instant.ReplaceAllString(line, "TIME")
	line = duration.ReplaceAllString(line, "DURATION")
	line = address.ReplaceAllString(line, "ADDRESS")
	line = offsetID.ReplaceAllString(line, "ID$1")
	return fraction.ReplaceAllString(line, "${1}FRACTION$2")
}

// withoutDifferences is what Java prints but for what ours is known not to print. It takes the differences that it meets
// out of stale.
func withoutDifferences(text string, stale map[int]bool) string {
	for i, d := range differences {
		if re := regexp.MustCompile(d.text); re.MatchString(text) {
			text = re.ReplaceAllString(text, "")
			delete(stale, i)
		}
	}
	return text
}

// missing are the lines of Java's that ours does not have, and those that ours has beside them where that matters.
// Lines that are there, but in another order where that matters, are all of both.
func missing(java, ours []string, by comparison) (lacks, extra []string) {
	lacks, extra = without(java, ours), without(ours, java)
	if by == kinds || by == values {
		extra = nil
	}
	if inOrder := by == lines || by == shape; inOrder && lacks == nil && extra == nil && !slices.Equal(java, ours) {
		return java, ours
	}
	return lacks, extra
}

// without are the lines of a that b does not have.
func without(a, b []string) (rest []string) {
	for _, line := range a {
		if !slices.Contains(b, line) {
			rest = append(rest, line)
		}
	}
	return rest
}
