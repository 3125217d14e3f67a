package topic_test

import (
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

func BenchmarkLookup(b *testing.B) {
	table := open(b, vfs.NewMem(), options())
	name := []byte("BenchmarkTest")
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if table.Lookup(name) == nil {
				b.Fatal("not found")
			}
		}
	})
}
