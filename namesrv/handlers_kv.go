package namesrv

import (
	"log/slog"

	"github.com/gannetmq/gannet/namesrv/kv"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// The headers of the key-value requests may lack what Java calls required: it goes on with null then,
// and so do these handlers.

// putKV is 100. Without a value Java keeps null, which nobody can tell from no value.
func (n *NameServer) putKV(r *remoting.Request) (remoting.Reply, error) {
	namespace, ok := r.Cmd.Lookup("namespace")
	key, ok2 := r.Cmd.Lookup("key")
	if !ok || !ok2 {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "namespace or key is null")
	}
	var value *string
	if v, ok := r.Cmd.Lookup("value"); ok {
		value = new(string(v))
	}
	return remoting.Reply{}, n.kvChanged(r, namespace, key, n.kv.Put(string(namespace), string(key), value))
}

// deleteKV is 102.
func (n *NameServer) deleteKV(r *remoting.Request) (remoting.Reply, error) {
	namespace, _ := r.Cmd.Lookup("namespace")
	key, _ := r.Cmd.Lookup("key")
	return remoting.Reply{}, n.kvChanged(r, namespace, key, n.kv.Delete(string(namespace), string(key)))
}

// kvChanged ends a change: routes follow the order topics.
func (n *NameServer) kvChanged(r *remoting.Request, namespace, key []byte, err error) error {
	if err != nil {
		return remoting.Errorf(protocol.SystemError, "%v", err)
	}
	if string(namespace) == kv.Orders {
		n.publishOrders()
	}
	n.lines.values.Log(n.opts.Log, slog.LevelInfo, "key-value configuration changed", "code", r.Cmd.Code, "namespace", cut(string(namespace)), "key", cut(string(key)), "by", r.Peer.RemoteAddr())
	return nil
}

// publishOrders gives the table the newest order topics, whichever of two changes gets here first.
func (n *NameServer) publishOrders() {
	n.ordering.Lock()
	defer n.ordering.Unlock()
	n.table.SetOrders(n.kv.Values(kv.Orders))
}

// getKV is 101.
func (n *NameServer) getKV(r *remoting.Request) (remoting.Reply, error) {
	namespace, key := orNull(r, "namespace"), orNull(r, "key")
	if value, ok := n.kv.Get(namespace, key); ok {
		return remoting.Reply{Header: &protocol.KVResponse{Value: value}}, nil
	}
	return remoting.Reply{}, remoting.Errorf(protocol.QueryNotFound, "No config item, Namespace: %s Key: %s", namespace, key)
}

// listKV is 219.
func (n *NameServer) listKV(r *remoting.Request) (remoting.Reply, error) {
	namespace := orNull(r, "namespace")
	if body := n.kv.Printed(namespace); body != nil {
		return remoting.Reply{Body: body}, nil
	}
	return remoting.Reply{}, remoting.Errorf(protocol.QueryNotFound, "No config item, Namespace: %s", namespace)
}

// orNull is a field of the header, "null" where it is missing, as Java prints it.
func orNull(r *remoting.Request, name string) string {
	if v, ok := r.Cmd.Lookup(name); ok {
		return string(v)
	}
	return "null"
}
