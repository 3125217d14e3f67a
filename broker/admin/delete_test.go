package admin

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// tables are all of a broker's tables, and note what is done to them.
type tables struct {
	topics  []string
	groups  []string
	offsets []string // topic@group
	queues  []string // topics
	fail    error    // of the store
	done    []string
}

func (f *tables) note(format string, args ...any) {
	f.done = append(f.done, fmt.Sprintf(format, args...))
}

type topics struct{ *tables }

func (f topics) Guarded(name string) bool { return name == "TBW102" }
func (f topics) Exists(name []byte) bool  { return slices.Contains(f.topics, string(name)) }
func (f topics) Delete(name string) (bool, error) {
	f.note("topic %s", name)
	return f.Exists([]byte(name)), nil
}

type groups struct{ *tables }

func (f groups) Delete(name string) (bool, error) {
	f.note("group %s", name)
	return slices.Contains(f.groups, name), nil
}

func (f *tables) Groups(topic string) (groups []string) {
	for _, key := range f.offsets {
		if of, group, _ := strings.Cut(key, "@"); of == topic {
			groups = append(groups, group)
		}
	}
	return groups
}

func (f *tables) DropTopic(topic string) int {
	f.note("offsets of topic %s", topic)
	return 1
}

func (f *tables) DropGroup(group string) int {
	f.note("offsets of group %s", group)
	return 1
}

func (f *tables) ForgetTopic(topic string) { f.note("counters of topic %s", topic) }
func (f *tables) ForgetGroup(group string) { f.note("counters of group %s", group) }

// pending is what waits; tables has another ForgetTopic.
type pending struct{ *tables }

func (f pending) ForgetTopic(topic string) { f.note("pending of topic %s", topic) }

func (f *tables) Topics() []string { return f.queues }
func (f *tables) DeleteTopic(topic []byte) error {
	f.note("queues %s", topic)
	return f.fail
}

func (f *tables) deleter(retry bool) *Deleter {
	return &Deleter{
		Topics: topics{f}, Groups: groups{f}, Offsets: f, Queues: f, Counters: f, Pending: []Pending{pending{f}},
		RetryTopics: func() bool { return retry }, Deleted: func() { f.note("told") }, Log: slog.New(slog.DiscardHandler),
	}
}

func TestGoldenDelete(t *testing.T) {
	for code, atLeast := range map[int]int{207: 3, 215: 5, 316: 2} {
		frames := peer.Recorded(t, code, atLeast)
		for i := range frames {
			router := serve(t, new(tables).deleter(true).Routes)
			peer.LikeJava(t, &frames[i], peer.Ask(t, router, frames[i].Request))
		}
	}
}

func TestDelete(t *testing.T) {
	all := func() *tables {
		return &tables{
			topics:  []string{"T", "%RETRY%G+T", "%RETRY%H_T", "%RETRY%G", "TT"},
			offsets: []string{"T@G", "T@H", "T@I", "TT@J"}, queues: []string{"T", "gone", "%LMQ%x", "rmq_sys_x", "TT"},
		}
	}
	tests := []struct {
		code  int32
		h     wire.Header
		retry bool
		want  string
	}{
		{215, &protocol.TopicRequest{Topic: "T"}, true, "topic T, queues T, offsets of topic T, counters of topic T, pending of topic T, " +
			"topic %RETRY%G+T, queues %RETRY%G+T, offsets of topic %RETRY%G+T, counters of topic %RETRY%G+T, pending of topic %RETRY%G+T, topic %RETRY%H_T, queues %RETRY%H_T, offsets of topic %RETRY%H_T, counters of topic %RETRY%H_T, pending of topic %RETRY%H_T, told"},
		{215, &protocol.TopicRequest{Topic: "T"}, false, "topic T, queues T, offsets of topic T, counters of topic T, pending of topic T, told"},
		{215, &protocol.TopicRequest{Topic: "absent"}, true, "topic absent, queues absent, offsets of topic absent, counters of topic absent, pending of topic absent, told"},
		{207, &protocol.DeleteGroupRequest{GroupName: "G"}, true, "group G, counters of group G"},
		{207, &protocol.DeleteGroupRequest{GroupName: "G", CleanOffset: true}, true, "group G, offsets of group G, counters of group G"},
		{316, nil, true, "queues gone"},
	}
	for _, tt := range tests {
		f := all()
		got := peer.Ask(t, serve(t, f.deleter(tt.retry).Routes), frame(t, tt.code, tt.h, ""))
		if done := strings.Join(f.done, ", "); got.Code != protocol.Success || done != tt.want {
			t.Errorf("%d %v: %d %q\ngot  %s\nwant %s", tt.code, tt.h, got.Code, got.Remark, done, tt.want)
		}
	}
	for name, remark := range map[string]string{"TBW102": "The topic[TBW102] is conflict with system topic.", " ": "The specified topic is blank."} {
		f := all()
		got := peer.Ask(t, serve(t, f.deleter(true).Routes), frame(t, 215, &protocol.TopicRequest{Topic: name}, ""))
		if got.Code != protocol.InvalidParameter || string(got.Remark) != remark || f.done != nil {
			t.Errorf("%q: %d %q, done %q, want 29 %q", name, got.Code, got.Remark, f.done, remark)
		}
	}
}

// What fails is told, and what can be done is done.
func TestDeleteGoesOnAfterAFailure(t *testing.T) {
	f := &tables{topics: []string{"T"}, fail: errors.New("no such luck")}
	got := peer.Ask(t, serve(t, f.deleter(true).Routes), frame(t, 215, &protocol.TopicRequest{Topic: "T"}, ""))
	if got.Code != protocol.SystemError || !strings.Contains(string(got.Remark), "no such luck") {
		t.Errorf("%d %q, want 1 with the cause", got.Code, got.Remark)
	}
	if got, want := strings.Join(f.done, ", "), "topic T, queues T, offsets of topic T, counters of topic T, pending of topic T, told"; got != want {
		t.Errorf("done: %s, want %s", got, want)
	}
}
