package delay

import (
	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Routes returns the row of code 45, GET_ALL_DELAY_OFFSET, with which a slave asks for what File would hold.
// Java: AdminBrokerProcessor.getAllDelayOffset.
func (d *Deliverer) Routes(pool *remoting.Pool) []remoting.Route {
	return []remoting.Route{{Code: protocol.GetAllDelayOffset, Run: pool, Access: remoting.Access{
		Action: remoting.ActionList, Resources: remoting.NoResource,
	}, Handle: remoting.Plain(d.all)}}
}

func (d *Deliverer) all(*remoting.Request) (remoting.Reply, error) {
	f, _, _ := d.snapshot()
	return remoting.Reply{Body: fastjson.Append(nil, f)}, nil
}
