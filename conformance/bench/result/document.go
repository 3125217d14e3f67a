package result

import (
	"errors"
	"strings"
)

// Lines of a document between which a run puts its text.
const (
	beginMark = "<!-- measured: begin; make bench-java writes what follows -->"
	endMark   = "<!-- measured: end -->"
)

// ErrNoMarks says that a document has no place for a run's text.
var ErrNoMarks = errors.New("the document lacks the line " + beginMark + " or, after it, " + endMark)

// Replace puts text between the marks of a document and leaves everything else as it is.
func Replace(document, text string) (string, error) {
	before, rest, ok := strings.Cut(document, beginMark+"\n")
	if !ok {
		return "", ErrNoMarks
	}
	_, after, ok := strings.Cut(rest, endMark+"\n")
	if !ok {
		return "", ErrNoMarks
	}
	return before + beginMark + "\n\n" + strings.Trim(text, "\n") + "\n\n" + endMark + "\n" + after, nil
}
