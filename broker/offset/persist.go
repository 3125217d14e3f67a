package offset

import (
	"hash/maphash"

	"github.com/gannetmq/gannet/store/vfs"
)

// Open loads config/consumerOffset.json from the data directory. Start runs the writer.
func Open(fs vfs.FS, o Options) (*Table, error) {
	o.fill()
	t := &Table{opts: o, fs: fs, seed: maphash.MakeSeed(), stop: make(chan struct{})}
	for i := range t.shards {
		t.shards[i].keys = make(map[string]queues)
	}
	return t, nil
}
