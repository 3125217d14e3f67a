package jconf

import "strconv"

// Kind is the kind of a problem.
type Kind uint8

const (
	UnknownKey   Kind = iota + 1 // no table has the key; Nearest may name the one meant
	BadValue                     // the value is outside of Accepts
	RefusedValue                 // the feature is not served, for Reason; Accepts is the default
)

// Problem is a setting that cannot be bound.
type Problem struct {
	Setting Setting
	Kind    Kind
	Accepts string
	Nearest string // empty if no key is near
	Reason  string

	secret bool // the value must not be shown
}

// Error tells the place, the key, the value and what is accepted, on one line.
func (p Problem) Error() string {
	s := p.Setting
	text := s.Source + ": "
	if s.Line > 0 {
		text = s.Source + ":" + strconv.Itoa(s.Line) + ": "
	}
	if p.Kind == UnknownKey {
		text += "unknown key " + quote(s.Key)
		if p.Nearest != "" {
			text += ", did you mean " + p.Nearest + "?"
		}
		return text
	}
	value := quote(s.Value)
	if p.secret {
		value = NewSecret(s.Value).String()
	}
	text += s.Key + " = " + value
	if p.Kind == RefusedValue {
		text += " is refused: " + p.Reason
	}
	return text + ": want " + p.Accepts
}

// quote prints what came from outside so that it stays on its line and short.
func quote(s string) string {
	const limit = 100
	if len(s) > limit {
		return strconv.Quote(s[:limit]) + "…"
	}
	return strconv.Quote(s)
}
