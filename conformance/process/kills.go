package process

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
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
	Killed      func() // told of each kill, when the process is gone; may be nil
}

// killsVariable multiplies the kills of every test, for soaks: with 5 each process is killed five times as often. The binary reads what
// begins with GANNET_.
const killsVariable = "SOAK_KILLS"

// times is how often the process is killed, after killsVariable.
func (k Kills) times(t testing.TB) int {
	t.Helper()
	text := os.Getenv(killsVariable)
	if text == "" {
		return k.Times
	}
	factor, err := strconv.Atoi(text)
	if err != nil || factor < 1 {
		t.Fatalf("%s=%s: want a number of at least 1", killsVariable, text)
	}
	return factor * k.Times
}

// Work is what goes on until stop is set.
type Work func(worker int, stop *atomic.Bool)

// Amid starts a process, asks begin what work is to be done with it, does that in Workers goroutines, and kills and restarts the
// process beside them. It returns the last process, when all workers have returned. The addresses stay the same.
func (k Kills) Amid(t testing.TB, o Options, begin func(*Gannet) Work) *Gannet {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng, times := rand.New(rand.NewPCG(seed, 0)), k.times(t)
	g := Run(t, o)
	work := begin(g)
	var stop atomic.Bool
	var working sync.WaitGroup
	for worker := range k.Workers {
		working.Go(func() { work(worker, &stop) })
	}
	defer working.Wait()
	defer stop.Store(true)
	for range times {
		// The moment of a kill is the one thing here that must not be a condition.
		<-time.After(k.Least + time.Duration(rng.Int64N(int64(k.Most-k.Least))))
		g.Kill()
		if k.Killed != nil {
			k.Killed()
		}
		next, err := g.Restart(context.Background())
		if err != nil {
			t.Fatalf("restart after kill -9: %v", err)
		}
		g = next
		g.End(t)
	}
	return g
}
