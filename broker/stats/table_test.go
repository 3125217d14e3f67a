package stats

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func newTable(o Options) *Table {
	o.Cluster = "DefaultCluster"
	if o.Exists == nil {
		o.Exists = func(string, string) bool { return true }
	}
	if o.Totals == nil {
		o.Totals = func() Totals { return Totals{} }
	}
	return New(o)
}

// Each figure of a broker that has done something, after a minute, an hour and a day.
func TestSummaries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := newTable(Options{})
		table.Start()
		defer table.Close()
		<-time.After(time.Second)
		table.Put([]byte("T"), 1, 3, 300, 0)
		table.Put([]byte("T"), 1, 3, 300, 7*time.Millisecond)
		table.Put([]byte("SCHEDULE_TOPIC_XXXX"), 0, 2, 50, 0)
		table.Pulled([]byte("G"), []byte("T"), 5, 17, 4, 400, 3*time.Millisecond)
		table.Pulled([]byte("G"), []byte("T"), 5, 17, 0, 0, 0)
		table.Returned([]byte("G"), []byte("T"))
		table.Returned([]byte("G"), []byte("T"))
		<-time.After(2 * time.Hour)
		synctest.Wait()
		table.Put([]byte("T"), 1, 60, 600, 0)
		<-time.After(10 * time.Second)
		synctest.Wait()
		for _, want := range []struct {
			name, key         string
			minute, hour, day Figure
		}{
			{"TOPIC_PUT_NUMS", "T", Figure{60, 1, 60}, Figure{}, Figure{6, 6.0 / 7200, 3}},
			{"TOPIC_PUT_SIZE", "T", Figure{600, 10, 600}, Figure{}, Figure{600, 600.0 / 7200, 300}},
			{"GROUP_GET_NUMS", "T@G", Figure{}, Figure{}, Figure{4, 4.0 / 7200, 4}},
			{"GROUP_GET_SIZE", "T@G", Figure{}, Figure{}, Figure{400, 400.0 / 7200, 400}},
			{"SNDBCK_PUT_NUMS", "T@G", Figure{}, Figure{}, Figure{2, 2.0 / 7200, 1}},
			{"TOPIC_PUT_LATENCY", "1@T", Figure{0, 0, 0}, Figure{}, Figure{7, 7.0 / 7200, 3.5}},
			{"GROUP_GET_LATENCY", "5@T@G", Figure{}, Figure{}, Figure{3, 3.0 / 7200, 3}},
			{"BROKER_PUT_NUMS", "DefaultCluster", Figure{60, 1, 0}, Figure{}, Figure{8, 8.0 / 7200, 0}},
			{"BROKER_PUT_NUMS_WITHOUT_SYSTEM_TOPIC", "DefaultCluster", Figure{60, 1, 0}, Figure{}, Figure{6, 6.0 / 7200, 0}},
			{"BROKER_GET_NUMS", "DefaultCluster", Figure{}, Figure{}, Figure{4, 4.0 / 7200, 0}},
			{"BROKER_GET_NUMS_WITHOUT_SYSTEM_TOPIC", "DefaultCluster", Figure{}, Figure{}, Figure{4, 4.0 / 7200, 0}},
		} {
			got, ok := table.Summary(want.name, want.key)
			if !ok || got != (Summary{want.minute, want.hour, want.day}) {
				t.Errorf("%s of %s: got %+v, %t, want %+v", want.name, want.key, got, ok, want)
			}
		}
		for _, absent := range [][2]string{
			{"TOPIC_PUT_NUMS", "T@G"}, {"GROUP_GET_NUMS", "T"}, {"GROUP_GET_NUMS", "T@H"}, {"TOPIC_PUT_LATENCY", "0@T"},
			{"TOPIC_PUT_LATENCY", "T"}, {"GROUP_GET_LATENCY", "5@T"}, {"GROUP_GET_LATENCY", "-1@T@G"}, {"GROUP_GET_LATENCY", "99@T@G"},
			{"BROKER_PUT_NUMS", "Other"}, {"SNDBCK_PUT_NUMS", "T@H"}, {"", ""},
		} {
			if got, ok := table.Summary(absent[0], absent[1]); ok {
				t.Errorf("%s of %q: got %+v, want none", absent[0], absent[1], got)
			}
		}
		if put, get := table.PutRate("T"), table.GetRate("G", "T"); put != 1 || get != 0 {
			t.Errorf("T is sent %g a second and G gets %g, want 1 and 0", put, get)
		}
		if next, ok := table.Next("G", "T", 5); next != 17 || !ok {
			t.Errorf("G fetches %d next, %t, want 17", next, ok)
		}
		if next, ok := table.Next("G", "T", 4); ok {
			t.Errorf("G fetches %d of a queue it never fetched", next)
		}
	})
}

