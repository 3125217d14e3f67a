package topic_test

import (
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/topic"
	"github.com/gannetmq/gannet/conformance/golden"
)

func TestInvalidFacts(t *testing.T) {
	var facts []struct {
		Name   *string `json:"name"`
		Valid  bool    `json:"topicValid"`
		Remark string  `json:"topicRemark"`
	}
	golden.Facts(t, "topic-validator", &facts)
	if len(facts) < 50 {
		t.Fatalf("%d facts, want 50 or more", len(facts))
	}
	for _, f := range facts {
		var name []byte
		if f.Name != nil {
			name = []byte(*f.Name)
		}
		if got := topic.Invalid(name); got != f.Remark || (got == "") != f.Valid {
			t.Errorf("Invalid(%q) = %q, Java %q (valid: %t)", name, got, f.Remark, f.Valid)
		}
	}
}

func TestInvalidHostile(t *testing.T) {
	for _, name := range []string{
		"..", ".", "../x", "a/b", `a\b`, "a\x00b", "\x00", "a b", "a\n", "\u202e", "a\xff",
		strings.Repeat("x", 128), strings.Repeat("x", 1<<20),
		"%RETRY%" + strings.Repeat("x", 249), "%DLQ%" + strings.Repeat("x", 251),
	} {
		if topic.Invalid([]byte(name)) == "" {
			t.Errorf("Invalid(%.40q…) accepts it", name)
		}
	}
	for _, name := range []string{
		strings.Repeat("x", 127), "%RETRY%" + strings.Repeat("x", 248), "%DLQ%" + strings.Repeat("x", 250),
	} {
		if remark := topic.Invalid([]byte(name)); remark != "" {
			t.Errorf("Invalid(%.40q…) = %q, want none", name, remark)
		}
	}
}
