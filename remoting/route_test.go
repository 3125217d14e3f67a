package remoting

import (
	"slices"
	"testing"

	"github.com/gannetmq/gannet/remoting/wire"
)

func TestExtractors(t *testing.T) {
	r := &Request{Cmd: wire.Command{Ext: []wire.Pair{{Key: []byte("b"), Value: []byte("T")}, {Key: []byte("group"), Value: []byte("G")}}}}
	topic, group, absent := Field(KindTopic, "topic", "b"), Field(KindGroup, "group"), Field(KindGroup, "none")
	for name, c := range map[string]struct {
		extract Extractor
		want    []Resource
	}{
		"the second name":   {topic, []Resource{{KindTopic, "T"}}},
		"in order":          {Both(topic, group), []Resource{{KindTopic, "T"}, {KindGroup, "G"}}},
		"in the other":      {Both(group, topic), []Resource{{KindGroup, "G"}, {KindTopic, "T"}}},
		"one is not there":  {Both(absent, topic), []Resource{{KindTopic, "T"}}},
		"the whole cluster": {EveryCluster, []Resource{{KindCluster, ""}}},
		"nothing":           {NoResource, nil},
	} {
		if got := c.extract(r, nil); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
