package doctor

import (
	"encoding/json"
	"fmt"
	"io"
)

// Print writes a line for each result, its cure below it, and a last line that sums up.
func Print(w io.Writer, results []Result) error {
	for _, r := range results {
		if _, err := fmt.Fprintf(w, "%-8s %-12s %s\n", r.State, r.Check, r.Cause); err != nil {
			return err
		}
		if r.Cure == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%21s cure: %s\n", "", r.Cure); err != nil {
			return err
		}
	}
	problems, warnings := count(results)
	_, err := fmt.Fprintf(w, "%s, %s\n", plural(problems, "problem"), plural(warnings, "warning"))
	return err
}

type jsonReport struct {
	Checks   []jsonResult `json:"checks"`
	Problems int          `json:"problems"`
	Warnings int          `json:"warnings"`
}

type jsonResult struct {
	Check string `json:"check"`
	State string `json:"state"` // ok, skipped, warning, problem
	Cause string `json:"cause"`
	Cure  string `json:"cure,omitempty"`
}

// PrintJSON writes the same as one line of JSON.
func PrintJSON(w io.Writer, results []Result) error {
	report := jsonReport{Checks: make([]jsonResult, 0, len(results))}
	for _, r := range results {
		report.Checks = append(report.Checks, jsonResult{r.Check, r.State.String(), r.Cause, r.Cure})
	}
	report.Problems, report.Warnings = count(results)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(report)
}

func count(results []Result) (problems, warnings int) {
	for _, r := range results {
		switch r.State {
		case Problem:
			problems++
		case Warning:
			warnings++
		}
	}
	return problems, warnings
}
