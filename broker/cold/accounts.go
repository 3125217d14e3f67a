package cold

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Rules are what counts at present; the names in brackets are Java's.
type Rules struct {
	Enabled  bool  // coldDataFlowControlEnable
	Adaptive bool  // coldCtrStrategyEnable: thresholds of groups follow what is read
	Group    int64 // cgColdReadThreshold, bytes in a window
	Global   int64 // globalColdReadThreshold, bytes in a window
}

// Options of Accounts.
type Options struct {
	Rules func() Rules
	// PID decides by what was read in the last windows, not by the last alone (usePIDColdCtrStrategy).
	PID    bool
	Exists func(group string) bool // whether there is such a group; it must not call back
	Now    func() time.Time        // nil for the clock
	Log    *slog.Logger
}

const (
	window = 5 * time.Second  // how long a threshold counts
	reside = 60 * time.Second // after its last cold read a group is forgotten
)

// Accounts are what groups have read. Pulls that are answered from memory never come here.
type Accounts struct {
	opts     Options
	strategy strategy

	mu        sync.Mutex // guards all below; of Options only Exists is called while it is held
	groups    map[string]*account
	set       map[string]int64 // thresholds that administrators set
	adapted   map[string]int64 // thresholds that the strategy made
	total     int64            // of all groups in this window
	windowEnd time.Time
}

// account is one group's.
type account struct {
	bytes    int64 // in this window
	first    time.Time
	lastRead time.Time
}

// New makes empty accounts.
func New(o Options) *Accounts {
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &Accounts{
		opts: o, groups: make(map[string]*account), set: make(map[string]int64), adapted: make(map[string]int64),
		windowEnd: o.Now().Add(window),
	}
	a.strategy = &simple{}
	if o.PID {
		a.strategy = &pid{wanted: o.Rules().Global / 5 * 4}
	}
	return a
}

// Read counts bytes of cold messages that were read from the disk for a group.
func (a *Accounts) Read(group []byte, bytes int) {
	r := a.opts.Rules()
	if !r.Enabled || bytes <= 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.roll(r)
	g := a.groups[string(group)]
	if g == nil {
		g = &account{first: now}
		a.groups[string(group)] = g
	}
	g.bytes += int64(bytes)
	g.lastRead = now
	a.total += int64(bytes)
}

// Spent reports whether a group has read enough for now, and if so for how long.
func (a *Accounts) Spent(group []byte) (wait time.Duration, spent bool) {
	r := a.opts.Rules()
	if !r.Enabled {
		return 0, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.roll(r)
	g := a.groups[string(group)]
	if g == nil || g.bytes < a.threshold(string(group), r) && a.total < r.Global {
		return 0, false
	}
	return a.windowEnd.Sub(now), true
}

// Cause tells why a group that is spent is so, and what helps.
func (a *Accounts) Cause(group []byte) string {
	r := a.opts.Rules()
	a.mu.Lock()
	var bytes int64
	if g := a.groups[string(group)]; g != nil {
		bytes = g.bytes
	}
	most, total := a.threshold(string(group), r), a.total
	a.mu.Unlock()
	if bytes < most {
		return fmt.Sprintf("all groups together read %d of %d bytes in %v; raise globalColdReadThreshold", total, r.Global, window)
	}
	return fmt.Sprintf("group %.255s read %d of %d bytes in %v; raise cgColdReadThreshold, or that of the group with mqadmin updateColdDataFlowCtrGroupConfig",
		group, bytes, most, window)
}

// threshold of a group. mu is held.
func (a *Accounts) threshold(group string, r Rules) int64 {
	if n, ok := a.set[group]; ok {
		return n
	}
	if n, ok := a.adapted[group]; ok && r.Adaptive {
		return n
	}
	return r.Group
}

// roll ends the windows whose time is over. mu is held.
func (a *Accounts) roll(r Rules) (now time.Time) {
	now = a.opts.Now()
	over := now.Sub(a.windowEnd)
	if over < 0 {
		return now
	}
	passed := 1 + int64(over/window)
	for range min(passed, remembered+1) { // more would find the same
		a.end(now, r)
	}
	a.windowEnd = a.windowEnd.Add(time.Duration(passed) * window)
	return now
}

// end ends a window. mu is held. Java: clearDataAcc.
func (a *Accounts) end(now time.Time, r Rules) {
	if r.Adaptive {
		a.adapt(r)
	} else {
		clear(a.adapted)
	}
	for name, g := range a.groups {
		g.bytes = 0
		if now.Sub(g.lastRead) >= reside {
			delete(a.groups, name)
			delete(a.adapted, name)
		}
	}
	a.total = 0
}

// Set makes thresholds count, in bytes a window. Those of groups that do not exist are kept as long as there are few.
func (a *Accounts) Set(thresholds map[string]int64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.set)+len(thresholds) > maxSet {
		for name := range a.set {
			if !a.opts.Exists(name) {
				delete(a.set, name)
			}
		}
	}
	unknown := 0
	for name := range thresholds {
		if _, ok := a.set[name]; !ok && !a.opts.Exists(name) {
			unknown++
		}
	}
	if unknown > 0 && len(a.set)+unknown > maxSet {
		return remoting.Errorf(protocol.InvalidParameter, "%d thresholds are of groups that do not exist, and %d are set: too many", unknown, len(a.set))
	}
	for name, n := range thresholds {
		a.set[name] = n
	}
	return nil
}

// maxSet is how many thresholds are kept though their groups do not exist.
const maxSet = 1000

// Unset has the default count again for a group.
func (a *Accounts) Unset(group string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.set, group)
}
