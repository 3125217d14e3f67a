package sql92

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
)

// properties of a message.
type properties map[string]string

func (p properties) Property(name string) ([]byte, bool) {
	v, ok := p[name]
	return []byte(v), ok
}

// fact is what Java said of an expression.
type fact struct {
	Expr, Compile, Error string
	ErrorClass           string
	Eval                 map[string]json.RawMessage
}

type facts struct {
	Cases       int
	Maps        map[string]properties
	Expressions []fact
}

func load(t testing.TB) (f facts) {
	t.Helper()
	golden.Facts(t, "sql92", &f)
	return f
}

// verdict is the result of an evaluation in the words of the facts; errors are only errors.
func verdict(v value, err error) string {
	switch {
	case err != nil:
		return "error"
	case v.kind == nullValue:
		return "null"
	case v.kind == boolKind:
		return v.plain()
	}
	return "not a verdict"
}

// TestJava holds every verdict and every error text to Java's.
func TestJava(t *testing.T) {
	all, cases := load(t), 0
	for _, want := range all.Expressions {
		f, err := Compile(want.Expr)
		if want.Compile != "ok" {
			cases++
			if e := (*Error)(nil); !errors.As(err, &e) || e.Java != want.Error {
				t.Errorf("%q: got %v, want %s", want.Expr, err, want.Error)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: got %v, want none", want.Expr, err)
			continue
		}
		for name, result := range want.Eval {
			cases++
			got, want1 := verdict(f.root.eval(all.Maps[name])), string(result)
			if strings.HasPrefix(want1, `"error`) {
				want1 = "error"
			}
			if got != want1 {
				t.Errorf("%q of %s: got %s, want %s", want.Expr, name, got, result)
			}
			if match := f.Match(all.Maps[name]); match != (want1 == "true") {
				t.Errorf("%q of %s: match %v, want %s", want.Expr, name, match, want1)
			}
		}
	}
	if cases != all.Cases {
		t.Errorf("%d cases, want %d", cases, all.Cases)
	}
}
