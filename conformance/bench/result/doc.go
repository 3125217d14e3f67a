// Package result turns what the rounds of a side-by-side run counted into medians, ratios, verdicts
// and Markdown. It measures nothing.
package result
