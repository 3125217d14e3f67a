package replay

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Each change of an answer is found, and no answer differs from itself.
func TestCompareFinds(t *testing.T) {
	const route = "105_GET_ROUTEINFO_BY_TOPIC/json-java-4.9.4-01.req.bin"
	found := make(map[string]bool)
	for _, f := range golden.Frames(t) {
		if f.Response == nil {
			continue
		}
		want := decode(t, f.Response)
		if list := compare(f.Code, want, want); len(list) > 0 {
			t.Errorf("%s differs from itself: %v", f.ReqFile, list)
		}
		if f.ReqFile != route {
			continue
		}
		for aspect, change := range map[string]func(c *wire.Command){
			inCode:   func(c *wire.Command) { c.Code = 17 },
			inRemark: func(c *wire.Command) { want.Remark = []byte("why") },
			inFields: func(c *wire.Command) { c.Ext = append(c.Ext, wire.Pair{Key: []byte("more")}) },
			inBody:   func(c *wire.Command) { c.Body = []byte(`{"brokerDatas":[{"brokerAddrs":{0:1}}]}`) },
		} {
			got := decode(t, f.Response)
			change(got)
			list := compare(f.Code, got, want)
			want.Remark = nil
			found[aspect] = len(list) == 1 && list[0].aspect == aspect
			if !found[aspect] {
				t.Errorf("a change of the %s: found %v", aspect, list)
			}
		}
		if list := compare(f.Code, nil, want); len(list) != 1 || list[0].aspect != inAnswer {
			t.Errorf("without an answer: found %v", list)
		}
	}
	if len(found) != 4 {
		t.Errorf("%d changes were tried, want 4: is %s there?", len(found), route)
	}
}

func TestShape(t *testing.T) {
	for _, c := range []struct {
		got, want string
		same      bool
	}{
		{`{"a":1,"b":"x"}`, `{"b":"y","a":2.5}`, true},
		{`{"a":1}`, `{"a":"1"}`, false},
		{`{"a":1}`, `{"a":1,"b":null}`, false},
		{`{"offsetTable":{"T@G":{0:1}}}`, `{"offsetTable":{"U@H":{3:7,4:8}}}`, true},
		{`{"offsetTable":{"T@G":{0:1}}}`, `{"offsetTable":{}}`, true},
		{`{"offsetTable":{}}`, `{"offsetTable":{"T@G":{0:1}}}`, false},
		{`{"topicList":["T"]}`, `{"topicList":[]}`, true},
		{`{"topicList":[]}`, `{"topicList":["T"]}`, false},
		{`{"topicList":null}`, `{"topicList":["T"]}`, false},
		{`{"other":{"T@G":1}}`, `{"other":{"U@H":1}}`, false},
		{`{{"q":0,"t":"a\"}"}:{"max":1}}`, `{{"q":1,"t":"b"}:{"max":2}}`, true},
		{`{{"q":0}:{"max":1}}`, `{{"q":0}:{"min":1}}`, false},
		{`[1,"a"]`, `["a",1]`, true},
		{`[1]`, `[true]`, false},
		{`{"a":1`, `{"a":1}`, false},
		{`{"a":1}{`, `{"a":1}`, false},
	} {
		if bad := compareJSON(0, c.got, c.want); (len(bad) == 0) != c.same {
			t.Errorf("%s and %s: got %q, want the same: %v", c.got, c.want, bad, c.same)
		}
	}
}

// A line excuses the paths that it names, whole or by how they begin, and no others; what it names must be there.
func TestExcuses(t *testing.T) {
	body := difference{aspect: inBody, paths: []string{"+$.a:string", "-$.b.c:number", "-$.b:object"}}
	code := difference{aspect: inCode}
	for _, c := range []struct {
		listed  string
		list    []difference
		excused bool
	}{
		{"code", []difference{code}, true},
		{"code", []difference{code, body}, false},
		{"code,remark", []difference{code}, false},
		{"body", []difference{body}, false},
		{"body +$.a:string -$.b.c:number -$.b:object", []difference{body}, true},
		{"code,body +$.a:string -$.b*", []difference{code, body}, true},
		{"body +$.a:string -$.b*", []difference{code, body}, false},
		{"body +$.a:string -$.b:object", []difference{body}, false},
		{"body +* -$.b*", []difference{body}, true},
		{"body +*", []difference{body}, false},
		{"body +$.a:string -$.b* -$.c:bool", []difference{body}, false},
		{"body +$.a:string -$.b* +$.c*", []difference{body}, false},
	} {
		d := &deviations{exchanges: make(map[string]deviation), used: make(map[string]bool)}
		if !d.add([]string{"exchange", "x", c.listed, "reason"}) {
			t.Errorf("%s is not understood", c.listed)
		}
		dev := d.exchanges["x"]
		if got := dev.excuses(c.list); got != c.excused {
			t.Errorf("%s excuses %+v: got %v, want %v", c.listed, c.list, got, c.excused)
		}
	}
}
