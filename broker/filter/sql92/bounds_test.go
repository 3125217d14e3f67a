package sql92

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestHostile holds expressions that nobody writes by hand to the bounds, and to their cost.
func TestHostile(t *testing.T) {
	many := func(s string, n int) string { return strings.Repeat(s, n) }
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"a megabyte":                 {many(" ", 1<<20) + "a = 1", false},
		"as long as may be":          {many(" ", MaxLength-5) + "a = 1", true},
		"parentheses":                {many("(", 30000) + "a = 1" + many(")", 30000), false},
		"plus and parentheses":       {"+" + many("(", 60000) + "1" + many(")", 4000), false},
		"parentheses, few enough":    {many("(", MaxDepth-1) + "a = 1" + many(")", MaxDepth-1), true},
		"signs":                      {"a = " + many("-", MaxLength-10) + "1", false},
		"plus signs":                 {"a = " + many("+", MaxDepth-1) + "1", true},
		"plus signs and parentheses": {many("+(", 124) + many("b CONTAINS 'x' AND ", 3000) + "c IS NULL" + many(")", 124), true},
		"NOT":                        {many("NOT ", 16000) + "a", false},
		"a long AND":                 {"a = 1" + many(" AND a = 1", 6000), true},
		"a long OR in parentheses":   {"(a = 1" + many(" OR a = 1", 6000) + ")", true},
		"a chain of =":               {"a" + many(" = a", 15000), false},
		"a chain of CONTAINS":        {"a" + many(" CONTAINS 'x'", 4000), false},
		"a chain of IS NULL":         {"a" + many(" IS NULL", 8000), false},
		"BETWEEN in BETWEEN":         {many("-(", 120) + "a" + many(" BETWEEN 1 AND 2)", 120) + " IN ('x')", false}, // says so
		"BETWEEN of BETWEEN":         {many("-(", 60) + "a" + many(" BETWEEN 1 AND 2)", 60) + " = 1", true},
		"NOT BETWEEN in BETWEEN":     {many("-(", 60) + "a" + many(" NOT BETWEEN 1 AND 2)", 60) + " = 1", true},
		"a long IN":                  {"a IN ('x'" + many(",'x'", 15000) + ")", true},
		"an unfinished comment":      {"a = 1 /*" + many("*", 60000), false},
		"comments":                   {"a = 1 " + many("/*/", 20000), true},
		"minus signs without a line": {"a = 1 " + many("--", 30000), true}, // behind the end
	} {
		began := time.Now()
		f, err := Compile(c.text)
		if (err == nil) != c.ok {
			t.Errorf("%s: got %.200v, want ok=%v", name, err, c.ok)
		}
		if e := (*Error)(nil); err != nil && !errors.As(err, &e) {
			t.Errorf("%s: got a %T, want an *Error", name, err)
		}
		if f != nil {
			f.Match(properties{"a": "1"})
		}
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("%s: took %v", name, d)
		}
	}
}

// Depth counts behind a plus sign too, where all is read twice.
func TestDepthBehindPlus(t *testing.T) {
	_, err := Compile("+" + strings.Repeat("(", 60_000))
	if err == nil || !strings.Contains(err.Error(), "nested deeper than 250") {
		t.Errorf("got %.200v", err)
	}
}

// TestPlaces wants every error to say where.
func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		text         string
		line, column int
	}{
		{"a = 1 AND b ! 2", 1, 13},
		{"a = 1\nAND b > 'x'", 2, 9},
		{"a = 1\r\nAND\rb ==", 3, 4},
		{"\ta = 1 OR 2", 1, 18},
		{"s = '\U0001F600' AND 中 ", 1, 14},
		{"1 AND a", 1, 1},
		{"a IN ('x') AND NOT 5", 1, 20},
		{"a BETWEEN 3 AND 2", 1, 11},
		{"a = 99999999999999999999", 1, 5},
	} {
		_, err := Compile(c.text)
		e := (*Error)(nil)
		if !errors.As(err, &e) || e.Line != c.line || e.Column != c.column {
			t.Errorf("%q: got %+v, want line %d, column %d", c.text, e, c.line, c.column)
			continue
		}
		if place := fmt.Sprintf("at line %d, column %d", c.line, c.column); !strings.Contains(e.Error(), place) || !strings.HasPrefix(e.Error(), e.Java) {
			t.Errorf("%q: got %q, want Java's words and %q", c.text, e, place)
		}
	}
}

func FuzzCompile(f *testing.F) {
	all := load(f)
	for _, e := range all.Expressions {
		f.Add(e.Expr, "1")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		compiled, err := Compile(text)
		if err == nil {
			compiled.Match(properties{"a": value, "b": "", "s": value})
			return
		}
		if e := (*Error)(nil); !errors.As(err, &e) || e.Java == "" || e.Line < 0 || e.Column < 0 {
			t.Errorf("%q: got %#v, want an *Error with text and place", text, err)
		}
	})
}

// Limits that are lower than the largest hold, higher ones do not.
func TestLimits(t *testing.T) {
	const text = "((a = 1))"
	for _, c := range []struct {
		limits Limits
		ok     bool
	}{
		{Limits{}, true}, {Limits{len(text), 5}, true}, {Limits{Length: len(text) - 1}, false}, {Limits{Depth: 2}, false},
		{Limits{1 << 30, 1 << 30}, true},
	} {
		if _, err := c.limits.Compile(text); (err == nil) != c.ok {
			t.Errorf("%+v: got %v, want none: %t", c.limits, err, c.ok)
		}
	}
	if _, err := (Limits{Depth: 1 << 30}).Compile(strings.Repeat("(", MaxDepth) + "a = 1" + strings.Repeat(")", MaxDepth)); err == nil {
		t.Error("deeper than MaxDepth is allowed")
	}
}
