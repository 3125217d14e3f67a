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

// difference is one aspect and what is wrong with it; paths are those of the body that differ.
type difference struct {
	aspect, what string
	paths        []string
}

// mismatch is a path of a body that differs, and what is wrong with it. The path begins with + if only ours has it, with - if only
// Java's has. A record's is its index.
type mismatch struct{ path, what string }

// compare tells how an answer differs from Java's; either may be nil.
func compare(code int, got, want *wire.Command) (list []difference) {
	add := func(aspect, format string, args ...any) {
		list = append(list, difference{aspect: aspect, what: fmt.Sprintf(format, args...)})
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
	if bad := compareBodies(code, got.Body, want.Body); len(bad) > 0 {
		add(inBody, "%q", bad)
		for _, m := range bad {
			list[len(list)-1].paths = append(list[len(list)-1].paths, m.path)
		}
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

// compareBodies tells how the bodies of answers to a code differ in structure.
func compareBodies(code int, got, want []byte) []mismatch {
	switch {
	case len(want) == 0 && len(got) == 0:
		return nil
	case len(want) == 0:
		return []mismatch{{"+$", fmt.Sprintf("%d bytes", len(got))}}
	case len(got) == 0:
		return []mismatch{{"-$", fmt.Sprintf("%d bytes", len(want))}}
	case int32(code) == protocol.QueryMessage:
		return compareFound(got, want)
	case holdsRecords(code):
		return compareRecords(got, want)
	case want[0] == '{' || want[0] == '[':
		return compareJSON(code, string(got), string(want))
	case bytes.Contains(want, []byte("=")):
		return compareLines(got, want)
	}
	return nil
}

func holdsRecords(code int) bool {
	switch int32(code) {
	case protocol.PullMessage, protocol.LitePullMessage, protocol.QueryMessage, protocol.ViewMessageByID, protocol.PopMessage, protocol.PeekMessage:
		return true
	}
	return false
}

// compareRecords wants the same messages, but for what depends on the log and the clock.
func compareRecords(got, want []byte) (list []mismatch) {
	g, gerr := records(got)
	w, werr := records(want)
	if gerr != nil || werr != nil {
		return unreadable(got, gerr, werr)
	}
	for i := range max(len(g), len(w)) {
		switch {
		case i >= len(w):
			list = append(list, mismatch{fmt.Sprintf("+[%d]", i), describe(&g[i])})
		case i >= len(g):
			list = append(list, mismatch{fmt.Sprintf("-[%d]", i), describe(&w[i])})
		case describe(&g[i]) != describe(&w[i]):
			list = append(list, mismatch{fmt.Sprintf("[%d]", i), describe(&g[i]) + ", want " + describe(&w[i])})
		}
	}
	return list
}

func unreadable(got []byte, gerr, werr error) []mismatch {
	return []mismatch{{"$", fmt.Sprintf("got %.60q: %v; Java's: %v", got, gerr, werr)}}
}

func describe(v *record.View) string {
	return fmt.Sprintf("%s-%d flag %d, %q, %q", v.Topic, v.QueueID, v.Flag, v.Body, v.Properties)
}

// compareFound wants Java's messages among ours: sends that are replayed may have brought more of the key.
func compareFound(got, want []byte) (list []mismatch) {
	g, gerr := records(got)
	w, werr := records(want)
	if gerr != nil || werr != nil {
		return unreadable(got, gerr, werr)
	}
	for i := range w {
		if !slices.ContainsFunc(g, func(v record.View) bool { return describe(&v) == describe(&w[i]) }) {
			list = append(list, mismatch{fmt.Sprintf("-[%d]", i), describe(&w[i])})
		}
	}
	return list
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

func compareJSON(code int, got, want string) []mismatch {
	g, gerr := parse(got)
	w, werr := parse(want)
	if gerr != nil || werr != nil {
		return unreadable([]byte(got), gerr, werr)
	}
	fixed := int32(code) == protocol.GetBrokerRuntimeInfo
	a, b := shapeOf(g, fixed), shapeOf(w, fixed)
	return different(a.beyond(b), b.lackedBy(a))
}

// compareLines wants the same keys of a properties text.
func compareLines(got, want []byte) []mismatch {
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

func different(only, missing []string) (list []mismatch) {
	for _, path := range only {
		list = append(list, mismatch{path: "+" + path})
	}
	for _, path := range missing {
		list = append(list, mismatch{path: "-" + path})
	}
	return list
}
