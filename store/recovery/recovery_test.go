package recovery

import (
	"errors"
	"math"
	"testing"

	"github.com/gannetmq/gannet/store/checkpoint"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/vfs"
)

// aLog is a log of files of 1,000 bytes from 1,000 to 9,000, each with messages of 100 bytes, stored at their place in it as a time.
type aLog struct{ empty, unsound bool }

func (l aLog) Empty() bool  { return l.empty }
func (l aLog) Start() int64 { return 1000 }
func (l aLog) Limit() int64 { return 9000 }
func (l aLog) LastStartBefore(ms int64) (int64, error) {
	return max(l.Start(), ms/1000*1000), nil
}
func (l aLog) SoundAt(off int64) (int64, bool, error) { return 100, !l.unsound, nil }

func TestPlan(t *testing.T) {
	point := checkpoint.Checkpoint{LogTime: 5500, QueueTime: 5500, IndexTime: 5500}
	safe, _ := aLog{}.LastStartBefore(point.MinTime())
	last := consumequeue.Entry{PhyOffset: 7900, Size: 100}
	for name, c := range map[string]struct {
		found   Found
		last    consumequeue.Entry // the queues'
		missing bool               // consumers tell of a lost queue
		want    Plan
	}{
		"empty":                        {Found{Log: aLog{empty: true}, Lost: -1}, last, false, Plan{Trusted: commitlog.Trust}},
		"clean":                        {Found{Lost: -1}, last, true, Plan{Scan: 7900, Dispatch: 7900, Trusted: commitlog.Trust, Clean: true}},
		"clean, no messages":           {Found{Lost: -1}, consumequeue.Entry{}, false, Plan{Scan: safe, Dispatch: 1000, Trusted: commitlog.Trust, Clean: true}},
		"clean, the last is unsound":   {Found{Lost: -1, Log: aLog{unsound: true}}, last, false, Plan{Scan: safe, Dispatch: safe, Trusted: commitlog.Trust}},
		"clean, the last has expired":  {Found{Lost: -1}, consumequeue.Entry{PhyOffset: 900, Size: 100}, false, Plan{Scan: safe, Dispatch: 1000, Trusted: commitlog.Trust}},
		"clean, the last is not there": {Found{Lost: -1}, consumequeue.Entry{PhyOffset: 9000, Size: 100}, false, Plan{Scan: safe, Dispatch: safe, Trusted: commitlog.Trust}},
		"clean, queues lack some":      {Found{Lost: 2000}, last, false, Plan{Scan: safe, Dispatch: 2000, Trusted: commitlog.Trust}},
		"aborted":                      {Found{Aborted: true, Lost: -1}, last, false, Plan{Scan: safe, Dispatch: safe, Trusted: 5500}},
		"aborted, queues are behind":   {Found{Aborted: true, Lost: -1}, consumequeue.Entry{PhyOffset: 1900, Size: 100}, false, Plan{Scan: safe, Dispatch: 2000, Trusted: 5500}},
		"aborted, queues lack all":     {Found{Aborted: true, Lost: 0}, last, true, Plan{Scan: safe, Dispatch: 1000, Trusted: 5500}},
		"aborted, a queue is lost":     {Found{Aborted: true, Lost: -1}, last, true, Plan{Scan: safe, Dispatch: 1000, Trusted: 5500, Witnessed: true}},
	} {
		t.Run(name, func(t *testing.T) {
			f := c.found
			f.Checkpoint, f.MaxPhy = point, c.last.End()
			if f.Log == nil {
				f.Log = aLog{}
			}
			f.Last = func() (consumequeue.Entry, bool, error) { return c.last, c.last.Size > 0, nil }
			f.Missing = func() (bool, error) { return c.missing, nil }
			if got, err := f.Plan(); err != nil || got != c.want {
				t.Errorf("got %+v, %v\nwant %+v", got, err, c.want)
			}
			f.Missing = func() (bool, error) { return false, errDisk }
			if _, err := f.Plan(); errors.Is(err, errDisk) != (f.Aborted && f.Lost < 0) {
				t.Errorf("with a disk that fails: %v; consumers are asked after a crash, unless all is made anew anyway", err)
			}
		})
	}
}

var errDisk = errors.New("disk")

