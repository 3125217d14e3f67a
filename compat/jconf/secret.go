package jconf

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Secret is a text that is printed as ***, or as nothing if it is empty. The
// text is behind a pointer, so that even %+v of a struct with an unexported
// Secret, where no method is called, does not show it.
type Secret struct{ text *string }

// NewSecret wraps a text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String returns what may be shown.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return "***"
}

// Format prints String for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText returns String, for JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue returns String, for slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// secretWords are in the names of keys whose values are not for printing.
var secretWords = []string{"secret", "password", "credential", "accesskey", "token", "authenticationuser", "exporterheader"}

// IsSecret reports whether the value of a key must not be printed, by its name: a key that no table
// has may hold a secret too.
func IsSecret(key string) bool {
	key = strings.ToLower(key)
	for _, word := range secretWords {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}
