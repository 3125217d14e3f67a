package client

import (
	"fmt"
	"sync"
	"testing"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/server"
	"github.com/gannetmq/gannet/remoting/wire"
)

// BenchmarkGo is a load generator: depth requests of 1 KiB under way on one connection.
func BenchmarkGo(b *testing.B) {
	for _, depth := range []int{1, 64} {
		b.Run(fmt.Sprint(depth), func(b *testing.B) {
			srv := serve(b, "127.0.0.1:0", server.Options{Routes: []remoting.Route{on(1, func(r *remoting.Request) { r.Reply(nil, nil) })}})
			c := open(b, Options{})
			conn, err := c.Conn(b.Context(), srv.Addr("main").String())
			if err != nil {
				b.Fatal(err)
			}
			m := &remoting.Message{Code: 1, Body: make([]byte, 1024)}
			places := make(chan struct{}, depth)
			var wg sync.WaitGroup
			done := func(_ *wire.Command, _ []byte, err error) {
				if err != nil {
					b.Error(err)
				}
				<-places
				wg.Done()
			}
			b.ReportAllocs()
			for b.Loop() {
				places <- struct{}{}
				wg.Add(1)
				if _, err := conn.Go(m, done); err != nil {
					b.Fatal(err)
				}
			}
			wg.Wait()
		})
	}
}
