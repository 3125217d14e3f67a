package offset_test

import (
	"bytes"
	"path"
	"slices"
	"testing"

	"github.com/gannetmq/gannet/broker/offset"
	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/vfs"
)

// Of the table that Java answered with, ours answers with the same.
func TestGoldenAll(t *testing.T) {
	seen := 0
	for _, f := range golden.Frames(t) {
		if f.Code != 43 {
			continue
		}
		seen++
		java := peer.Decode(t, f.Response).Body
		fs := vfs.NewMem()
		if err := fs.MkdirAll(path.Dir(offset.File)); err != nil {
			t.Fatal(err)
		}
		if err := jsonfile.Store(fs, offset.File, java); err != nil {
			t.Fatal(err)
		}
		_, router := serveOn(t, fs, &fakeStore{})
		got := peer.Ask(t, router, f.Request)
		peer.LikeJava(t, &f, got)
		if got, want := canonical(t, got.Body), canonical(t, java); !bytes.Equal(got, want) {
			t.Errorf("%s:\ngot  %s\nwant %s", f.ReqFile, got, want)
		}
	}
	if seen < 3 {
		t.Errorf("%d recorded frames of code 43, want 3", seen)
	}
}

// canonical puts a body into our order.
func canonical(t *testing.T, body []byte) []byte {
	t.Helper()
	var table struct {
		Version protocol.DataVersion       `json:"dataVersion"`
		Topics  map[string][]string        `json:"groupTopicMap"`
		Offsets map[string]map[int32]int64 `json:"offsetTable"`
	}
	if err := fastjson.Unmarshal(body, &table); err != nil {
		t.Fatal(err)
	}
	for _, topics := range table.Topics {
		slices.Sort(topics)
	}
	return fastjson.Append(nil, &table)
}

func TestDrop(t *testing.T) {
	table := open(t, vfs.NewMem(), offset.Options{MaxOffsets: 8})
	for _, group := range []string{"G", "GG"} {
		for _, topic := range []string{"T", "TT"} {
			for queue := range int32(2) {
				if err := table.Commit([]byte(group), []byte(topic), queue, 5); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if got, want := table.Groups("T"), []string{"G", "GG"}; !slices.Equal(got, want) {
		t.Errorf("groups of T %q, want %q", got, want)
	}
	if got, want := table.Topics("GG"), []string{"T", "TT"}; !slices.Equal(got, want) {
		t.Errorf("topics of GG %q, want %q", got, want)
	}
	all := table.ByGroup()
	for _, group := range []string{"G", "GG"} {
		if got, want := slices.Sorted(slices.Values(all[group])), []string{"T", "TT"}; !slices.Equal(got, want) || len(all) != 2 {
			t.Errorf("topics of all groups %q, want %q of each", all, want)
		}
	}
	if n := table.DropTopic("T"); n != 4 {
		t.Errorf("%d offsets of T dropped, want 4", n)
	}
	if n := table.DropGroup("G"); n != 2 {
		t.Errorf("%d offsets of G dropped, want 2", n)
	}
	if n := table.DropGroup("absent"); n != 0 {
		t.Errorf("%d offsets of an absent group dropped", n)
	}
	for _, tt := range []struct {
		group, topic string
		want         bool
	}{{"G", "T", false}, {"G", "TT", false}, {"GG", "T", false}, {"GG", "TT", true}} {
		if _, ok := table.Query([]byte(tt.group), []byte(tt.topic), 1); ok != tt.want {
			t.Errorf("%s of %s: stored %t, want %t", tt.group, tt.topic, ok, tt.want)
		}
	}
	for queue := range int32(6) { // the room is there again
		if err := table.Commit([]byte("H"), []byte("U"), queue, 1); err != nil {
			t.Errorf("queue %d: %v", queue, err)
		}
	}
	if err := table.Save(); err != nil {
		t.Fatal(err)
	}
}
