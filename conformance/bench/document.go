//go:build conformance

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gannetmq/gannet/conformance/bench/result"
	"github.com/gannetmq/gannet/conformance/process"
)

// document is everything a run found.
type document struct {
	machine     machine
	short       bool
	elapsed     time.Duration
	steal       float64 // of all cores
	comparisons []result.Comparison
	absolutes   []result.Absolute
}

// publish prints the tables, keeps the raw figures in a file, and rewrites docs/benchmarks.md if asked.
func (d document) publish(write bool) error {
	text, err := d.markdown()
	if err != nil {
		return err
	}
	raw, err := d.raw()
	if err != nil {
		return err
	}
	fmt.Print(text, "\nRaw figures: ", raw, "\n")
	if !write {
		return nil
	}
	path := filepath.Join(process.Root(), "docs", "benchmarks.md")
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed, err := result.Replace(string(old), text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(changed), 0o644)
}

func (d document) markdown() (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured %s in %s: %s. Taken away by the hypervisor: %.1f %% of all cores.\n",
		time.Now().Format(time.DateOnly), d.elapsed.Round(time.Second), d.machine, 100*d.steal)
	if d.short {
		b.WriteString("\n**A trial of three seconds a round with a JVM that is hardly warm: not for comparison.**\n")
	}
	b.WriteString("\nMedian (lowest–highest) of two rounds each, in the order gannet, Java, Java, gannet. Ratios are gannet / Java. " +
		"(c): the load generator used more than 95 % of a core, so the row measures the generator as much as the broker.\n\n")
	err := result.Tables(&b, d.comparisons, d.absolutes)
	return b.String(), err
}

// raw writes every round to a temporary file and names it.
func (d document) raw() (string, error) {
	f, err := os.CreateTemp("", "gannet-bench-*.json")
	if err != nil {
		return "", err
	}
	var rounds []result.Round
	for _, c := range d.comparisons {
		rounds = append(append(rounds, c.Gannet...), c.Java...)
	}
	e := json.NewEncoder(f)
	e.SetIndent("", "  ")
	err = e.Encode(struct {
		Machine   machine           `json:"machine"`
		Rounds    []result.Round    `json:"rounds"`
		Absolutes []result.Absolute `json:"absolutes"`
	}{d.machine, rounds, d.absolutes})
	if e := f.Close(); err == nil {
		err = e
	}
	return f.Name(), err
}
