package fastjson

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	deep := func(levels int) string {
		return `{"unknown":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + "}"
	}
	for text, want := range map[string]error{
		deep(MaxDepth):     nil,
		deep(MaxDepth + 1): ErrDepth,
		`{"keyMap":{` + strings.Repeat("{x:", MaxDepth): ErrDepth,
		`{"unknown":` + strings.Repeat("{", 100):        ErrDepth,
		`{"bean":{"$ref":"$"}}`:                         ErrReference,
		`{"bean":{'\u0024ref':1}}`:                      ErrReference,
		`{"stringMap":{"$ref":"$"}}`:                    ErrReference,
		`{"keyMap":{{"$ref":"$"}:1}}`:                   ErrReference,
		`{"intMap":{"$ref":"$"}}`:                       ErrReference,
		`{"unknown":{"$ref":"$"},"i":1}`:                nil,
		`{"i":99999999999}`:                             ErrValue,
		`{"l":1e19}`:                                    ErrValue,
		`{"l":1e-999999999}`:                            nil,
		`{"d":1e999}`:                                   ErrValue,
		`{"b":7.5}`:                                     ErrValue,
		`{"intMap":{99999999999:1}}`:                    ErrValue,
		`{"i":{"a":1}}`:                                 ErrValue,
		`{"bytes":"*"}`:                                 ErrValue,
		``:                                              ErrSyntax,
		`{"i"`:                                          ErrSyntax,
		`{"keyMap":[[{"topic":"T"},1,2]]}`:              ErrSyntax,
		`{"keyMap":{"{}x":1}}`:                          ErrSyntax,
		`{"s":"\`:                                       ErrSyntax,
		"{\"s\":\x00}":                                  ErrSyntax,
	} {
		var s sample
		if err := Unmarshal([]byte(text), &s); !errors.Is(err, want) {
			t.Errorf("%.80s: %v, want %v", text, err, want)
		}
	}
}

func TestErrorTellsThePlace(t *testing.T) {
	var s sample
	err := Unmarshal([]byte(`{"bean":{"queueId":"x"}}`), &s)
	for _, part := range []string{`"bean"`, `"queueId"`, "byte 22", `"x"`, "int32"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not tell %s", err, part)
		}
	}
}

// A hostile value may be long; the error, which may be answered and logged, is not.
func TestErrorsAreShort(t *testing.T) {
	digits := strings.Repeat("9", 1_000_000)
	for _, text := range []string{
		`{"i":` + digits + `}`, `{"l":"` + digits + `"}`, `{"i":` + digits + `.5}`, `{"d":` + digits + `}`,
		`{"b":` + digits + `}`, `{"b":"` + digits + `"}`, `{"intMap":{` + digits + `:1}}`,
	} {
		var s sample
		err := Unmarshal([]byte(text), &s)
		if err == nil || len(err.Error()) > 300 {
			t.Errorf("%.20s…: got an error of %d bytes, want one of at most 300", text, len(fmt.Sprint(err)))
		}
	}
}

// inner and outer show what Vectors.java cannot: tags, embedding, defaults.
type inner struct {
	Perm  int32 `json:"perm"`
	Queue int32 `json:"queue"`
}

func (i *inner) SetDefaults() { i.Perm, i.Queue = 6, 16 }

type outer struct {
	inner
	Hidden  int              `json:"-"`
	Remark  string           `json:"remark,omitempty"`
	Names   []string         `json:"names" fastjson:"notnull"`
	Empty   []string         `json:"empty,omitempty"`
	Table   map[string]inner `json:"table" fastjson:"notnull"`
	List    []*inner         `json:"list"`
	Pointer *inner           `json:"pointer"`
	Self    *outer           `json:"self"`
	private func()
}

func TestTags(t *testing.T) {
	v := outer{Hidden: 1, Empty: []string{}, private: func() {}}
	if got, want := string(Append(nil, v)), `{"names":[],"perm":0,"queue":0,"table":{}}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	v = outer{inner: inner{Perm: 1}, Remark: "r", Self: &outer{}}
	want := `{"names":[],"perm":1,"queue":0,"remark":"r","self":{"names":[],"perm":0,"queue":0,"table":{}},"table":{}}`
	if got := string(Append(nil, v)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDefaults(t *testing.T) {
	v := outer{inner: inner{Queue: 8}, Remark: "old", Names: []string{"old"}}
	text := `{"perm":2,"remark":null,"list":[{"perm":1},{},null],"table":{"a":{"queue":4}},"pointer":{},"self":{"pointer":{"perm":3}}}`
	if err := Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	want := outer{
		inner: inner{2, 8}, Names: []string{"old"}, List: []*inner{{1, 16}, {6, 16}, nil},
		Table: map[string]inner{"a": {6, 4}}, Pointer: &inner{6, 16},
		Self: &outer{inner: inner{6, 16}, Pointer: &inner{3, 16}},
	}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("got  %s\nwant %s", Append(nil, v), Append(nil, want))
	}
}

func TestMistakesPanic(t *testing.T) {
	for name, mistake := range map[string]func(){
		"no pointer":  func() { _ = Unmarshal(nil, sample{}) },
		"nil pointer": func() { _ = Unmarshal(nil, (*sample)(nil)) },
		"untagged":    func() { Append(nil, struct{ A int }{}) },
		"unknown option": func() {
			Append(nil, struct {
				A int `json:"a,string"`
			}{})
		},
		"double name": func() {
			Append(nil, struct {
				inner
				Perm int32 `json:"perm"`
			}{})
		},
		"unsigned":  func() { Append(nil, uint32(1)) },
		"interface": func() { Append(nil, []any{1}) },
		"bool keys": func() { Append(nil, map[bool]int{}) },
	} {
		func() {
			defer func() {
				if r, _ := recover().(string); !strings.HasPrefix(r, "BUG: fastjson: ") {
					t.Errorf("%s: recovered %q, want a BUG", name, r)
				}
			}()
			mistake()
		}()
	}
}

func TestConcurrentPlans(t *testing.T) {
	type fresh struct {
		Next *fresh `json:"next"`
		Q    queue  `json:"q"`
	}
	const text = `{"next":{"q":{"queueId":2}},"q":{"queueId":1}}`
	results := make(chan error)
	for range 8 {
		go func() {
			var v fresh
			err := Unmarshal([]byte(text), &v)
			if err == nil && (v.Next == nil || v.Next.Q.QueueID != 2) {
				err = errors.New("wrong value")
			}
			results <- err
		}()
	}
	for range 8 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

// TestLinear guards against work that grows faster than the text: 16 times the
// text may not allocate 40 times the memory.
func TestLinear(t *testing.T) {
	allocated := func(n int) uint64 {
		text := []byte(`{"unknown":[` + strings.Repeat(`{"a":'\u0041'},`, n) + `],"stringSet":[` +
			strings.Repeat(`"\t",`, n) + `],"keyMap":{` + strings.Repeat(`{"queueId":1}:1,`, n) + `}}`)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var s sample
		if err := Unmarshal(text, &s); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	allocated(1) // the plan
	small, large := allocated(1000), allocated(16000)
	if large > 40*small {
		t.Errorf("%v bytes for 16 times the text that takes %v", large, small)
	}
}
