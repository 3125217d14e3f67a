package verify

import (
	"fmt"
	"io"
)

// Severity of a Finding.
type Severity uint8

const (
	// Note: worth knowing, nothing is wrong.
	Note Severity = iota
	// Recoverable: the next start repairs it, and nothing acknowledged is lost by that.
	Recoverable
	// Damaged: messages are lost or cannot be read, or the next start is refused, or it would not
	// notice what is wrong.
	Damaged
)

func (s Severity) String() string {
	return [...]string{"note", "recoverable", "damaged"}[s]
}

// Finding is one thing that was found.
type Finding struct {
	Severity Severity
	File     string // below the store's root; a directory for what is missing in it
	Offset   int64  // bytes from the beginning of the file; -1 for the file as a whole
	Text     string
}

func (f Finding) String() string {
	if f.Offset < 0 {
		return fmt.Sprintf("%s: %s: %s", f.Severity, f.File, f.Text)
	}
	return fmt.Sprintf("%s: %s at %d: %s", f.Severity, f.File, f.Offset, f.Text)
}

// Part of a store, with what was looked at in it.
type Part struct {
	Name     string
	Checked  string // counts, in words
	Findings []Finding
	LeftOut  int // findings beyond maxFindings, which are only counted
}

// maxFindings is how many findings of a part are kept: one cause can spoil every record behind it.
const maxFindings = 100

func (p *Part) add(s Severity, file string, offset int64, format string, args ...any) {
	if len(p.Findings) >= maxFindings && s != Damaged {
		p.LeftOut++
		return
	}
	if len(p.Findings) >= 2*maxFindings {
		p.LeftOut++
		return
	}
	p.Findings = append(p.Findings, Finding{s, file, offset, fmt.Sprintf(format, args...)})
}

// Report is the outcome of a verification.
type Report struct{ Parts []*Part }

// Count returns how many findings of a severity are kept.
func (r *Report) Count(s Severity) int {
	n := 0
	for _, p := range r.Parts {
		for _, f := range p.Findings {
			if f.Severity == s {
				n++
			}
		}
	}
	return n
}

// Write prints a line for each part, its findings below it, and a last line that sums up.
func (r *Report) Write(w io.Writer) error {
	left := 0
	for _, p := range r.Parts {
		if _, err := fmt.Fprintf(w, "%-13s %s\n", p.Name, p.Checked); err != nil {
			return err
		}
		for _, f := range p.Findings {
			if _, err := fmt.Fprintf(w, "  %s\n", f); err != nil {
				return err
			}
		}
		if p.LeftOut > 0 {
			if _, err := fmt.Fprintf(w, "  … and %d more\n", p.LeftOut); err != nil {
				return err
			}
		}
		left += p.LeftOut
	}
	_, err := fmt.Fprintln(w, r.verdict(left))
	return err
}

func (r *Report) verdict(left int) string {
	damaged, recoverable := r.Count(Damaged), r.Count(Recoverable)
	if damaged+recoverable+left == 0 {
		return "clean"
	}
	more := ""
	if left > 0 {
		more = fmt.Sprintf(", %d more not shown", left)
	}
	return fmt.Sprintf("%d damaged, %d that the next start recovers%s", damaged, recoverable, more)
}
