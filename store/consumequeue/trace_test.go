package consumequeue

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

func TestTrace(t *testing.T) {
	for seed := range uint64(600) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			cuts := 0
			rng := rand.New(rand.NewPCG(seed, 77))
			run := &crashRun{
				t: t, rng: rng, log: new(log), cuts: &cuts,
				o:      Options{FileSize: int64(20 * (5 + rng.IntN(400))), MaxOpenFiles: 1 + rng.IntN(4)},
				budget: cuts + 100,
			}
			m := vfs.NewMem()
			run.work(m, open(t, m, run.o), 40)
		})
	}
}
