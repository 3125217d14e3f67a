package offset

import (
	"bytes"
	"strings"
)

// separator stands between topic and group. Part of the format; neither name may contain it.
const separator = '@'

// keyRoom is what a key needs that is made of the longest legal names: 255 + 1 + 255 bytes.
// Longer keys work, but cost an allocation.
const keyRoom = 512

// appendKey appends topic@group.
func appendKey(dst, topic, group []byte) []byte {
	dst = append(dst, topic...)
	dst = append(dst, separator)
	return append(dst, group...)
}

// splitKey takes topic@group apart as Java does, which takes no key with another number of separators.
func splitKey(key string) (topic, group string, ok bool) {
	topic, group, ok = strings.Cut(key, string(separator))
	return topic, group, ok && topic != "" && group != "" && strings.IndexByte(group, separator) < 0
}

// legal reports whether a pair of names can be told apart again once it is a key.
func legal(topic, group []byte) bool {
	return len(topic) > 0 && len(group) > 0 &&
		bytes.IndexByte(topic, separator) < 0 && bytes.IndexByte(group, separator) < 0
}
