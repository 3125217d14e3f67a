package clients

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// hashes of "TagA" and "TagB", as Java clients send them.
const tagA, tagB = 2598919, 2598920

func TestTagCodes(t *testing.T) {
	both := []int32{tagA, tagB}
	tests := []struct {
		json string
		want []int32
	}{
		{`{"subString":"TagA || TagB","codeSet":[2598920,2598919],"tagsSet":["TagB","TagA"]}`, both},
		{`{"subString":"TagA || TagB","codeSet":["2598919","2598920"]}`, both}, // the Go client
		{`{"subString":"TagA || TagB","codeSet":[],"tagsSet":["TagA","TagB"]}`, both},
		{`{"subString":"TagA||TagB","codeSet":null,"tagsSet":null}`, both},
		{`{"subString":" TagA  ||  || TagA"}`, []int32{tagA}},
		{`{"subString":"*","codeSet":[1],"tagsSet":["x"]}`, nil},
		{`{"subString":""}`, nil},
		{`{"subString":"a > 1","expressionType":"SQL92"}`, nil},
		{`{"subString":"标签"}`, []int32{857175}},
	}
	for _, tt := range tests {
		var d protocol.SubscriptionData
		if err := fastjson.Unmarshal([]byte(tt.json), &d); err != nil {
			t.Fatal(err)
		}
		s := newSubscription(&d)
		if !slices.Equal(s.Codes, tt.want) {
			t.Errorf("%s: codes %v, want %v", tt.json, s.Codes, tt.want)
		}
		for _, code := range tt.want {
			if !s.Match(int64(code)) || s.Match(int64(code)+10) {
				t.Errorf("%s: Match is wrong about %d", tt.json, code)
			}
		}
		if s.All != (d.SubString == "*") || s.All != s.Match(12345) {
			t.Errorf("%s: All is %t, Match(12345) %t", tt.json, s.All, s.Match(12345))
		}
	}
}

func TestLanguageOf(t *testing.T) {
	for name, want := range map[string]Language{"": Tags, "TAG": Tags, "SQL92": SQL92, "sql92": Other, "X": Other} {
		if got := languageOf(name); got != want {
			t.Errorf("languageOf(%q) = %d, want %d", name, got, want)
		}
	}
}

func TestMerge(t *testing.T) {
	set := func(versions ...any) map[string]*Subscription {
		subs := make(map[string]*Subscription)
		for i := 0; i < len(versions); i += 2 {
			topic := versions[i].(string)
			subs[topic] = &Subscription{Topic: topic, Version: int64(versions[i+1].(int))}
		}
		return subs
	}
	tests := []struct {
		cur, in, want map[string]*Subscription
		changed       bool
	}{
		{nil, set(), set(), false},
		{nil, set("A", 1), set("A", 1), true},
		{set("A", 1), set("A", 1), set("A", 1), false},
		{set("A", 1), set("A", 2), set("A", 2), false},
		{set("A", 2), set("A", 1), set("A", 2), false},
		{set("A", 2, "B", 2), set("A", 3), set("A", 3), true},
		{set("A", 2), set("A", 1, "B", 1), set("A", 2, "B", 1), true},
		{set("A", 2), set("B", 1), set("B", 1), true},
		{set("A", 2), set(), set(), true},
	}
	versions := func(subs map[string]*Subscription) string {
		var text string
		for _, topic := range slices.Sorted(maps.Keys(subs)) {
			text += fmt.Sprint(topic, subs[topic].Version, " ")
		}
		return text
	}
	for _, tt := range tests {
		before := versions(tt.cur)
		got, changed := merge(tt.cur, tt.in)
		if versions(got) != versions(tt.want) || changed != tt.changed {
			t.Errorf("%s and %s: %s, %t, want %s, %t",
				before, versions(tt.in), versions(got), changed, versions(tt.want), tt.changed)
		}
		if versions(tt.cur) != before {
			t.Errorf("%s became %s", before, versions(tt.cur))
		}
	}
}
