package process

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Kills is a process being killed again and again while others work with it.
type Kills struct {
	Times       int
	Least, Most time.Duration // how long the process lives each time
	Workers     int
}

// Work is what goes on until stop is set.
type Work func(worker int, stop *atomic.Bool)

// Amid starts a process, asks begin what work is to be done with it, does that in Workers goroutines, and kills and restarts the
// process beside them. It returns the last process, when all workers have returned. The addresses stay the same.
func (k Kills) Amid(t testing.TB, o Options, begin func(*Gannet) Work) *Gannet {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	g := Run(t, o)
	work := begin(g)
	var stop atomic.Bool
	var working sync.WaitGroup
	for worker := range k.Workers {
		working.Go(func() { work(worker, &stop) })
	}
	defer working.Wait()
	defer stop.Store(true)
	for range k.Times {
		// The moment of a kill is the one thing here that must not be a condition.
		<-time.After(k.Least + time.Duration(rng.Int64N(int64(k.Most-k.Least))))
		g.Kill()
		next, err := g.Restart(context.Background())
		if err != nil {
			t.Fatalf("restart after kill -9: %v", err)
		}
		g = next
		g.End(t)
	}
	return g
}
