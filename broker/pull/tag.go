package pull

import (
	"bytes"
	"errors"
	"slices"

	"github.com/gannetmq/gannet/store/record"
)

// tagType is the expression type of tag lists, and the meaning of none. Java: ExpressionType.TAG.
const tagType = "TAG"

func isTag(kind []byte) bool { return len(kind) == 0 || string(kind) == tagType }

// tagFilter lets messages pass whose tag has one of some hashes. Two tags can share a hash: clients
// look at the tag itself. It implements store.Filter.
type tagFilter struct {
	codes []int32 // sorted; empty lets everything pass
}

// Match looks at the low half of the code, as Java does.
func (f *tagFilter) Match(tagsCode int64) bool {
	_, ok := slices.BinarySearch(f.codes, int32(tagsCode))
	return ok
}

// MatchRecord has nothing to add.
func (f *tagFilter) MatchRecord(*record.View) bool { return true }

// wants reports whether any of the codes passes.
func (f *tagFilter) wants(tagsCodes []int64) bool {
	return len(f.codes) == 0 || slices.ContainsFunc(tagsCodes, f.Match)
}

func (f *tagFilter) set(sorted []int32) { f.codes = append(f.codes[:0], sorted...) }

var errNoTags = errors.New("split subString error")

// blank is what Java's String.trim takes away.
func blank(r rune) bool { return r <= ' ' }

// parse reads a subscription expression: "*", or tags separated by "||".
// Java: FilterAPI.buildSubscriptionData.
func (f *tagFilter) parse(expression []byte) error {
	f.codes = f.codes[:0]
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
