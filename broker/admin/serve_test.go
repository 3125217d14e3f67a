package admin

import (
	"context"
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/wire"
)

// serve routes rows that run on a pool.
func serve(t testing.TB, routes func(*remoting.Pool) []remoting.Route) *remoting.Router {
	t.Helper()
	pool := remoting.NewPool("admin", 1, 64)
	t.Cleanup(func() {
		if err := pool.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return peer.Router(t, routes(pool))
}

// frame makes a request.
func frame(t testing.TB, code int32, h wire.Header, body string) []byte {
	t.Helper()
	m := remoting.Message{Code: code, Header: h, Body: []byte(body)}
	b, err := m.Append(nil, new(wire.Encoder), wire.Head{Opaque: 7})
	if err != nil {
		t.Fatal(err)
	}
	return b
}
