package jconf

import "strings"

// Nearest returns the one of words that somebody may have meant by word, empty if none is near, by the
// rule that unknown keys are judged by.
func Nearest(word string, words []string) string {
	table := make(map[string]*Entry, len(words))
	for _, w := range words {
		table[w] = nil
	}
	return nearest(word, table)
}

// nearest returns the key that takes the fewest edits to reach, empty if that
// is more than a third of its letters. Case counts as nothing, so that listenport
// finds listenPort; of equals the first in the alphabet wins.
func nearest(key string, keys map[string]*Entry) string {
	const longest = 128 // no key of Java has half of that; the work is quadratic
	if len(key) > longest {
		return ""
	}
	key = strings.ToLower(key)
	best, fewest := "", 0
	for candidate := range keys {
		n := distance(key, strings.ToLower(candidate))
		if n > len(candidate)/3 {
			continue
		}
		if best == "" || n < fewest || n == fewest && candidate < best {
			best, fewest = candidate, n
		}
	}
	return best
}

// distance is Levenshtein's: insertions, deletions and replacements of bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
