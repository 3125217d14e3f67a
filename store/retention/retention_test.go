package retention

import (
	"errors"
	"testing"
	"time"
)

// rules are Java's defaults.
func rules() Rules {
	return Rules{Keep: 72 * time.Hour, Hours: 1 << 4, Batch: 10, MaxUsed: 75, ForceUsed: 85, Shares: 1, ForceShare: 80}
}

func at(hour int) time.Time { return time.Date(2026, 1, 2, hour, 59, 0, 0, time.UTC) }

// Each row is a moment; what Java does then is in CleanCommitLogService.
func TestDemand(t *testing.T) {
	noForce := func(r *Rules) { r.NoForce = true }
	limited := func(r *Rules) { r.MaxBytes = 500; r.NoForce = true }
	shared := func(r *Rules) { r.Shares = 4 } // of 1000 bytes each has 250
	for _, c := range []struct {
		name   string
		change func(*Rules)
		look   Look
		want   Demand
		cause  Cause
	}{
		{"nothing", nil, Look{Now: at(3), Used: 75}, None, ""},
		{"the hour", nil, Look{Now: at(4), Used: 10}, Expired, ByHour},
		{"behind the hour", nil, Look{Now: at(5), Used: 10}, None, ""},
		{"asked for", nil, Look{Now: at(5), Used: 10, Manual: true}, Expired, ByManual},
		{"above 75", nil, Look{Now: at(5), Used: 76}, Expired, BySpace},
		{"at 85", nil, Look{Now: at(4), Used: 85}, Expired, BySpace},
		{"above 85", nil, Look{Now: at(5), Used: 86}, Any, BySpace},
		{"full", nil, Look{Now: at(5), Used: 100}, Any, BySpace},
		{"little is free", nil, Look{Now: at(5), Used: 10, Low: true}, Any, BySpace},
		{"little is free, not forced", noForce, Look{Now: at(5), Used: 10, Low: true}, Expired, BySpace},
		{"within the limit", limited, Look{Now: at(5), Log: 500}, None, ""},
		{"above the limit", limited, Look{Now: at(5), Log: 501}, Any, ByLimit},
		{"above the limit on a full disk", limited, Look{Now: at(5), Log: 501, Used: 100}, Any, ByLimit},
		{"no limit", nil, Look{Now: at(5), Log: 1 << 62}, None, ""},
		{"not forced", noForce, Look{Now: at(5), Used: 100}, Expired, BySpace},
		{"unknown", nil, Look{Now: at(5), Used: UnknownUsed}, Expired, BySpace},
		{"share within", shared, Look{Now: at(5), Used: 80, Own: 187, Total: 1000}, None, ""},
		{"share above 75", shared, Look{Now: at(5), Used: 10, Own: 188, Total: 1000}, Expired, ByShare},
		{"share above 80", shared, Look{Now: at(5), Used: 10, Own: 201, Total: 1000}, Any, ByShare},
		{"share above 80, not forced", func(r *Rules) { shared(r); noForce(r) }, Look{Now: at(5), Own: 201, Total: 1000}, Expired, ByShare},
		{"share small, disk full", shared, Look{Now: at(5), Used: 86, Own: 1, Total: 1000}, Any, BySpace},
		{"share of nothing", shared, Look{Now: at(5), Own: 201}, None, ""},
		{"forced below 75", func(r *Rules) { r.ForceUsed = 60; r.NoForce = true }, Look{Now: at(5), Used: 61}, Expired, BySpace},
	} {
		r := rules()
		if c.change != nil {
			c.change(&r)
		}
		if got, cause := r.Demand(c.look); got != c.want || cause != c.cause {
			t.Errorf("%s: got %d because %q, want %d because %q", c.name, got, cause, c.want, c.cause)
		}
	}
}

func TestDue(t *testing.T) {
	r, now := rules(), at(4)
	for _, c := range []struct {
		demand Demand
		age    time.Duration
		want   bool
	}{
		{Expired, 72 * time.Hour, true}, {Expired, 72*time.Hour - 1, false}, {Expired, -time.Hour, false},
		{Any, 0, true}, {Any, -time.Hour, true}, {None, 1000 * time.Hour, false},
	} {
		if got := r.Due(c.demand, now.Add(-c.age), now); got != c.want {
			t.Errorf("demand %d, age %v: got %v, want %v", c.demand, c.age, got, c.want)
		}
	}
}

func TestParseHours(t *testing.T) {
	for text, want := range map[string]Hours{
		"04": 1 << 4, "0": 1, "4;16": 1<<4 | 1<<16, " 4 ; 23;": 1<<4 | 1<<23, "24": 1 << 24,
	} {
		if got, err := ParseHours(text); got != want || err != nil {
			t.Errorf("%q: got %b, %v, want %b", text, got, err, want)
		}
	}
	for _, text := range []string{"", ";", "4;;5", "4,5", "-1", "25", "04:00", "x"} {
		if got, err := ParseHours(text); !errors.Is(err, ErrHours) {
			t.Errorf("%q: got %b, %v, want %v", text, got, err, ErrHours)
		}
	}
	for hour := range 24 {
		if h := Hours(1<<4 | 1<<24); h.Has(hour) != (hour == 4) {
			t.Errorf("hour %d: got %v", hour, h.Has(hour))
		}
	}
}

// Each step is a look at both clocks, in minutes that each went on.
func TestClockThatWasSet(t *testing.T) {
	type step struct {
		wall, up int
		want     bool
	}
	for name, steps := range map[string][]step{
		"steady":         {{0, 0, true}, {1, 1, true}, {600, 600, true}},
		"drift":          {{0, 0, true}, {11, 1, true}, {11, 1, true}},
		"ahead":          {{0, 0, true}, {1440, 1, false}, {59, 59, false}, {1, 1, true}, {1, 1, true}},
		"ahead twice":    {{0, 0, true}, {1440, 1, false}, {1440, 1, false}, {-1440, 1, false}, {58, 58, false}, {1, 1, true}},
		"ahead and back": {{0, 0, true}, {1440, 1, false}, {-1438, 1, true}, {1, 1, true}},
		"back":           {{0, 0, true}, {-1440, 1, true}, {1, 1, true}},
		"back and ahead": {{0, 0, true}, {-60, 1, true}, {62, 1, false}, {60, 60, true}},
	} {
		var c Clock
		wall, up := at(4), time.Duration(0)
		for i, s := range steps {
			wall = wall.Add(time.Duration(s.wall) * time.Minute)
			up += time.Duration(s.up) * time.Minute
			if got := c.Trust(wall, up); got != s.want {
				t.Errorf("%s, step %d: got %v, want %v", name, i, got, s.want)
			}
		}
	}
}
