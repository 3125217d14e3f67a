package recorder

import (
	"strings"
	"testing"
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
		r.Acknowledge(1, 3, q0, 77)
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
		{"delayed, again after a kill", func() *Recorder {
			r := told()
			r.Invoke(1, 3, q0)
			r.Delay(1, 3, 1003)
			r.Acknowledge(1, 3, q0, 77)
			return r
		}, stored(0, 1, 2, 3, 3), ""},
		{"committed, when asked again too", ended(true), stored(0, 1, 2, 3, 3), ""},
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
