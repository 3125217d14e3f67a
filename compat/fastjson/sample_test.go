package fastjson

import (
	"encoding/json"
	"errors"
	"os"
	"testing"
)

// sample mirrors the class Sample of testdata/Vectors.java.
type sample struct {
	I          int32                      `json:"i"`
	L          int64                      `json:"l"`
	D          float64                    `json:"d"`
	B          bool                       `json:"b"`
	S          *string                    `json:"s"`
	Boxed      *int32                     `json:"boxed"`
	Color      color                      `json:"color"`
	Bean       *queue                     `json:"bean"`
	Bytes      []byte                     `json:"bytes"`
	Ints       []int32                    `json:"ints"`
	Longs      []int64                    `json:"longs"`
	LongList   []*int64                   `json:"longList" fastjson:"list"`
	StringList []*string                  `json:"stringList" fastjson:"list"`
	StringSet  []string                   `json:"stringSet"`
	BeanList   []*queue                   `json:"beanList"`
	BeanSet    []queue                    `json:"beanSet" fastjson:"set"`
	StringMap  map[string]string          `json:"stringMap"`
	BeanMap    map[string]*queue          `json:"beanMap"`
	IntMap     map[int32]int64            `json:"intMap"`
	IntBeanMap map[int32]queue            `json:"intBeanMap"`
	IntListMap map[int32][]queue          `json:"intListMap"`
	KeyMap     map[queue]int64            `json:"keyMap"`
	NestedMap  map[string]map[int32]int64 `json:"nestedMap"`
	SetMap     map[string][]string        `json:"setMap"`
	ListMap    map[string][]queue         `json:"listMap"`
}

type queue struct {
	Topic      string `json:"topic,omitempty"`
	BrokerName string `json:"brokerName,omitempty"`
	QueueID    int32  `json:"queueId"`
}

// color is an enum; its zero value is Java's null.
type color uint8

var colors = []string{"", "RED", "GREEN", "BLUE"}

var errColor = errors.New("no such color")

func (c color) AppendText(b []byte) ([]byte, error) {
	if int(c) >= len(colors) {
		return b, errColor
	}
	return append(b, colors[c]...), nil
}

func (c *color) UnmarshalText(text []byte) error {
	for i, name := range colors {
		if name == string(text) {
			*c = color(i)
			return nil
		}
	}
	return errColor
}

// vectors decodes the vectors of a file that testdata/Vectors.java wrote.
func vectors[V any](t testing.TB, file string, atLeast int) []V {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var f struct{ Vectors []V }
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Vectors) < atLeast {
		t.Fatalf("%s: %d vectors, want at least %d", file, len(f.Vectors), atLeast)
	}
	return f.Vectors
}
