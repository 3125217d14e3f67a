package clients

import (
	"slices"
	"strings"

	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Model is how a group shares messages. Java: MessageModel.
type Model uint8

const (
	Clustering   Model = iota // each message to one member
	Broadcasting              // each message to every member
)

// Language of an expression. Java: ExpressionType.
type Language uint8

const (
	Tags  Language = iota // "*" or "TagA || TagB"
	SQL92                 // a condition on properties
	Other                 // something that only the client knows
)

// allTags is the expression that matches every message. Java: SubscriptionData.SUB_ALL.
const allTags = "*"

// Subscription is what a consumer group wants of one topic. It is shared and must not be changed.
// Java: SubscriptionData.
type Subscription struct {
	Topic      string
	Expression string // as the client wrote it
	Language   Language
	Type       string // the name of Language as the client wrote it
	Version    int64  // the client's clock when it subscribed; pulls carry it too
	Codes      []int32
	All        bool // matches every message, whatever its tag
}

// Match reports whether a message with this tag code passes. It is meaningless unless Language is Tags.
func (s *Subscription) Match(tagsCode int64) bool {
	if s.All {
		return true
	}
	// Java compares the low 32 bits too: Long.intValue.
	_, found := slices.BinarySearch(s.Codes, int32(tagsCode))
	return found
}

func newSubscription(d *protocol.SubscriptionData) *Subscription {
	s := &Subscription{
		Topic:      d.Topic,
		Expression: d.SubString,
		Language:   languageOf(d.ExpressionType),
		Type:       d.ExpressionType,
		Version:    d.SubVersion,
		All:        d.SubString == allTags,
	}
	if s.Language == Tags && !s.All {
		s.Codes = tagCodes(d.CodeSet, d.TagsSet, d.SubString)
	}
	return s
}

// languageOf reads an expressionType. Clients of 3.x and 4.0 send none.
func languageOf(expressionType string) Language {
	switch expressionType {
	case "", protocol.ExpressionTag:
		return Tags
	case protocol.ExpressionSQL92:
		return SQL92
	}
	return Other
}

// tagCodes returns the sorted codes of a tag expression: those that the client sent, or else those
// of its tags, or else those of the tags in the expression. Some clients leave out one or both.
func tagCodes(codes []int32, tags []string, expression string) []int32 {
	codes = slices.Clone(codes)
	if len(codes) == 0 {
		if len(tags) == 0 {
			tags = splitTags(expression)
		}
		for _, tag := range tags {
			codes = append(codes, jvalue.HashCode(tag))
		}
	}
	slices.Sort(codes)
	if all := len(codes); all > 0 {
		if codes = slices.Compact(codes); len(codes) < all/2 {
			codes = slices.Clone(codes)
		}
	}
	return codes
}

// sizeOf is about how many bytes the subscriptions of a group take.
func sizeOf(subs map[string]*Subscription) (n int) {
	for _, s := range subs {
		n += s.size()
	}
	return n
}

// sizeAfter is sizeOf what merge returns.
func sizeAfter(cur, in map[string]*Subscription) (n int) {
	for topic, s := range in {
		if old := cur[topic]; old != nil && s.Version <= old.Version {
			s = old
		}
		n += s.size()
	}
	return n
}

func (s *Subscription) size() int {
	const each = 200 // of the struct and its place in the map
	return each + len(s.Topic) + len(s.Expression) + len(s.Type) + 4*len(s.Codes)
}

// splitTags reads "TagA || TagB". Java: FilterAPI.buildSubscriptionData.
func splitTags(expression string) []string {
	if expression == "" || expression == allTags {
		return nil
	}
	var tags []string
	for tag := range strings.SplitSeq(expression, "||") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

// merge returns what a group subscribes to after a heartbeat that names in, and whether topics came
// or went. Of two subscriptions to one topic the one with the larger version counts; topics that the
// heartbeat does not name are gone. cur is returned if nothing is different.
//
// Java: ConsumerGroupInfo.updateSubscription.
func merge(cur, in map[string]*Subscription) (next map[string]*Subscription, topicsChanged bool) {
	next = make(map[string]*Subscription, len(in))
	replaced := false
	for topic, s := range in {
		old := cur[topic]
		switch {
		case old == nil:
			topicsChanged = true
		case s.Version <= old.Version:
			s = old
		default:
			replaced = true
		}
		next[topic] = s
	}
	topicsChanged = topicsChanged || len(cur) != len(in)
	if !topicsChanged && !replaced {
		return cur, false
	}
	return next, topicsChanged
}

// covers reports whether a heartbeat that names in changes nothing of a group that subscribes to cur.
func covers(cur, in map[string]*Subscription) bool {
	if len(cur) != len(in) {
		return false
	}
	for topic, s := range in {
		if old := cur[topic]; old == nil || s.Version > old.Version {
			return false
		}
	}
	return true
}
