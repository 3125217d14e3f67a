package group_test

import (
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/group"
)

func TestInvalid(t *testing.T) {
	const illegal = "contains illegal characters"
	tests := []struct{ name, want string }{
		{"GID_a", ""},
		{"%RETRY%x|y-z_9", ""},
		{strings.Repeat("x", 120), ""},
		{strings.Repeat("x", 121), "is longer than group max length: 120"},
		{strings.Repeat("x", 1<<20), "is longer than group max length: 120"},
		{"", "The specified group is blank."},
		{" \t", "The specified group is blank."},
		{"..", illegal},
		{"a/b", illegal},
		{"a\x00b", illegal},
		{"a@b", illegal},
		{"grüppe", illegal},
	}
	for _, tt := range tests {
		got := group.Invalid([]byte(tt.name))
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("Invalid(%.40q) = %.200q, want %q", tt.name, got, tt.want)
		}
		if len(got) > 500 {
			t.Errorf("Invalid(%.40q…) gives back %d bytes", tt.name, len(got))
		}
	}
}
