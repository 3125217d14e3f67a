package queuemap

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

type key struct {
	topic string
	id    int32
}

// The map holds what one keyed by both would hold, in whatever order queues come.
func TestLikeOneMap(t *testing.T) {
	ids := []int32{0, 1, 2, 3, 63, 64, 65, 127, 128, 4000, math.MaxInt32, -1, math.MinInt32}
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 0))
		var m Map[int]
		want := make(map[key]*int)
		for step := range 400 {
			k := key{fmt.Sprint("T", rng.IntN(3)), ids[rng.IntN(len(ids))]}
			if rng.IntN(3) == 0 {
				k.id = int32(rng.IntN(300))
			}
			switch rng.IntN(40) {
			case 0:
				for _, v := range m.Take(k.topic) {
					maps.DeleteFunc(want, func(of key, w *int) bool { return w == v && of.topic == k.topic })
				}
				maps.DeleteFunc(want, func(of key, w *int) bool {
					if of.topic == k.topic {
						t.Fatalf("seed %d: %v was not taken", seed, of)
					}
					return false
				})
			default:
				v := &step
				m.Put(k.topic, k.id, v)
				want[k] = v
			}
			if m.Len() != len(want) {
				t.Fatalf("seed %d: %d values, want %d", seed, m.Len(), len(want))
			}
		}
		for k, v := range want {
			if got := m.At([]byte(k.topic), k.id); got != v {
				t.Fatalf("seed %d: %v is %v, want %v", seed, k, got, v)
			}
		}
		got := slices.Collect(m.All())
		for _, v := range want {
			if !slices.Contains(got, v) {
				t.Fatalf("seed %d: All leaves out %v", seed, *v)
			}
		}
		if len(got) != len(want) || m.At([]byte("T0"), 77_777) != nil || m.At([]byte("none"), 0) != nil {
			t.Fatalf("seed %d: values that were not put", seed)
		}
		if m.Clear(); m.Len() != 0 || m.At([]byte("T0"), 0) != nil {
			t.Fatalf("seed %d: not cleared", seed)
		}
	}
}

// A number far away takes no room for those before it.
func TestFarNumbers(t *testing.T) {
	var m Map[int]
	v := 1
	m.Put("T", math.MaxInt32, &v)
	if q := m.topics["T"]; len(q.dense) != 0 || m.At([]byte("T"), math.MaxInt32) != &v {
		t.Errorf("%d places made for one number, or it is not found", len(q.dense))
	}
}

func TestAtAllocatesNothing(t *testing.T) {
	var m Map[int]
	v, topic := 1, []byte("T")
	m.Put("T", 7, &v)
	if n := testing.AllocsPerRun(100, func() { m.At(topic, 7) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
