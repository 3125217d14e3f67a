package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gannetmq/gannet/compat/jconf"
)

// Refusal says why settings are not started with: each problem in words, and the way out.
type Refusal struct{ text string }

func (r *Refusal) Error() string { return r.text }

// Err is nil if the settings may be started with, else a *Refusal that tells all problems. lenient
// lets pass keys that are unknown and values that are refused: those keep their defaults. Values
// that cannot be read never pass.
func (f *Findings) Err(lenient bool) error {
	var lines []string
	curable := false
	for _, p := range f.Problems {
		if !lenient || !mayPass(p) {
			lines = append(lines, f.role.describe(p))
			curable = curable || mayPass(p)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	end := "start refused"
	if curable && !lenient {
		end += "; use --lenient to ignore" // a single problem reads as one sentence
		if len(lines) > 1 {
			end += " unknown and refused keys"
		}
	}
	separator := "\n"
	if len(lines) == 1 {
		separator = " "
		if !strings.HasSuffix(lines[0], "?") {
			separator = "; "
		}
	}
	return &Refusal{strings.Join(append(lines, end), separator)}
}

// Warnings are what lenient lets pass, in words, and the notes.
func (f *Findings) Warnings(lenient bool) []string {
	var lines []string
	for _, p := range f.Problems {
		if lenient && mayPass(p) {
			lines = append(lines, f.role.describe(p)+": ignored")
		}
	}
	return append(lines, f.Notes...)
}

// Lines are the problems in words, each on one line.
func (f *Findings) Lines() []string {
	var lines []string
	for _, p := range f.Problems {
		lines = append(lines, f.role.describe(p))
	}
	return lines
}

// mayPass reports whether --lenient ignores the problem.
func mayPass(p jconf.Problem) bool { return p.Kind == jconf.UnknownKey || p.Kind == jconf.RefusedValue }

// describe puts a problem in words, on one line.
func (r Role) describe(p jconf.Problem) string {
	s := p.Setting
	switch {
	case p.Kind == jconf.UnknownKey:
		return r.describeUnknown(p)
	case s.Source == byDefault:
		return fmt.Sprintf("%s = %s, the default: want %s", s.Key, shown(s), p.Accepts)
	case p.Kind == jconf.RefusedValue:
		return fmt.Sprintf("%s = %s in %s is refused: %s; want %s", s.Key, shown(s), place(s), p.Reason, p.Accepts)
	}
	return fmt.Sprintf("%s = %s in %s: want %s", s.Key, shown(s), place(s), p.Accepts)
}

func (r Role) describeUnknown(p jconf.Problem) string {
	s, near := p.Setting, p.Nearest
	text := fmt.Sprintf("unknown key %s in %s", quote(s.Key), place(s))
	if name, ok := strings.CutPrefix(s.Source, variable); ok {
		text = "unknown variable " + quote(name)
		if near == "" {
			near = nearestVariable(r, s.Key)
		}
		if near != "" {
			near = r.variable(near)
		}
	} else if other := r.other(); other.knows(s.Key) {
		return text + ": it is a key of the " + other.String()
	}
	if near == "" {
		return text
	}
	return text + ", did you mean " + quote(near) + "?"
}

// nearestVariable finds the key whose words somebody parted: LISTEN_PORT.
func nearestVariable(r Role, name string) string {
	for _, e := range r.table() {
		if strings.EqualFold(e.Key, strings.ReplaceAll(name, "_", "")) {
			return e.Key
		}
	}
	return ""
}

func (r Role) other() Role {
	if r == NameServer {
		return Broker
	}
	return NameServer
}

func (r Role) knows(key string) bool {
	for _, e := range r.table() {
		if e.Key == key {
			return true
		}
	}
	return false
}

// String is the role as messages name it.
func (r Role) String() string {
	if r == NameServer {
		return "name server"
	}
	return "broker"
}

// place tells where a setting is: file:line, a variable, a flag, or that it is a default.
func place(s jconf.Setting) string {
	if s.Line > 0 {
		return s.Source + ":" + strconv.Itoa(s.Line)
	}
	return s.Source
}

// shown is the value of a setting as it may be printed.
func shown(s jconf.Setting) string {
	if jconf.IsSecret(s.Key) {
		return jconf.NewSecret(s.Value).String()
	}
	return quote(strings.TrimSpace(s.Value))
}

// quote prints what came from outside so that it stays on its line and short.
func quote(s string) string {
	const limit = 100
	if len(s) > limit {
		return strconv.Quote(s[:limit]) + "…"
	}
	return strconv.Quote(s)
}

func idleNote(s jconf.Setting, e jconf.Entry) string {
	return fmt.Sprintf("%s = %s in %s has no effect: %s", s.Key, shown(s), place(s), e.Help)
}

func overriddenNote(o jconf.Setting, settings []jconf.Setting) string {
	counts := locate(o, settings)
	return fmt.Sprintf("%s = %s in %s does not count: %s sets it again", o.Key, shown(o), place(o), place(counts))
}