// What never happened has no figures, and what got nothing does not count as a pull, as in Java.
func TestNothingCounted(t *testing.T) {
	table := newTable(Options{})
	table.Pulled([]byte("G"), []byte("T"), 0, 5, 0, 0, 0)
	for name, key := range map[string]string{
		"GROUP_GET_NUMS": "T@G", "GROUP_GET_LATENCY": "0@T@G", "BROKER_GET_NUMS": "DefaultCluster", "BROKER_PUT_NUMS": "DefaultCluster",
	} {
		if _, ok := table.Summary(name, key); ok {
			t.Errorf("there is a figure %s", name)
		}
	}
	if next, ok := table.Next("G", "T", 0); next != 5 || !ok {
		t.Errorf("next is %d, %t, want 5", next, ok)
	}
}

func TestForget(t *testing.T) {
	gone := map[string]bool{}
	table := newTable(Options{Exists: func(topic, group string) bool { return !gone[topic] && !gone[group] }})
	count := func() {
		for _, topic := range []string{"A", "B"} {
			table.Put([]byte(topic), 3, 1, 1, 0)
			for _, group := range []string{"G", "H"} {
				table.Pulled([]byte(group), []byte(topic), 2, 9, 1, 1, 0)
			}
		}
	}
	keys := func() (got string) {
		for _, topic := range []string{"A", "B"} {
			for _, group := range []string{"", "@G", "@H"} {
				if table.find([]byte(topic+group)) != nil {
					got += topic + group + " "
				}
			}
		}
		return got
	}
	for _, step := range []struct {
		what string
		do   func()
		want string
	}{
		{"nothing", func() {}, "A A@G A@H B B@G B@H "},
		{"topic A", func() { table.ForgetTopic("A") }, "B B@G B@H "},
		{"A again", count, "A A@G A@H B B@G B@H "},
		{"group G", func() { table.ForgetGroup("G") }, "A A@H B B@H "},
		{"no group", func() { table.ForgetGroup("") }, "A A@H B B@H "},
		{"sweep", func() { gone["A"] = true; table.sweep() }, "B B@H "},
		{"sweep of a group", func() { count(); gone["G"] = true; table.sweep() }, "B B@H "},
	} {
		if step.what == "nothing" {
			count()
		}
		step.do()
		if got := keys(); got != step.want {
			t.Errorf("%s: left is %q, want %q", step.what, got, step.want)
		}
	}
	// Each entry has one queue.
	if got := table.held.Load(); got != 4 {
		t.Errorf("%d places are taken, want 4", got)
	}
}

// An entry that was forgotten while a request held it takes no places any more.
func TestForgottenUnderWay(t *testing.T) {
	table := newTable(Options{})
	table.Put([]byte("A"), 0, 1, 1, 0)
	e := table.find([]byte("A"))
	table.ForgetTopic("A")
	if q := table.queue(e, 7); q != nil || table.held.Load() != 0 {
		t.Errorf("queue %v, %d places taken, want none", q, table.held.Load())
	}
}

func TestBounded(t *testing.T) {
	table := newTable(Options{MaxCounters: 10})
	for i := range 100 {
		table.Put(fmt.Appendf(nil, "T%d", i), int32(i%3), 1, 1, 0)
		table.Pulled([]byte("G"), fmt.Appendf(nil, "T%d", i), int32(i%3), 1, 1, 1, 0)
	}
	if held, missed := table.held.Load(), table.missed.Load(); held != 10 || missed == 0 {
		t.Errorf("%d counters, %d refused, want 10 and some", held, missed)
	}
	if sum := table.puts[ordinary].nums.Load(); sum > 10 || sum == 0 {
		t.Errorf("the broker counts %d of names that have room", sum)
	}
}

// Everybody counts at once while others look.
func TestConcurrent(t *testing.T) {
	table := newTable(Options{})
	var wg sync.WaitGroup
	const each, workers = 2000, 4
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				topic := fmt.Appendf(nil, "T%d", i%20)
				table.Put(topic, int32(i%7), 1, 10, 0)
				table.Pulled(fmt.Appendf(nil, "G%d", w), topic, int32(i%7), int64(i), 1, 10, 0)
			}
		})
	}
	var stop atomic.Bool
	var looks sync.WaitGroup
	looks.Go(func() {
		for n := 0; !stop.Load(); n++ {
			table.look(time.UnixMilli(int64(n)*1000), n)
			table.Summary("TOPIC_PUT_NUMS", "T3")
			table.Speeds()
		}
	})
	wg.Wait()
	stop.Store(true)
	looks.Wait()
	var sum int64
	for _, e := range table.entries() {
		sum += e.nums.Load()
	}
	if want := int64(2 * each * workers); sum != want {
		t.Errorf("%d are counted, want %d", sum, want)
	}
	if places := int64(20 + 20*7 + 4*20 + 4*20*7); table.held.Load() != places {
		t.Errorf("%d places, want %d", table.held.Load(), places)
	}
}
