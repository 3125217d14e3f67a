package javaenv

import (
	"os"
	"slices"
	"strings"
)

// What a message shows of a text, so that the assertion above it is still seen.
const (
	excerptLines = 30
	excerptWidth = 300 // characters
)

// excerpt is the end of what a JVM printed, without logback's report of its own configuration, which is
// thousands of lines long.
func excerpt(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.Contains(line, "|-INFO") {
			kept = append(kept, narrow(strings.TrimRight(line, "\r\n")))
		}
	}
	return strings.Join(last(kept, excerptLines), "\n")
}

// narrow cuts a line, between two characters.
func narrow(line string) string {
	n := 0
	for at := range line {
		if n++; n > excerptWidth {
			return line[:at] + "…"
		}
	}
	return line
}

func last(lines []string, n int) []string { return lines[max(0, len(lines)-n):] }

// excerptOf is the excerpt of a file, or why it cannot be read.
func excerptOf(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return excerpt(string(text))
}

// complaints are the last n warnings and errors of a log file, the oldest first.
func complaints(path string, n int) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return []string{err.Error()}
	}
	lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool {
		return !strings.Contains(line, "ERROR ") && !strings.Contains(line, "WARN ")
	})
	lines = last(lines, n)
	for i := range lines {
		lines[i] = narrow(lines[i])
	}
	return lines
}
