package fastjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
)

// The only entries of string keyed maps that Java printed in hash order.
const (
	topicA = `"TopicA":{"attributes":{},"order":false,"perm":6,"readQueueNums":4,"topicFilterType":"SINGLE_TAG","topicName":"TopicA","topicSysFlag":0,"writeQueueNums":4}`
	topicB = `"TopicB":{"attributes":{"message.type":"DELAY"},"order":false,"perm":6,"readQueueNums":4,"topicFilterType":"SINGLE_TAG","topicName":"TopicB","topicSysFlag":0,"writeQueueNums":4}`
)

// TestBodiesAgainstFacts reads each body that Java printed into a Go type made
// for it and prints it again. The type is inferred from the text: a struct
// where keys are strings, so that members must ascend, maps elsewhere.
func TestBodiesAgainstFacts(t *testing.T) {
	var facts struct {
		Bodies map[string]json.RawMessage
	}
	golden.Facts(t, "fastjson", &facts)
	checked := 0
	for name, raw := range facts.Bodies {
		var body string
		if json.Unmarshal(raw, &body) != nil || !strings.HasPrefix(body, "{") && !strings.HasPrefix(body, "[") {
			continue // a number, a list of texts, bytes in base64
		}
		switch name {
		case "odd strings", "BatchAck.bitSet round trip":
			continue // see TestOddStrings; not a body
		}
		append := Append
		if strings.Contains(name, "standardJson") {
			append = AppendStrict
		}
		checked++
		t.Run(name, func(t *testing.T) {
			v := reflect.New(inferType(t, body))
			err := Unmarshal([]byte(body), v.Interface())
			if strings.Contains(body, `"$ref"`) {
				if !errors.Is(err, ErrReference) {
					t.Errorf("error %v, want ErrReference", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Replace(body, topicB+","+topicA, topicA+","+topicB, 1)
			if got := string(append(nil, v.Interface())); got != want {
				t.Errorf("\ngot  %s\nwant %s", got, want)
			}
		})
	}
	if checked < 90 {
		t.Errorf("%d bodies checked, want at least 90", checked)
	}
}

// node is what is known of the values at one place of a text.
type node struct {
	kind    string // int, float, string, bool, list, object, intMap, objectMap
	members map[string]*node
	key     *node
	elem    *node
}

func inferType(t *testing.T, text string) reflect.Type {
	t.Helper()
	s := scanner{data: []byte(text)}
	var root node
	if err := s.infer(&root); err != nil {
		t.Fatal(err)
	}
	return root.goType()
}

// infer reads one value and adds to n what it shows.
func (s *scanner) infer(n *node) error {
	switch c := s.peek(); {
	case c == '{':
		return s.inferObject(n)
	case c == '[':
		n.kind = "list"
		n.elem = orNew(n.elem)
		return s.inferAll('[', ']', func() error { return s.infer(n.elem) })
	case isQuote(c):
		n.kind = "string"
		_, err := s.text()
		return err
	}
	if text, whole := s.number(); len(text) > 0 {
		if n.kind = "float"; whole {
			n.kind = "int"
		}
		return nil
	}
	n.kind = "bool"
	if len(s.word()) == 0 {
		return s.unexpected("a value")
	}
	return nil
}

func (s *scanner) inferObject(n *node) error {
	if n.kind == "" {
		n.kind = "object"
		n.members = make(map[string]*node)
	}
	return s.inferAll('{', '}', func() error {
		var elem *node
		switch c := s.peek(); {
		case c == '{':
			n.kind, n.key, n.elem = "objectMap", orNew(n.key), orNew(n.elem)
			elem = n.elem
			if err := s.infer(n.key); err != nil {
				return err
			}
		case isQuote(c):
			name, err := s.text()
			if err != nil {
				return err
			}
			elem = orNew(n.members[string(name)])
			n.members[string(name)] = elem
		default:
			n.kind, n.elem = "intMap", orNew(n.elem)
			elem = n.elem
			s.number()
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		return s.infer(elem)
	})
}

func (s *scanner) inferAll(opening, closing byte, one func() error) error {
	if err := s.open(opening); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.more(first, closing)
		if err != nil || !more {
			return err
		}
		if err := one(); err != nil {
			return err
		}
	}
}

func orNew(n *node) *node {
	if n == nil {
		return new(node)
	}
	return n
}

func (n *node) goType() reflect.Type {
	switch n.kind {
	case "bool":
		return reflect.TypeFor[bool]()
	case "float":
		return reflect.TypeFor[float64]()
	case "string":
		return reflect.TypeFor[string]()
	case "list":
		return reflect.SliceOf(n.elem.goType())
	case "intMap":
		return reflect.MapOf(reflect.TypeFor[int32](), n.elem.goType())
	case "objectMap":
		return reflect.MapOf(n.key.structType(false), n.elem.goType())
	case "object":
		return n.structType(true)
	}
	return reflect.TypeFor[int64]()
}

// structType is a struct of the members, by pointers if some may be missing.
func (n *node) structType(pointers bool) reflect.Type {
	var fields []reflect.StructField
	for name, member := range n.members {
		f := reflect.StructField{
			Name: fmt.Sprintf("F%d", len(fields)),
			Type: member.goType(),
			Tag:  reflect.StructTag(fmt.Sprintf(`json:%q`, name)),
		}
		if pointers {
			f.Type = reflect.PointerTo(f.Type)
		}
		fields = append(fields, f)
	}
	return reflect.StructOf(fields)
}

func TestOddStrings(t *testing.T) {
	var facts struct {
		Bodies struct {
			Odd string `json:"odd strings"`
		}
	}
	golden.Facts(t, "fastjson", &facts)
	var odd struct {
		Ctrl string    `json:"ctrl"`
		Uni  string    `json:"uni"`
		Lone string    `json:"lone"`
		Dbl  []float64 `json:"dbl"`
		Long int64     `json:"long"`
	}
	if err := Unmarshal([]byte(facts.Bodies.Odd), &odd); err != nil {
		t.Fatal(err)
	}
	if want := "\x01\x02\t\n\r\b\f\"\\/<>&'\x7f\u2028\ufeff"; odd.Ctrl != want {
		t.Errorf("ctrl = %q, want %q", odd.Ctrl, want)
	}
	if want := []float64{0, 1, .1, 1e10, 1e-5, 123456789.123, 1e21}; !slices.Equal(odd.Dbl, want) {
		t.Errorf("dbl = %v, want %v", odd.Dbl, want)
	}
	// Java's map kept the order of insertion, so the members are compared alone.
	for name, v := range map[string]any{"ctrl": odd.Ctrl, "uni": odd.Uni, "lone": odd.Lone, "dbl": odd.Dbl, "long": odd.Long} {
		if member := `"` + name + `":` + string(Append(nil, v)); !strings.Contains(facts.Bodies.Odd, member) {
			t.Errorf("%s is not in %s", member, facts.Bodies.Odd)
		}
	}
}
