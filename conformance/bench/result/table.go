package result

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Tables writes the figures of all shapes, the bars, and the absolute figures as Markdown.
func Tables(w io.Writer, comparisons []Comparison, absolutes []Absolute) error {
	var b strings.Builder
	if len(comparisons) > 0 {
		figures(&b, comparisons)
		bars(&b, comparisons)
	}
	if len(absolutes) > 0 {
		singles(&b, absolutes)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func figures(b *strings.Builder, comparisons []Comparison) {
	b.WriteString("| shape | broker | messages/s | p50 µs | p99 µs | p99.9 µs | server CPU-s per million | failed | server, client, others: % of a core |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|\n")
	for _, c := range comparisons {
		row(b, c.Title, "gannet", c.Gannet)
		row(b, "", "Java", c.Java)
		ratios(b, c)
	}
}

func row(b *strings.Builder, title, broker string, rounds []Round) {
	if len(rounds) == 0 {
		return
	}
	server, client, foreign := make([]float64, 0, len(rounds)), make([]float64, 0, len(rounds)), make([]float64, 0, len(rounds))
	for _, r := range rounds {
		server, client, foreign = append(server, r.ServerShare), append(client, r.ClientShare), append(foreign, r.ForeignShare)
	}
	mark := ""
	if ClientBound(rounds) {
		mark = " (c)"
	}
	fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %d | %.0f, %.0f%s, %.0f |\n", title, broker,
		span(PerSecond.Over(rounds)), span(P50.Over(rounds)), span(P99.Over(rounds)), span(P999.Over(rounds)),
		span(CPU.Over(rounds)), failed(rounds),
		100*Summarize(server).Median, 100*Summarize(client).Median, mark, 100*Summarize(foreign).Median)
}

func ratios(b *strings.Builder, c Comparison) {
	if len(c.Gannet) == 0 || len(c.Java) == 0 {
		return
	}
	b.WriteString("| | ratio |")
	for _, m := range []Metric{PerSecond, P50, P99, P999, CPU} {
		ratio, ok := Ratio(m.Over(c.Gannet).Median, m.Over(c.Java).Median)
		text := "–"
		if ok {
			text = strconv.FormatFloat(ratio, 'f', 2, 64)
		}
		fmt.Fprintf(b, " %s |", text)
	}
	b.WriteString(" | |\n")
}

func bars(b *strings.Builder, comparisons []Comparison) {
	b.WriteString("\n| shape | figure | gannet / Java | bar | verdict |\n|---|---|---|---|---|\n")
	for _, c := range comparisons {
		for _, v := range c.Verdicts() {
			ratio, verdict := "–", "not measured"
			if v.Known {
				ratio, verdict = strconv.FormatFloat(v.Ratio, 'f', 3, 64), word(v.Met)
			}
			if v.Known && v.Metric != CPU && (ClientBound(c.Gannet) || ClientBound(c.Java)) {
				verdict += " (c)"
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", c.Title, v.Metric, ratio, v.Text, verdict)
		}
	}
}

func singles(b *strings.Builder, absolutes []Absolute) {
	b.WriteString("\n| figure | gannet | Java | bar | verdict |\n|---|---|---|---|---|\n")
	for _, a := range absolutes {
		bar, verdict := "", ""
		if a.AtMost > 0 {
			bar, verdict = fmt.Sprintf("≤ %g %s", a.AtMost, a.Unit), word(a.Met())
		}
		if a.Failed > 0 {
			verdict += fmt.Sprintf(" (%d failed)", a.Failed)
		}
		java := "–"
		if a.Java.N > 0 {
			java = span(a.Java) + " " + a.Unit
		}
		fmt.Fprintf(b, "| %s | %s %s | %s | %s | %s |\n", a.Title, span(a.Gannet), a.Unit, java, bar, verdict)
	}
}

func word(met bool) string {
	if met {
		return "met"
	}
	return "**not met**"
}

// span is the median, and the extremes if there is more than one value.
func span(r Range) string {
	switch {
	case r.N == 0:
		return "–"
	case r.Min == r.Max:
		return number(r.Median)
	}
	return fmt.Sprintf("%s (%s–%s)", number(r.Median), number(r.Min), number(r.Max))
}

// number has three digits or all before the point, in groups.
func number(v float64) string {
	switch {
	case v < 10:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	digits := strconv.FormatInt(int64(math.Round(v)), 10)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
