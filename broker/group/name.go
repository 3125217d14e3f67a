package group

import (
	"bytes"
	"fmt"
)

// maxName leaves room for %RETRY%group_topic. In bytes.
const maxName = 120

// Invalid returns why name cannot be a consumer group, or "" if it can. The texts are those of Java
// 5.3.4 (TopicValidator.validateGroup); 5.3.3 refuses the same characters without a text, and only
// names of more than 255.
func Invalid(name []byte) (remark string) {
	switch {
	case len(bytes.TrimSpace(name)) == 0:
		return "The specified group is blank."
	case !allowed(name):
		return fmt.Sprintf("The specified group: %.300s, contains illegal characters, allowing only ^[%%|a-zA-Z0-9_-]+$", name)
	case len(name) > maxName:
		return fmt.Sprintf("The specified group: %.300s, is longer than group max length: %d", name, maxName)
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
