package offset

import (
	"errors"
	"fmt"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// ErrOwn: the offsets of the group are the broker's own, see Own. A remoting.Error with what clients are told is in it.
var ErrOwn = errors.New("offset: a group of the broker's own")

// Own is the table for the part of the broker that works as the group CID_RMQ_SYS_TRANS. Nobody else moves that group: what it
// steps over is forgotten, and where it is set back is decided anew. Java lets everybody.
type Own struct{ *Table }

// Own returns the table for who alone may move the broker's own group.
func (t *Table) Own() Own { return Own{t} }

// Commit is Table.Commit for the broker's own group, which always has room. ErrName, ErrQueue.
func (o Own) Commit(group, topic []byte, queue int32, off int64) error {
	return o.put(group, topic, queue, off, byOwner)
}

func isOwn[S []byte | string](group S) bool { return string(group) == record.GroupTran }

// refuseOwn is the error of who moves the broker's own group, in the words for a group that may not consume.
func refuseOwn[S []byte | string](group S) error {
	if !isOwn(group) {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrOwn, remoting.Errorf(protocol.NoPermission, "subscription group no permission, %s", group))
}
