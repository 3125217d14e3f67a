package lock_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/lock"
	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

func serve(t testing.TB) (*lock.Table, *remoting.Router) {
	t.Helper()
	table := lock.New(lock.Options{})
	pool := remoting.NewPool("admin", 1, 64)
	t.Cleanup(func() {
		if err := pool.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return table, peer.Router(t, table.Routes(pool))
}

func parse(t *testing.T, body []byte, into any) {
	t.Helper()
	if err := fastjson.Unmarshal(body, into); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
}

// What Java did not grant was held by another client at that moment.
func TestGoldenLock(t *testing.T) {
	frames := peer.Recorded(t, 41, 6)
	for i := range frames {
		f := &frames[i]
		table, router := serve(t)
		java := peer.Decode(t, f.Response)
		var asked protocol.LockBatchRequest
		var want protocol.LockBatchResponse
		if java.Code == 0 {
			parse(t, peer.Decode(t, f.Request).Body, &asked)
			parse(t, java.Body, &want)
		}
		for _, q := range asked.MQSet {
			if !slices.Contains(want.LockOKMQSet, q) {
				if _, err := table.Lock(asked.ConsumerGroup, "another", []protocol.MessageQueue{q}); err != nil {
					t.Fatal(err)
				}
			}
		}
		answer := peer.Ask(t, router, f.Request)
		peer.LikeJava(t, f, answer)
		if string(answer.Body) != string(java.Body) {
			t.Errorf("%s: body %s, Java %s", f.ReqFile, answer.Body, java.Body)
		}
	}
}

func TestGoldenUnlock(t *testing.T) {
	frames := peer.Recorded(t, 42, 4)
	for i := range frames {
		f := &frames[i]
		table, router := serve(t)
		var asked protocol.LockBatchRequest
		parse(t, peer.Decode(t, f.Request).Body, &asked)
		if _, err := table.Lock(asked.ConsumerGroup, asked.ClientID, asked.MQSet); err != nil {
			t.Fatal(err)
		}
		peer.LikeJava(t, f, peer.Ask(t, router, f.Request))
		if n := table.Len(); n != 0 {
			t.Errorf("%s: %d queues are still locked", f.ReqFile, n)
		}
	}
}

func frame(t testing.TB, code int32, body string) []byte {
	t.Helper()
	m := remoting.Message{Code: code, Body: []byte(body)}
	b, err := m.Append(nil, new(wire.Encoder), wire.Head{Opaque: 7})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestHostileBodies(t *testing.T) {
	long := strings.Repeat("x", 256)
	queues := func(n int) string {
		return strings.TrimSuffix(strings.Repeat(`{"topic":"T","brokerName":"b","queueId":0},`, n), ",")
	}
	tests := []struct {
		body string
		code int32
	}{
		{`{"consumerGroup":"G","clientId":"c","mqSet":[{"topic":"T","brokerName":"b","queueId":0}]}`, 0},
		{`{"consumerGroup":"G","clientId":"c","mqSet":null}`, 0},
		{`{"consumerGroup":"G","clientId":"c"}`, 0},
		{`{"consumerGroup":"G","clientId":"c","mqSet":[{"topic":"T","brokerName":"b","queueId":-1}]}`, 29},
		{`{"consumerGroup":"","clientId":"c","mqSet":[]}`, 29},
		{`{"consumerGroup":"` + long + `","clientId":"c","mqSet":[]}`, 29},
		{`{"consumerGroup":"G","mqSet":[]}`, 29},
		{`{"consumerGroup":"G","clientId":"c","mqSet":[{"topic":"` + long + `","brokerName":"b","queueId":0}]}`, 29},
		{`{"consumerGroup":"G","clientId":"c","mqSet":[` + queues(10_001) + `]}`, 29},
		{`{"consumerGroup":"` + strings.Repeat("x", 10<<20) + `"}`, 29},
		{strings.Repeat("[", 1<<20), 1},
		{`{"mqSet":{}}`, 1},
		{`not json`, 1},
		{``, 1},
	}
	_, router := serve(t)
	for _, tt := range tests {
		for _, code := range []int32{41, 42} {
			got := peer.Ask(t, router, frame(t, code, tt.body))
			if got.Code != tt.code || len(got.Remark) > 1000 || (got.Code == 0) == (len(got.Remark) > 0) {
				t.Errorf("code %d, %.80q: %d %.100q, want %d", code, tt.body, got.Code, got.Remark, tt.code)
			}
		}
	}
}

func TestAccess(t *testing.T) {
	guard := new(guard)
	pool := remoting.NewPool("admin", 1, 4)
	defer func() {
		if err := pool.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	router, err := remoting.NewRouter(lock.New(lock.Options{}).Routes(pool), remoting.Options{Authorizer: guard})
	if err != nil {
		t.Fatal(err)
	}
	body := `{"consumerGroup":"G","clientId":"c","mqSet":[{"topic":"T","brokerName":"b"},{"topic":"%RETRY%G","brokerName":"b"}]}`
	want := []remoting.Resource{{Kind: remoting.KindGroup, Name: "G"}, {Kind: remoting.KindTopic, Name: "T"}}
	for _, code := range []int32{41, 42} {
		peer.Ask(t, router, frame(t, code, body))
		if guard.action != remoting.ActionSub || !slices.Equal(guard.resources, want) {
			t.Errorf("code %d: action %d on %v, want %v", code, guard.action, guard.resources, want)
		}
		peer.Ask(t, router, frame(t, code, `{`))
		if len(guard.resources) != 0 {
			t.Errorf("code %d without a readable body touches %v", code, guard.resources)
		}
	}
}

// guard allows everything and remembers what it was asked last.
type guard struct {
	action    remoting.Action
	resources []remoting.Resource
}

func (g *guard) Authorize(_ *remoting.Request, action remoting.Action, resources []remoting.Resource) error {
	g.action, g.resources = action, slices.Clone(resources)
	return nil
}

// The answer is a list also when nothing was granted: Java dereferences it.
func TestAnswerIsAlwaysAList(t *testing.T) {
	_, router := serve(t)
	got := peer.Ask(t, router, frame(t, 41, `{"consumerGroup":"G","clientId":"c","mqSet":[]}`))
	if string(got.Body) != `{"lockOKMQSet":[]}` {
		t.Errorf("body %s", got.Body)
	}
}

// There is no replica to be asked: whether a request is for this broker only, or says that it wants more, changes nothing.
func TestThisBrokerOnly(t *testing.T) {
	for _, extra := range []string{`"onlyThisBroker":true`, `"onlyThisBroker":false`, `"lockInStrictMode":true`} {
		_, router := serve(t)
		const queue = `{"brokerName":"b","queueId":0,"topic":"T"}`
		for _, step := range []struct {
			client string
			code   int32
			want   string
		}{
			{"c", 41, `{"lockOKMQSet":[` + queue + `]}`}, {"d", 41, `{"lockOKMQSet":[]}`}, {"d", 42, ""},
			{"d", 41, `{"lockOKMQSet":[]}`}, {"c", 42, ""}, {"d", 41, `{"lockOKMQSet":[` + queue + `]}`},
		} {
			body := fmt.Sprintf(`{"consumerGroup":"G","clientId":%q,%s,"mqSet":[%s]}`, step.client, extra, queue)
			if got := peer.Ask(t, router, frame(t, step.code, body)); got.Code != 0 || string(got.Body) != step.want {
				t.Errorf("%s, code %d of %s: %d %s, want 0 %s", extra, step.code, step.client, got.Code, got.Body, step.want)
			}
		}
	}
}

// Whatever a body says, what is granted was asked for, and is plain JSON.
func FuzzLock(f *testing.F) {
	f.Add([]byte(`{"consumerGroup":"G","clientId":"c","mqSet":[{"topic":"T","brokerName":"b","queueId":0}]}`))
	f.Add([]byte(`{consumerGroup:'G',clientId:1,mqSet:[{topic:"\u0000",brokerName:"../",queueId:"7"},]}`))
	_, router := serve(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		got := peer.Ask(t, router, frame(t, 41, string(body)))
		if got.Code != 0 {
			if len(got.Remark) == 0 {
				t.Fatalf("%q: code %d without a remark", body, got.Code)
			}
			return
		}
		var asked protocol.LockBatchRequest
		var granted struct{ LockOKMQSet []map[string]any }
		if err := fastjson.Unmarshal(body, &asked); err != nil {
			t.Fatalf("%q was accepted: %v", body, err)
		}
		if err := json.Unmarshal(got.Body, &granted); err != nil {
			t.Fatalf("%q answered with %q: %v", body, got.Body, err)
		}
		if len(granted.LockOKMQSet) > len(asked.MQSet) || granted.LockOKMQSet == nil {
			t.Fatalf("%q answered with %q", body, got.Body)
		}
		if again := peer.Ask(t, router, frame(t, 41, string(body))); !reflect.DeepEqual(again.Body, got.Body) {
			t.Fatalf("asked again: %s, before: %s", again.Body, got.Body)
		}
		if got := peer.Ask(t, router, frame(t, 42, string(body))); got.Code != 0 {
			t.Fatalf("unlock: %s", fmt.Sprint(got.Code, string(got.Remark)))
		}
	})
}
