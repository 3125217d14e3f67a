package doctor

import "fmt"

// State is how a check ended.
type State uint8

const (
	OK State = iota
	// Skipped: what the check looks at is not there or cannot be asked.
	Skipped
	// Warning: works, with a drawback that somebody should know.
	Warning
	// Problem: does not work, or loses data.
	Problem
)

func (s State) String() string { return [...]string{"ok", "skipped", "warning", "problem"}[s] }

// Result is what one check says of one thing.
type Result struct {
	Check string
	State State
	Cause string // what was found
	Cure  string // what to do; empty if nothing is wrong
}

// findings collects the results of one check.
type findings struct {
	check string
	list  []Result
}

func (f *findings) ok(format string, args ...any) { f.add(OK, "", format, args...) }

func (f *findings) skipped(format string, args ...any) { f.add(Skipped, "", format, args...) }

func (f *findings) warning(cure, format string, args ...any) { f.add(Warning, cure, format, args...) }

func (f *findings) problem(cure, format string, args ...any) { f.add(Problem, cure, format, args...) }

func (f *findings) add(s State, cure, format string, args ...any) {
	f.list = append(f.list, Result{f.check, s, fmt.Sprintf(format, args...), cure})
}

// checks are run in this order: what comes first explains what comes later.
var checks = []struct {
	name  string
	judge func(*Facts, *findings)
}{
	{"config", checkConfig},
	{"address", checkAddress},
	{"ports", checkPorts},
	{"name server", checkNameServers},
	{"topic", checkTopic},
	{"disk", checkDisk},
	{"sync", checkSync},
	{"clock", checkClock},
	{"limits", checkLimits},
	{"memory", checkMemory},
	{"versions", checkVersions},
}

// Examine judges the facts: at least one Result for each check.
func Examine(f *Facts) []Result {
	var all []Result
	for _, c := range checks {
		found := findings{check: c.name}
		c.judge(f, &found)
		all = append(all, found.list...)
	}
	return all
}