func write(t *testing.T, fsys vfs.FS, name, content string) {
	t.Helper()
	f, err := fsys.Create(name, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte(content), 0)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestLost(t *testing.T) {
	const topics, offsets = `{"topicConfigTable":{"T":{"attributes":{"queue.type":"BatchCQ"}}}}`, `{"offsetTable":{"T@G":{0:5,1:7}}}`
	now := Tally{1000, 9000, 3, 30, 2, 12}
	for name, c := range map[string]struct {
		tally         string
		end           int64 // of T-1
		counted, lost bool
		queue         string
		missing       string // after a crash
	}{
		"as it was":              {now.String(), 0, true, false, "", ""},
		"other queues":           {"1000 9000 4 30 2 12\n", 7, true, true, "", ""},
		"other entries":          {"1000 9000 3 31 2 12\n", 7, true, true, "", ""},
		"other batch queues":     {"1000 9000 3 30 1 12\n", 7, true, true, "", ""},
		"other messages in them": {"1000 9000 3 30 2 11\n", 7, true, true, "", ""},
		"another log":            {"1000 8000 3 30 2 12\n", 7, false, false, "", ""},
		"another log, consumed":  {"1000 8000 3 30 2 12\n", 6, false, true, "T-1", ""},
		"of an earlier version":  {"1000 9000 3 30\n", 6, false, true, "T-1", ""},
		"none":                   {"", 7, false, false, "", ""},
		"none, consumed":         {"", 6, false, true, "T-1", ""},
		"none, nothing there":    {"", 0, false, true, "T-1", "T-1"},
	} {
		t.Run(name, func(t *testing.T) {
			mem := vfs.NewMem()
			if err := mem.MkdirAll(layout.ConfigDir); err != nil {
				t.Fatal(err)
			}
			write(t, mem, topicsFile, topics)
			write(t, mem, offsetsFile, offsets)
			if c.tally != "" {
				write(t, mem, layout.TallyFile, c.tally)
			}
			consumers := &Consumers{FS: mem, End: func(_ string, id int32) int64 { return []int64{5, c.end}[id] }}
			l, err := Lost(mem, 1000, 9000, func() (Tally, error) { return now, nil }, consumers)
			if err != nil || l.Counted != c.counted || l.Lost() != c.lost || l.Queue != c.queue {
				t.Errorf("got %+v (lost %v), %v", l, l.Lost(), err)
			}
			p := Plan{Scan: 7900, Dispatch: 7900, Clean: true}
			p.Adopt(l, 1000, 9000)
			if want := map[[2]bool]int64{{true, false}: 9000, {false, false}: 7900, {true, true}: 1000, {false, true}: 1000}[[2]bool{c.counted, c.lost}]; p.Dispatch != want || p.Clean == c.lost {
				t.Errorf("the plan is %+v, want queues made from %d on", p, want)
			}
			if queue, err := Missing(mem, consumers); queue != c.missing || err != nil {
				t.Errorf("after a crash: %q is missing, %v; want %q", queue, err, c.missing)
			}
		})
	}
}

// A tally is read as it was written, and nothing else is one.
func FuzzTally(f *testing.F) {
	f.Add([]byte("0 3400760 14 1693 0 0\n"))
	f.Add([]byte("1 2 3 4"))
	f.Add([]byte("9223372036854775808 0 0 0 0 0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := parseTally(b)
		if !ok {
			return
		}
		if again, ok := parseTally([]byte(got.String())); !ok || again != got {
			t.Errorf("%q: got %+v, and %+v of what it prints", b, got, again)
		}
	})
}

func TestTally(t *testing.T) {
	var got Tally
	for _, n := range []int64{5, 0, -1, math.MaxInt32} {
		got.Add(false, n)
		got.Add(true, n)
	}
	if want := (Tally{0, 0, 2, 5 + math.MaxInt32, 2, 5 + math.MaxInt32}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if text := (Tally{1, 2, 3, 4, 5, 6}).String(); text != "1 2 3 4 5 6\n" {
		t.Errorf("got %q", text)
	}
}

func TestBatchTopics(t *testing.T) {
	mem := vfs.NewMem()
	if got := BatchTopics(mem); len(got) != 0 {
		t.Errorf("without a table: %v", got)
	}
	if err := mem.MkdirAll(layout.ConfigDir); err != nil {
		t.Fatal(err)
	}
	write(t, mem, topicsFile, `{"topicConfigTable":{"B":{"attributes":{"queue.type":"BatchCQ"}},"S":{"attributes":{}}}}`)
	if got := BatchTopics(mem); len(got) != 1 || !got["B"] {
		t.Errorf("got %v, want B", got)
	}
}
