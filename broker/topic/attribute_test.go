package topic

import (
	"errors"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting"
)

func TestAttributesFacts(t *testing.T) {
	var facts struct {
		TopicAttributes map[string]struct {
			Universe   []string
			Min, Max   int64
			Changeable bool
		}
	}
	golden.Facts(t, "attributes", &facts)
	if len(facts.TopicAttributes) != len(attributes) {
		t.Errorf("%d attributes, Java %d", len(attributes), len(facts.TopicAttributes))
	}
	for name, want := range facts.TopicAttributes {
		got, ok := attributes[name]
		if !ok {
			t.Errorf("%s is missing", name)
			continue
		}
		if !slices.Equal(slices.Sorted(slices.Values(got.values)), want.Universe) {
			t.Errorf("%s takes %v, Java %v", name, got.values, want.Universe)
		}
		if got.changeable != want.Changeable {
			t.Errorf("%s changeable: %t, Java %t", name, got.changeable, want.Changeable)
		}
		if got.values == nil && (got.min != want.Min || want.Max != math.MaxInt64) {
			t.Errorf("%s from %d, Java %d to %d", name, got.min, want.Min, want.Max)
		}
	}
}

func TestAlter(t *testing.T) {
	fifo := map[string]string{"message.type": "FIFO", "queue.type": "BatchCQ"}
	tests := []struct {
		current map[string]string
		create  bool
		text    string
		want    map[string]string
		remark  string
	}{
		{nil, true, "", nil, ""},
		{nil, true, "+message.type=FIFO,+queue.type=BatchCQ", fifo, ""},
		{nil, true, "+message.type=FIFO,+queue.type=BatchCQ,", fifo, ""},
		{fifo, false, "+message.type=NORMAL", map[string]string{"message.type": "NORMAL", "queue.type": "BatchCQ"}, ""},
		{fifo, false, "-message.type", map[string]string{"queue.type": "BatchCQ"}, ""},
		{nil, false, "+reserve.time=-1", map[string]string{"reserve.time": "-1"}, ""},

		{nil, true, "+no.such.attr=X", nil, "unsupported key: no.such.attr"},
		{nil, true, "+message.type=NOPE", nil, "value is not in set: [UNSPECIFIED, TRANSACTION, FIFO, MIXED, DELAY, NORMAL]"},
		{nil, true, "+reserve.time=-2", nil, "value is not in range(-1, 9223372036854775807)"},
		{nil, true, "+reserve.time=x", nil, `For input string: "x"`},
		{nil, true, "-message.type", nil, "only add attribute is supported while creating topic. key: message.type"},
		{fifo, false, "-reserve.time", nil, "attempt to delete a nonexistent key: reserve.time"},
		{fifo, false, "+queue.type=SimpleCQ", nil, "attempt to update an unchangeable attribute. key: queue.type"},
		{fifo, false, "-queue.type", nil, "attempt to update an unchangeable attribute. key: queue.type"},
		{nil, true, "message.type=FIFO", nil, "add/alter attribute format is wrong: message.type"},
		{nil, true, "+message.type=", nil, "add/alter attribute format is wrong: +message.type"},
		{nil, true, "message.type", nil, "delete attribute format is wrong: message.type"},
		{nil, true, ",+message.type=FIFO", nil, "delete attribute format is wrong: "},
		{nil, true, "+message.type=FIFO,+message.type=FIFO", nil, "key duplication: +message.type"},
		{fifo, false, "+message.type=FIFO,-message.type", nil, "alter duplication key. key: message.type"},
		{nil, true, "+=FIFO", nil, "kv string format wrong."},
		{nil, true, "++message.type=FIFO", nil, "kv string format wrong."},
		{nil, false, "m+essage=FIFO", nil, "kv string format wrong."},
	}
	for _, tt := range tests {
		before := maps.Clone(tt.current)
		got, err := modify(tt.current, tt.text, tt.create)
		var refused *remoting.Error
		switch {
		case tt.remark == "":
			if err != nil || !maps.Equal(got, tt.want) {
				t.Errorf("%v with %q: %v, %v, want %v", tt.current, tt.text, got, err, tt.want)
			}
		case !errors.As(err, &refused) || refused.Remark != tt.remark || refused.Code != 1:
			t.Errorf("%v with %q: %v, want code 1 %q", tt.current, tt.text, err, tt.remark)
		}
		if !maps.Equal(before, tt.current) {
			t.Errorf("%v with %q: the current attributes were changed to %v", before, tt.text, tt.current)
		}
	}
}

func modify(current map[string]string, text string, create bool) (map[string]string, error) {
	edits, err := parseEdits(text)
	if err != nil {
		return nil, err
	}
	return alter(current, edits, create)
}

// What a modification leaves are attributes that Java knows, with values that it takes.
func FuzzAlter(f *testing.F) {
	f.Add("+message.type=FIFO,-reserve.time", false)
	f.Add("+queue.type=BatchCQ,+cleanup.policy=COMPACTION", true)
	f.Add("+=,-,=,+-", true)
	f.Fuzz(func(t *testing.T, text string, create bool) {
		got, err := modify(map[string]string{"reserve.time": "1"}, text, create)
		if err != nil {
			return
		}
		for name, value := range got {
			a, ok := attributes[name]
			if !ok {
				t.Fatalf("%q let %q through", text, name)
			}
			if err := a.verify(value); err != nil {
				t.Fatalf("%q set %s: %v", text, name, err)
			}
		}
	})
}
