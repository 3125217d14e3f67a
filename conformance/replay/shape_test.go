package replay

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// A body is JSON as fastjson writes it: names may be bare numbers, and even objects. Its shape is the set
// of its paths with their types; what is a name in one object and a datum in another is told by keyed.

// keyed are the members whose own members are named after data: topics, groups, clients.
var keyed = map[string]bool{
	"topicConfigTable": true, "offsetTable": true, "subscriptionGroupTable": true, "forbiddenTable": true,
	"brokerAddrTable": true, "clusterAddrTable": true, "brokerAddrs": true, "consumerTable": true,
	"subscriptionTable": true, "groupTopicMap": true, "data": true, "attributes": true, "topicQueueMappingInfoMap": true,
	"consumeStatsList": true, "messageRequestModeMap": true, "filterServerTable": true,
}

// node is one value: a scalar's type, or its members.
type node struct {
	kind    string // "object", "list", "string", "number", "bool", "null"
	members map[string][]*node
	list    []*node
}

var errJSON = errors.New("not JSON as fastjson writes it")

type reader struct {
	text string
	pos  int
}

// parse reads a whole text.
func parse(text string) (*node, error) {
	r := &reader{text: text}
	n, err := r.value(0)
	if err == nil && r.pos != len(text) {
		err = fmt.Errorf("%w: %d bytes are left", errJSON, len(text)-r.pos)
	}
	return n, err
}

// peek looks at the next byte behind blanks, which the Go client writes.
func (r *reader) peek() byte {
	for r.pos < len(r.text) && r.text[r.pos] == ' ' {
		r.pos++
	}
	if r.pos < len(r.text) {
		return r.text[r.pos]
	}
	return 0
}

func (r *reader) skip(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.pos++
	return true
}

func (r *reader) fail() error { return fmt.Errorf("%w: at byte %d", errJSON, r.pos) }

func (r *reader) value(depth int) (*node, error) {
	if depth > 50 {
		return nil, r.fail()
	}
	switch c := r.peek(); {
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.array(depth)
	case c == '"':
		_, err := r.quoted()
		return &node{kind: "string"}, err
	}
	word := r.word()
	switch word {
	case "true", "false":
		return &node{kind: "bool"}, nil
	case "null":
		return &node{kind: "null"}, nil
	}
	if _, err := strconv.ParseFloat(word, 64); err != nil {
		return nil, r.fail()
	}
	return &node{kind: "number"}, nil
}

func (r *reader) word() string {
	n := strings.IndexAny(r.text[r.pos:], ",:]}")
	if n < 0 {
		n = len(r.text) - r.pos
	}
	r.pos += n
	return strings.TrimSpace(r.text[r.pos-n : r.pos])
}

func (r *reader) quoted() (string, error) {
	from := r.pos + 1
	for r.pos = from; r.pos < len(r.text); r.pos++ {
		switch r.text[r.pos] {
		case '\\':
			r.pos++
		case '"':
			r.pos++
			return r.text[from : r.pos-1], nil
		}
	}
	return "", r.fail()
}

func (r *reader) array(depth int) (*node, error) {
	n := &node{kind: "list"}
	r.pos++
	for !r.skip(']') {
		if len(n.list) > 0 && !r.skip(',') {
			return nil, r.fail()
		}
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.list = append(n.list, v)
	}
	return n, nil
}

func (r *reader) object(depth int) (*node, error) {
	n := &node{kind: "object", members: make(map[string][]*node)}
	r.pos++
	for !r.skip('}') {
		if len(n.members) > 0 && !r.skip(',') {
			return nil, r.fail()
		}
		name, err := r.name(depth)
		if err != nil {
			return nil, err
		}
		if !r.skip(':') {
			return nil, r.fail()
		}
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.members[name] = append(n.members[name], v)
	}
	return n, nil
}

// name is a member's name; numbers and objects in its place are data.
func (r *reader) name(depth int) (string, error) {
	switch r.peek() {
	case '"':
		return r.quoted()
	case '{':
		_, err := r.object(depth + 1)
		return "*", err
	}
	word := r.word()
	if _, err := strconv.Atoi(word); err != nil {
		return "", r.fail()
	}
	return "*", nil
}

// shape is the paths of a value: path → its types. Under a path of opaque nothing is listed: that
// container was empty somewhere.
type shape struct {
	types  map[string][]string
	opaque map[string]bool
	fixed  bool // a table has the same names for all: the broker's runtime figures
}

func shapeOf(n *node, fixed bool) *shape {
	s := &shape{types: make(map[string][]string), opaque: make(map[string]bool), fixed: fixed}
	s.add("$", "", n)
	return s
}

func (s *shape) add(path, name string, n *node) {
	if !slices.Contains(s.types[path], n.kind) {
		s.types[path] = append(s.types[path], n.kind)
		sort.Strings(s.types[path])
	}
	if n.kind == "null" || len(n.members)+len(n.list) == 0 && (n.kind == "object" || n.kind == "list") {
		s.opaque[path] = true
	}
	for _, v := range n.list {
		s.add(path+"[]", name, v)
	}
	for member, values := range n.members {
		switch {
		case keyed[name] || name == "table" && !s.fixed:
			member = "*"
		case strings.HasPrefix(member, "commitLogDiskRatio_"): // and a path
			member = "commitLogDiskRatio_*"
		}
		for _, v := range values {
			s.add(path+"."+member, member, v)
		}
	}
}

// lackedBy lists the paths and types of s that other, ours, lacks. What is empty in other hides nothing:
// it might always be.
func (s *shape) lackedBy(other *shape) (list []string) {
	for path, types := range s.types {
		if !slices.Equal(types, other.types[path]) {
			list = append(list, path+":"+strings.Join(types, "|"))
		}
	}
	sort.Strings(list)
	return list
}

// beyond lists the paths and types of s that other, Java's, lacks, but for those below what is empty in it:
// it does not show what would be there.
func (s *shape) beyond(other *shape) (list []string) {
	for path, types := range s.types {
		if !other.hides(path) && !slices.Equal(types, other.types[path]) {
			list = append(list, path+":"+strings.Join(types, "|"))
		}
	}
	sort.Strings(list)
	return list
}

func (s *shape) hides(path string) bool {
	for under := range s.opaque {
		if strings.HasPrefix(path, under+".") || strings.HasPrefix(path, under+"[") {
			return true
		}
	}
	return false
}
