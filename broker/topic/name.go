package topic

import (
	"bytes"

	"github.com/gannetmq/gannet/store/record"
)

// Remarks of Java: TopicValidator.validateTopic, 5.3.3.
const (
	remarkBlank   = "The specified topic is blank."
	remarkIllegal = "The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$"
	remarkLong    = "The specified topic is longer than topic max length."
)

// Invalid returns why name cannot be a topic, in Java's words, or "" if it can. What passes is also
// safe as the name of a directory: it has no dot, no separator and no control character.
//
// Java 5.3.3 refuses retry and dead letter topics of more than 127 bytes here and creates them
// elsewhere; up to 255 is the rule of 5.3.4.
func Invalid(name []byte) (remark string) {
	switch {
	case len(bytes.TrimSpace(name)) == 0:
		return remarkBlank
	case !allowed(name):
		return remarkIllegal
	case len(name) > record.MaxTopic(name):
		return remarkLong
	}
	return ""
}

// allowed reports whether name has only characters of % | A-Z a-z 0-9 _ -.
func allowed(name []byte) bool {
	for _, c := range name {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '%', c == '|', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}
