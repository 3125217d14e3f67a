package offset

import (
	"fmt"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// LightFile is where the table is kept instead of File when there are light queues (enableLmq). It has one
// member more, the offsets of groups whose name is that of a light queue: those have one queue, number 0.
//
//	{
//		"dataVersion":{ … },
//		"groupTopicMap":{ … },
//		"lmqOffsetTable":{
//			"%LMQ%a@%LMQ%G1":12,
//			"%LMQ%b@%LMQ%G1":3
//		},
//		"offsetTable":{ … }
//	}
//
// Where there is none yet, File is read: Java begins with nothing then. Java: LmqConsumerOffsetManager.
const LightFile = "config/lmqConsumerOffset.json"

// lightFile is the content of LightFile.
type lightFile struct {
	Version protocol.DataVersion `json:"dataVersion"`
	Topics  map[string][]string  `json:"groupTopicMap"`
	Light   map[string]int64     `json:"lmqOffsetTable"`
	Offsets map[string]queues    `json:"offsetTable"`
}

func decodeLight(b []byte) (file, error) {
	var f lightFile
	if err := fastjson.Unmarshal(b, &f); err != nil {
		return file{}, fmt.Errorf("%s: %w", LightFile, err)
	}
	all := file{Version: f.Version, Offsets: f.Offsets}
	if all.Offsets == nil {
		all.Offsets = make(map[string]queues, len(f.Light))
	}
	for key, off := range f.Light {
		all.Offsets[key] = queues{0: off}
	}
	return all, nil
}

// lightContent takes the offsets of light groups apart from the others.
func lightContent(v protocol.DataVersion, offsets map[string]queues) *lightFile {
	light := make(map[string]int64)
	for key, q := range offsets {
		if _, group, ok := splitKey(key); ok && record.IsLight(group) {
			light[key] = q[0]
			delete(offsets, key)
		}
	}
	f := content(v, offsets)
	return &lightFile{Version: f.Version, Topics: f.Topics, Light: light, Offsets: f.Offsets}
}

// queueOf is the queue under which a group's offset is kept: for a light group always the only one there is.
func (t *Table) queueOf(group []byte, queue int32) int32 {
	if t.opts.Light && record.IsLight(group) {
		return 0
	}
	return queue
}
