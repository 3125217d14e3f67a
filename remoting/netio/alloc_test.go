//go:build !race

package netio

import "testing"

// What is read, handled and written in steady state costs no allocation.
func TestEchoAllocatesNothing(t *testing.T) {
	c := newTestConn(t, Config{Handler: &testHandler{frame: func(c *Conn, f []byte) {
		_ = c.Write(f)
		b := NewBuffer(len(f))
		b.B = append(b.B, f...)
		_ = c.WriteBuffer(b)
	}}})
	f := frameOf(make([]byte, 3000))
	stream := append(append([]byte{}, f...), f...)
	var taken []*Buffer
	got := testing.AllocsPerRun(1000, func() {
		c.out.hold()
		c.receive(stream[:4000]) // one whole frame, one in two parts
		c.receive(stream[4000:])
		for {
			taken, _ = c.out.take(taken[:0])
			if len(taken) == 0 {
				break
			}
			for _, b := range taken {
				c.out.count(-len(b.B))
				b.Release()
			}
		}
	})
	if got != 0 {
		t.Errorf("%v allocations per two frames, want 0", got)
	}
	c.finish(nil)
}
