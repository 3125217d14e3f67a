package offset_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/gannetmq/gannet/broker/offset"
	"github.com/gannetmq/gannet/store/vfs"
)

func open(t testing.TB, fs vfs.FS, o offset.Options) *offset.Table {
	t.Helper()
	table, err := offset.Open(fs, o)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestCommit(t *testing.T) {
	table := open(t, vfs.NewMem(), offset.Options{})
	tests := []struct {
		group, topic string
		queue        int32
		off          int64
		want         error
	}{
		{"G", "T", 0, 5, nil},
		{"G", "T", 0, 3, nil}, // backwards
		{"G", "T", 1, math.MaxInt64, nil},
		{"G", "T", 65535, 1, nil},
		{"G", "%RETRY%G", 0, 0, nil},
		{strings.Repeat("g", 255), strings.Repeat("t", 255), 0, 9, nil},
		{strings.Repeat("g", 400), strings.Repeat("t", 400), 0, 10, nil}, // does not fit into the room for keys
		{"G", "T", -1, 5, offset.ErrQueue},
		{"G", "T", 65536, 5, offset.ErrQueue},
		{"G", "T", math.MaxInt32, 5, offset.ErrQueue},
		{"G@H", "T", 0, 5, offset.ErrName},
		{"G", "T@U", 0, 5, offset.ErrName},
		{"", "T", 0, 5, offset.ErrName},
		{"G", "", 0, 5, offset.ErrName},
	}
	for _, tt := range tests {
		err := table.Commit([]byte(tt.group), []byte(tt.topic), tt.queue, tt.off)
		if !errors.Is(err, tt.want) {
			t.Errorf("Commit(%.10q, %.10q, %d, %d): %v, want %v", tt.group, tt.topic, tt.queue, tt.off, err, tt.want)
		}
		if got, ok := table.Query([]byte(tt.group), []byte(tt.topic), tt.queue); tt.want == nil && (!ok || got != tt.off) {
			t.Errorf("Query(%.10q, %.10q, %d) = %d, %t, want %d", tt.group, tt.topic, tt.queue, got, ok, tt.off)
		}
	}
	if n := table.Metrics.Backwards.Load(); n != 1 {
		t.Errorf("%d commits went backwards, want 1", n)
	}
}

func TestTableIsBounded(t *testing.T) {
	disk := vfs.NewMem()
	table := open(t, disk, offset.Options{MaxOffsets: 2})
	for queue, want := range []error{nil, nil, offset.ErrFull, offset.ErrFull} {
		if err := table.Commit([]byte("G"), []byte("T"), int32(queue), 1); !errors.Is(err, want) {
			t.Errorf("queue %d: %v, want %v", queue, err, want)
		}
	}
	if err := table.Commit([]byte("G"), []byte("T"), 1, 2); err != nil {
		t.Errorf("known queue in a full table: %v", err)
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, disk, offset.Options{MaxOffsets: 2})
	if err := again.Commit([]byte("G"), []byte("T"), 7, 1); !errors.Is(err, offset.ErrFull) {
		t.Errorf("new queue in a table that was loaded full: %v, want ErrFull", err)
	}
}

// Commits, queries and saves at once, and a model to compare with in the end. Each goroutine has
// groups of its own, so that the model has one truth.
func TestConcurrentAgainstModel(t *testing.T) {
	disk := vfs.NewMem()
	table := open(t, disk, offset.Options{VersionStep: 10})
	type key struct {
		group, topic string
		queue        int32
	}
	const workers = 4
	models := make([]map[key]int64, workers)
	var wg sync.WaitGroup
	for w := range workers {
		models[w] = make(map[key]int64)
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 1))
			for range 5000 {
				k := key{fmt.Sprintf("G%d-%d", w, rng.IntN(5)), fmt.Sprintf("T%d", rng.IntN(5)), rng.Int32N(8)}
				off := rng.Int64N(1 << 40)
				if err := table.Commit([]byte(k.group), []byte(k.topic), k.queue, off); err != nil {
					t.Error(err)
				}
				models[w][k] = off
				if got, ok := table.Query([]byte(k.group), []byte(k.topic), k.queue); !ok || got != off {
					t.Errorf("%v: %d, %t after commit of %d", k, got, ok, off)
				}
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			if err := table.Save(); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, disk, offset.Options{})
	for _, model := range models {
		for k, want := range model {
			if got, ok := again.Query([]byte(k.group), []byte(k.topic), k.queue); !ok || got != want {
				t.Errorf("%v on disk: %d, %t, want %d", k, got, ok, want)
			}
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	table := open(t, vfs.NewMem(), offset.Options{})
	group, topic := []byte(strings.Repeat("g", 120)), []byte(strings.Repeat("t", 255))
	off := int64(0)
	if n := testing.AllocsPerRun(1000, func() {
		off++
		if err := table.Commit(group, topic, 3, off); err != nil {
			t.Fatal(err)
		}
		if got, ok := table.Query(group, topic, 3); !ok || got != off {
			t.Fatalf("Query = %d, %t, want %d", got, ok, off)
		}
		if _, ok := table.Query(topic, group, 3); ok {
			t.Fatal("found what was never committed")
		}
	}); n != 0 {
		t.Errorf("%v allocations per commit and query", n)
	}
}
