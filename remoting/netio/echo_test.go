package netio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

func TestEcho(t *testing.T) {
	ends := newEnds()
	e := start(t, Config{Handler: &testHandler{frame: echo, closed: ends.closed}})
	c := dial(t, e)
	for _, size := range []int{0, 1, 100, 4096, 64 << 10, 300 << 10, testMaxFrame} {
		f := frameOf(bytes.Repeat([]byte{byte(size)}, size))
		sendLater(t, c, f, len(f))
		expect(t, c, f)
	}
	c.Close()
	if err := ends.next(t); !errors.Is(err, io.EOF) {
		t.Errorf("Closed got %v, want EOF", err)
	}
	if got := e.Metrics().Closed[ByPeer].Load(); got != 1 {
		t.Errorf("closed by peer: %d, want 1", got)
	}
}

// Frames arrive whole and in order, however the bytes are split.
func TestSplitsOfFrames(t *testing.T) {
	for _, step := range []int{1, 2, 3, 5, 17, 4095, 4096, 65536, 65537} {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			e := start(t, Config{Handler: &testHandler{frame: echo}})
			c := dial(t, e)
			rng := rand.New(rand.NewPCG(1, uint64(step)))
			var all []byte
			for total := 0; total < 200*step || total < 1000; {
				p := make([]byte, rng.IntN(4*step+10))
				for i := range p {
					p[i] = byte(rng.Uint32())
				}
				all = append(all, frameOf(p)...)
				total += len(p)
				if len(all) > 1<<20 {
					break
				}
			}
			sendLater(t, c, all, step)
			expect(t, c, all)
		})
	}
}
