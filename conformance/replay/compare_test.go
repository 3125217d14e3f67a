package replay

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
)

// Aspects in which an answer may differ.
const (
	inAnswer = "answer" // one has none
	inCode   = "code"
	inRemark = "remark"
	inFields = "fields"
	inBody   = "body"
)

// difference is one aspect and what is wrong with it.
type difference struct{ aspect, what string }

// compare tells how an answer differs from Java's; either may be nil.
func compare(code int, got, want *wire.Command) (list []difference) {
	add := func(aspect, format string, args ...any) {
		list = append(list, difference{aspect, fmt.Sprintf(format, args...)})
	}
	switch {
	case got == nil && want == nil:
		return nil
	case got == nil || want == nil:
		add(inAnswer, "got %s, want %s", brief(got), brief(want))
		return list
	case got.Code != want.Code:
		add(inCode, "got %s, want %s", brief(got), brief(want))
	}
	if !goesOn(anyPort(got.Remark), anyPort(want.Remark)) {
		add(inRemark, "got %q, want %q", got.Remark, want.Remark)
	}
	if g, w := names(got), names(want); !slices.Equal(g, w) {
		add(inFields, "got %q, want %q", g, w)
	}
	if what := compareBodies(code, got.Body, want.Body); what != "" {
		add(inBody, "%s", what)
	}
	return list
}

// goesOn reports whether a remark is Java's: ours may go on behind the text with the cause and the cure, but says nothing where Java
// says nothing.
func goesOn(got, want []byte) bool {
	if len(want) == 0 {
		return len(got) == 0
	}
	return bytes.HasPrefix(got, bytes.TrimRight(want, " "))
}

var port = regexp.MustCompile(`(\d+\.\d+\.\d+\.\d+):\d+`)

// anyPort leaves the ports of addresses out.
func anyPort(text []byte) []byte { return port.ReplaceAll(text, []byte("$1")) }

func brief(c *wire.Command) string {
	if c == nil {
		return "no answer"
	}
	return fmt.Sprintf("%d %.120q", c.Code, c.Remark)
}

func names(c *wire.Command) (list []string) {
	for _, p := range c.Ext {
		list = append(list, string(p.Key))
	}
	slices.Sort(list)
	return list
}

// compareBodies says how the bodies of answers to a code differ in structure, "" if they do not.
func compareBodies(code int, got, want []byte) string {
	switch {
	case len(want) == 0 || len(got) == 0:
		if len(want) != len(got) {
			return fmt.Sprintf("%d bytes, want %d", len(got), len(want))
		}
		return ""
	case int32(code) == protocol.QueryMessage:
		return compareFound(got, want)
	case holdsRecords(code):
		return compareRecords(got, want)
	case want[0] == '{' || want[0] == '[':
		return compareJSON(code, string(got), string(want))
	case bytes.Contains(want, []byte("=")):
		return compareLines(got, want)
	}
	return ""
}

func holdsRecords(code int) bool {
	switch int32(code) {
	case protocol.PullMessage, protocol.LitePullMessage, protocol.QueryMessage, protocol.ViewMessageByID, protocol.PopMessage, protocol.PeekMessage:
		return true
	}
	return false
}

// compareRecords wants the same messages, but for what depends on the log and the clock.
func compareRecords(got, want []byte) string {
	g, gerr := records(got)
	w, werr := records(want)
	switch {
	case gerr != nil || werr != nil:
		return fmt.Sprintf("records: %v; Java's: %v", gerr, werr)
	case len(g) != len(w):
		return fmt.Sprintf("%d records, want %d", len(g), len(w))
	}
	for i := range g {
		if a, b := describe(&g[i]), describe(&w[i]); a != b {
			return fmt.Sprintf("record %d: %s, want %s", i, a, b)
		}
	}
	return ""
}

func describe(v *record.View) string {
	return fmt.Sprintf("%s-%d flag %d, %q, %q", v.Topic, v.QueueID, v.Flag, v.Body, v.Properties)
}

// compareFound wants Java's messages among ours: sends that are replayed may have brought more of the key.
func compareFound(got, want []byte) string {
	g, gerr := records(got)
	w, werr := records(want)
	if gerr != nil || werr != nil {
		return fmt.Sprintf("records: %v; Java's: %v", gerr, werr)
	}
	for i := range w {
		if !slices.ContainsFunc(g, func(v record.View) bool { return describe(&v) == describe(&w[i]) }) {
			return fmt.Sprintf("%s is missing", describe(&w[i]))
		}
	}
	return ""
}

func records(body []byte) (list []record.View, err error) {
	for len(body) > 0 {
		var v record.View
		if _, err := record.Parse(body, &v, record.WithBody); err != nil {
			return nil, err
		}
		list = append(list, v)
		body = body[v.Size:]
	}
	return list, nil
}

func compareJSON(code int, got, want string) string {
	g, gerr := parse(got)
	w, werr := parse(want)
	if gerr != nil || werr != nil {
		return fmt.Sprintf("got %.60q: %v; Java's: %v", got, gerr, werr)
	}
	fixed := int32(code) == protocol.GetBrokerRuntimeInfo
	a, b := shapeOf(g, fixed), shapeOf(w, fixed)
	return different(a.missing(b), b.missing(a))
}

// compareLines wants the same keys of a properties text.
func compareLines(got, want []byte) string {
	keys := func(text []byte) (list []string) {
		for line := range strings.Lines(string(text)) {
			if key, _, ok := strings.Cut(line, "="); ok {
				list = append(list, key)
			}
		}
		slices.Sort(list)
		return list
	}
	a, b := keys(got), keys(want)
	return different(without(a, b), without(b, a))
}

func without(list, others []string) (rest []string) {
	for _, s := range list {
		if !slices.Contains(others, s) {
			rest = append(rest, s)
		}
	}
	return rest
}

func different(only, missing []string) string {
	if len(only)+len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf("only ours: %q, missing: %q", only, missing)
}
