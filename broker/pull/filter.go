package pull

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/gannetmq/gannet/store/record"
)

// tagType is the expression type of tag lists, and the meaning of none. Java: ExpressionType.TAG.
const tagType = "TAG"

func isTag(kind []byte) bool { return len(kind) == 0 || string(kind) == tagType }

// filter lets messages pass for which its condition is true, or if it has none, whose tag has one of some
// hashes. Two tags can share a hash: clients look at the tag itself. It implements store.Filter.
type filter struct {
	codes     []int32 // sorted; empty lets everything pass
	condition Condition
}

// Match looks at the low half of the code, as Java does.
func (f *filter) Match(tagsCode int64) bool {
	if f.condition != nil || len(f.codes) == 0 {
		return true
	}
	_, ok := slices.BinarySearch(f.codes, int32(tagsCode))
	return ok
}

// MatchBits looks at what an extended entry says.
func (f *filter) MatchBits(stored int64, bitMap []byte) bool {
	return f.condition == nil || f.condition.MayMatch(stored, bitMap)
}

func (f *filter) MatchRecord(v *record.View) bool { return f.condition == nil || f.condition.Match(v) }

// Cost implements store.Costly: tags cost nothing.
func (f *filter) Cost(v *record.View) time.Duration {
	if f.condition == nil {
		return 0
	}
	return f.condition.Cost(v)
}

// all reports whether every message passes.
func (f *filter) all() bool { return f.condition == nil && len(f.codes) == 0 }

// wants reports whether any of the codes can pass.
func (f *filter) wants(tagsCodes []int64) bool {
	return f.condition != nil || f.all() || slices.ContainsFunc(tagsCodes, f.Match)
}

// weight is what the filter adds to the memory of a pull that waits, in tag codes of 4 bytes.
func (f *filter) weight() int {
	if f.condition != nil {
		return len(f.codes) + f.condition.Weight()/4
	}
	return len(f.codes)
}

func (f *filter) set(sorted []int32) { f.codes, f.condition = append(f.codes[:0], sorted...), nil }

// judge makes the filter one of a condition.
func (f *filter) judge(c Condition) { f.codes, f.condition = f.codes[:0], c }

var errNoTags = errors.New("split subString error")

// blank is what Java's String.trim takes away.
func blank(r rune) bool { return r <= ' ' }

// parse reads a subscription expression: "*", or tags separated by "||".
// Java: FilterAPI.buildSubscriptionData.
func (f *filter) parse(expression []byte) error {
	f.codes, f.condition = f.codes[:0], nil
	if len(expression) == 0 || string(expression) == "*" {
		return nil
	}
	for len(expression) > 0 {
		tag, rest, _ := bytes.Cut(expression, []byte("||"))
		if tag = bytes.TrimFunc(tag, blank); len(tag) > 0 {
			f.codes = append(f.codes, int32(record.TagsCode(tag)))
		}
		expression = rest
	}
	if len(f.codes) == 0 {
		return errNoTags
	}
	slices.Sort(f.codes)
	f.codes = slices.Compact(f.codes)
	return nil
}
