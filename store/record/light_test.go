package record_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gannetmq/gannet/store/record"
)

func TestLightQueues(t *testing.T) {
	for _, c := range []struct{ names, offsets, want string }{
		{"", "", "[]"},
		{"%LMQ%a", "", "[]"}, // as a client may send it
		{"", "1", "[]"},
		{"%LMQ%a", "7", "[%LMQ%a-0@7]"},
		{"%LMQ%a,b,%LMQ%c", "7,8,0", "[%LMQ%a-0@7 %LMQ%c-0@0]"},
		{"%LMQ%a,%LMQ%b", "7", "[]"},
		{"%LMQ%a", "7,8", "[]"},
		{"%LMQ%a,%LMQ%b/x,,%LMQ%c,%LMQ%d", "1,2,3,x,-4", "[%LMQ%a-0@1]"},
	} {
		v := record.View{QueueID: 3}
		if c.names != "" {
			v.Properties = record.AppendProperty(v.Properties, record.PropInnerMultiDispatch, c.names)
		}
		if c.offsets != "" {
			v.Properties = record.AppendProperty(v.Properties, record.PropInnerMultiQueueOffset, c.offsets)
		}
		got := []string{}
		for q := range v.LightQueues() {
			got = append(got, fmt.Sprintf("%s-%d@%d", q.Name, q.ID, q.Offset))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%q, %q: got %v, want %s", c.names, c.offsets, got, c.want)
		}
		for range v.LightQueues() {
			break
		}
	}
	if got := slices.Collect(new(record.View).LightQueues()); len(got) != 0 {
		t.Errorf("a record without properties: got %v", got)
	}
}

func TestIsLight(t *testing.T) {
	for topic, want := range map[string]bool{"": false, "%LMQ": false, "%LMQ%": true, "%LMQ%a": true, "a%LMQ%": false, "%lmq%a": false} {
		if got := record.IsLight(topic); got != want {
			t.Errorf("%q: got %t, want %t", topic, got, want)
		}
	}
}
