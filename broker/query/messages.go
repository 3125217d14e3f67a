package query

import (
	"errors"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
)

// Limits of a search by key. Java: defaultQueryMaxNum for a unique key, maxMsgsNumBatch for any.
const (
	uniqueKeyMost = 32
	keyMost       = 64
)

// maxAnswer bounds the messages of an answer, in bytes, so that its frame is one that clients accept.
const maxAnswer = wire.DefaultMaxFrame - 1<<20

// byKey is 12: the messages of a topic with a key, found through the index. Messages whose key has
// the same hash come along; clients look at the key itself. Java: QueryMessageProcessor.queryMessage.
func (h *Handler) byKey(_ *remoting.Request, q *protocol.QueryMessageRequest) (remoting.Reply, error) {
	most := int(min(max(q.MaxNum, 0), keyMost))
	if q.UniqueKey.Or(false) {
		most = uniqueKeyMost
	}
	offsets, err := h.store.FindByKey([]byte(q.Topic), []byte(q.Key), most, q.BeginTimestamp, q.EndTimestamp)
	if err != nil {
		return remoting.Reply{}, err
	}
	header := &protocol.QueryMessageResponse{}
	var body []byte
	var read store.Read
	defer read.Release()
	for _, phyOff := range offsets {
		err := h.store.Look(phyOff, &read, false)
		if errors.Is(err, store.ErrNotFound) {
			continue // expired since
		}
		if err != nil {
			return remoting.Reply{}, err
		}
		if len(body)+read.Len() > maxAnswer {
			break
		}
		body = read.AppendTo(body)
		header.IndexLastUpdatePhyOffset = phyOff
	}
	if len(body) == 0 {
		return remoting.Reply{
			Code: protocol.QueryNotFound, Remark: "can not find message, maybe time range not correct", Header: header,
		}, nil
	}
	return remoting.Reply{Header: header, Body: body}, nil
}

// byOffset is 33: the message that begins at an offset of the log. Java: viewMessageById.
func (h *Handler) byOffset(_ *remoting.Request, q *protocol.ViewMessageRequest) (remoting.Reply, error) {
	var read store.Read
	defer read.Release()
	err := h.store.Look(q.Offset, &read, false)
	if errors.Is(err, store.ErrNotFound) {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "can not find message by the offset, %d", q.Offset)
	}
	if err != nil {
		return remoting.Reply{}, err
	}
	return remoting.Reply{Body: read.AppendTo(nil)}, nil
}
