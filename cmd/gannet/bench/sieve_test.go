package bench

import (
	"strings"
	"testing"
)

// A reader through a filter must get the messages that match, all of them and no other.
func TestFilterIsChecked(t *testing.T) {
	right := func(sql, key string) bool { return sql == "UNIQ_KEY ENDSWITH '0'" && strings.HasSuffix(key, "0") }
	f := func(name string, passes func(sql, key string) bool, want string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := (&peer{passes: passes}).serve(t)
			o := p.options()
			if _, err := Send(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			o.KeyEnd, o.Oldest = "0", true
			r, err := Pull(t.Context(), o)
			if want != "" {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
				return
			}
			if err != nil || r.Messages == 0 {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	f("right", right, "")
	f("everything", func(string, string) bool { return true }, "came through the filter, the next that matches is")
	f("nothing", func(string, string) bool { return false }, "the filter kept offset 0 back")
	f("all but one", func(sql, key string) bool { return right(sql, key) && !strings.HasSuffix(key, "00000010") }, "came through the filter, the next that matches is 16")
}

func TestFilterWithoutMatch(t *testing.T) {
	o := new(peer).serve(t).options()
	if _, err := Send(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	o.KeyEnd = "no key ends so"
	if _, err := Pull(t.Context(), o); err == nil || !strings.Contains(err.Error(), "has no key that ends with") {
		t.Errorf("got %v", err)
	}
	for _, bad := range []Options{{KeyEnd: "0", SQL: "TRUE"}, {KeyEnd: "'"}} {
		bad.Queues, bad.Connections, bad.Window, bad.Batch = 1, 1, 1, 1
		if _, err := Pull(t.Context(), bad); err == nil || !strings.Contains(err.Error(), "the end of a key") {
			t.Errorf("%+v: got %v", bad, err)
		}
	}
}
