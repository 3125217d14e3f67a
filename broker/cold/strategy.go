package cold

import (
	"cmp"
	"maps"
	"slices"
)

// strategy says how thresholds of groups follow what all groups read. Java: ColdCtrStrategy.
type strategy interface {
	// collect is told of each window: what was read in it, and how much may be.
	collect(read, may int64)
	// raise and lower report whether a group that used its threshold up gets a higher one, and whether the highest
	// thresholds are lowered.
	raise() bool
	lower() bool
}

// adapt changes thresholds after a window: a group that used its own up may read half as much again if there is room
// for it, and the highest three come down by a fifth if there is none, though not below the default. Those that
// administrators set stay. mu is held.
func (a *Accounts) adapt(r Rules) {
	a.strategy.collect(a.total, r.Global)
	for name, g := range a.groups {
		if _, set := a.set[name]; set || a.total > r.Global || !a.strategy.raise() {
			continue
		}
		if most := a.threshold(name, r); g.bytes >= most {
			a.adapted[name] = most + most/2
		}
	}
	if !a.strategy.lower() {
		return
	}
	maps.DeleteFunc(a.adapted, func(name string, _ int64) bool { _, set := a.set[name]; return set })
	highest := slices.SortedFunc(maps.Keys(a.adapted), func(x, y string) int { return cmp.Compare(a.adapted[y], a.adapted[x]) })
	for _, name := range highest[:min(len(highest), 3)] {
		a.adapted[name] = max(a.adapted[name]/5*4, r.Group)
	}
}

// simple looks at the last window. Java: SimpleColdCtrStrategy.
type simple struct{ over bool }

func (s *simple) collect(read, may int64) { s.over = read > may }
func (s *simple) raise() bool             { return true }
func (s *simple) lower() bool             { return s.over }

// remembered is how many windows pid looks at; before there are as many it changes nothing.
const remembered = 10

// pid looks at how far what was read in the last windows lies below what is wanted: now, in sum, and in its last step.
// Java: PIDAdaptiveColdCtrStrategy.
type pid struct {
	wanted int64   // bytes a window: four fifths of the global threshold at the start
	below  []int64 // of the last windows; at most remembered
}

func (p *pid) collect(read, _ int64) {
	if len(p.below) == remembered {
		p.below = p.below[:copy(p.below, p.below[1:])]
	}
	p.below = append(p.below, p.wanted-read)
}

func (p *pid) factor() float64 {
	if len(p.below) < remembered {
		return 0
	}
	sum := 0.0
	for _, n := range p.below {
		sum += float64(n)
	}
	last := p.below[remembered-1]
	return 0.5*float64(last) + 0.3*sum + 0.2*float64(last-p.below[remembered-2])
}

func (p *pid) raise() bool { return p.factor() > 0 }
func (p *pid) lower() bool { return p.factor() < 0 }
