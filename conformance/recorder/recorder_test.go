package recorder

import (
	"math"
	"strings"
	"testing"
	"time"
)

var q0 = Queue{"T", 0}

// told makes a recorder of three messages of producer 1, acknowledged at offsets 0, 1, 2.
func told() *Recorder {
	r := New()
	for seq := range 3 {
		r.Invoke(1, seq, q0)
		r.Acknowledge(1, seq, q0, int64(seq))
	}
	return r
}

// ended makes told's recorder know of a message of a transaction too.
func ended(commit bool) func() *Recorder {
	return func() *Recorder {
		r := told()
		r.Invoke(1, 3, q0)
		r.Decide(1, 3, commit)
		r.Tell(1, 3)
		r.Acknowledge(1, 3, q0, 77)
		return r
	}
}

// delayed makes told's recorder know of a message that has to wait too.
func delayed() *Recorder {
	r := told()
	r.Invoke(1, 3, q0)
	r.Delay(1, 3, 1003)
	r.Acknowledge(1, 3, q0, 77)
	return r
}

// killed adds a kill to what make makes.
func killed(make func() *Recorder, window time.Duration, at int64) func() *Recorder {
	return func() *Recorder {
		r := make()
		r.Window, r.kills = window*time.Millisecond, append(r.kills, at)
		return r
	}
}

// given is told's recorder with a group that was given messages of producer 1.
func given(seqs ...int) func() *Recorder {
	return func() *Recorder {
		r := told()
		r.Join("G")
		for _, seq := range seqs {
			r.Deliver("G", Body(1, seq, 64))
		}
		return r
	}
}

func stored(seqs ...int) []Stored {
	var s []Stored
	for i, seq := range seqs {
		s = append(s, Stored{int64(i), Body(1, seq, 64), int64(1000 + i)})
	}
	return s
}

func TestVerify(t *testing.T) {
	altered := stored(0, 1, 2)
	altered[1].Body[len(altered[1].Body)-1] ^= 1
	gap := stored(0, 1, 2)
	gap[2].Offset = 3
	cases := []struct {
		name    string
		rec     func() *Recorder
		content []Stored
		want    string // part of a problem, "" for none
	}{
		{"all there", told, stored(0, 1, 2), ""},
		{"lost", told, stored(0, 1), "is lost"},
		{"swapped", told, stored(1, 0, 2), "stands elsewhere"},
		{"altered", told, altered, "altered body"},
		{"gap", told, gap, "offset 3 follows 1"},
		{"twice though sent once", told, stored(0, 1, 2, 2), "stored 2 times"},
		{"invented", told, stored(0, 1, 2, 9), "never sent"},
		{"unknown may be stored", func() *Recorder { r := told(); r.Invoke(1, 3, q0); r.Lose(1, 3); return r }, stored(0, 1, 2, 3), ""},
		{"unknown may be lost", func() *Recorder { r := told(); r.Invoke(1, 3, q0); r.Lose(1, 3); return r }, stored(0, 1, 2), ""},
		{"delayed, again after a kill", killed(delayed, 2, 1004), stored(0, 1, 2, 3, 3), ""},
		{"delayed, again without a kill", delayed, stored(0, 1, 2, 3, 3), "no kill was the cause"},
		{"delayed, again long after it was noted", killed(delayed, 2, 1006), stored(0, 1, 2, 3, 0, 1, 2, 3), "no kill was the cause"},
		{"delayed, again after a kill that came before", killed(delayed, 2, 1002), stored(0, 1, 2, 3, 3), "no kill was the cause"},
		{"committed twice, as its producer said", func() *Recorder { r := ended(true)(); r.Tell(1, 3); return r }, stored(0, 1, 2, 3, 3), ""},
		{"committed twice, as nobody said", ended(true), stored(0, 1, 2, 3, 3), "is there 2 times, its producer said 1 times"},
		{"committed and lost", ended(true), stored(0, 1, 2), "is lost"},
		{"rolled back", ended(false), stored(0, 1, 2), ""},
		{"rolled back and seen", ended(false), stored(0, 1, 2, 3), "was rolled back"},
		{"before its time", func() *Recorder {
			r := told()
			r.Invoke(1, 3, q0)
			r.Delay(1, 3, 1004)
			r.Acknowledge(1, 3, q0, 77)
			return r
		}, stored(0, 1, 2, 3), "came 1 ms before its time"},
		{"delayed and lost", func() *Recorder {
			r := told()
			r.Invoke(1, 3, q0)
			r.Delay(1, 3, 1004)
			r.Acknowledge(1, 3, q0, 77)
			return r
		}, stored(0, 1, 2), "is lost"},
		{"group with all, one twice", given(0, 1, 2, 1), stored(0, 1, 2), ""},
		{"group without one", given(0, 2), stored(0, 1, 2), "group G: 1-1 was acknowledged and is not given to it"},
		{"group with one never sent", given(0, 1, 2, 3), stored(0, 1, 2), "which was never sent"},
		{"group with one that is lost", given(0, 1, 2), stored(0, 1), "group G: was given 1-2, which is in no queue"},
		{"group with what was rolled back", func() *Recorder {
			r := ended(false)()
			r.Join("G")
			for seq := range 4 {
				r.Deliver("G", Body(1, seq, 64))
			}
			return r
		}, stored(0, 1, 2), "group G: was given 1-3, which is in no queue"},
		{"group with one before its time", func() *Recorder {
			r := given(0, 1, 2)()
			r.Invoke(1, 3, q0)
			r.Delay(1, 3, time.Now().Add(time.Hour).UnixMilli())
			r.Deliver("G", Body(1, 3, 64))
			return r
		}, append(stored(0, 1, 2), Stored{3, Body(1, 3, 64), math.MaxInt64}), "ms before its time"},
		{"group with an altered body", func() *Recorder {
			r := given(0, 1, 2)()
			r.Deliver("G", altered[1].Body)
			return r
		}, stored(0, 1, 2), "group G: altered body"},
		{"retried may be twice", func() *Recorder {
			r := told()
			r.Invoke(1, 3, q0)
			r.Lose(1, 3)
			r.Invoke(1, 3, q0)
			r.Acknowledge(1, 3, q0, 4)
			return r
		}, stored(0, 1, 2, 3, 3), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, problems := c.rec().Verify(map[Queue][]Stored{q0: c.content})
			got := strings.Join(problems, "\n")
			if c.want == "" && got != "" {
				t.Errorf("got problems:\n%s\nwant none", got)
			}
			if !strings.Contains(got, c.want) {
				t.Errorf("got %q, want something with %q", got, c.want)
			}
		})
	}
}

func TestVerifyOrder(t *testing.T) {
	r := New()
	for seq := range 2 { // sent in order, acknowledged in the wrong places
		r.Invoke(1, seq, q0)
	}
	r.Acknowledge(1, 0, q0, 1)
	r.Acknowledge(1, 1, q0, 0)
	_, problems := r.Verify(map[Queue][]Stored{q0: stored(1, 0)})
	if len(problems) != 1 || !strings.Contains(problems[0], "stands behind") {
		t.Errorf("got %q, want one order problem", problems)
	}
}

func TestSummary(t *testing.T) {
	r := told()
	r.Invoke(1, 3, q0)
	r.Fail(1, 3)
	sum, _ := r.Verify(map[Queue][]Stored{q0: stored(0, 1, 2)})
	want := Summary{Acknowledged: 3, Failed: 1, Stored: 3}
	if sum != want {
		t.Errorf("got %v, want %v", sum, want)
	}
}
