package query

import (
	"bytes"
	"errors"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
)

// Limits of a search by key. Java: defaultQueryMaxNum for a unique key, maxMsgsNumBatch for any.
const (
	uniqueKeyMost = 32
	keyMost       = 64
)

// maxAnswer bounds the messages of an answer, in bytes, so that its frame is one that clients accept.
const maxAnswer = wire.DefaultMaxFrame - 1<<20

// byKey is 12: the messages of a topic with a key, found through the index, which knows hashes: the messages
// are asked for the key itself, where Java leaves that to its clients. Java: QueryMessageProcessor.queryMessage.
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
		err := h.store.Reread(phyOff, &read, false)
		if errors.Is(err, store.ErrNotFound) {
			continue // expired since
		}
		if err != nil {
			return remoting.Reply{}, err
		}
		if len(body)+read.Len() > maxAnswer {
			break
		}
		begin := len(body)
		body = read.AppendTo(body)
		if !has(body[begin:], []byte(q.Topic), []byte(q.Key)) {
			body = body[:begin]
			continue
		}
		header.IndexLastUpdatePhyOffset = phyOff
	}
	if len(body) == 0 {
		return remoting.Reply{
			Code: protocol.QueryNotFound, Remark: "can not find message, maybe time range not correct", Header: header,
		}, nil
	}
	return remoting.Reply{Header: header, Body: body}, nil
}

// has reports whether a record is of a topic and has a key, unique or one of KEYS.
func has(b, topic, key []byte) bool {
	var v record.View
	if kind, err := record.Parse(b, &v, record.Headers); err != nil || kind != record.Record || !bytes.Equal(v.Topic, topic) {
		return false
	}
	for k := range v.Keys() {
		if bytes.Equal(k, key) {
			return true
		}
	}
	return len(key) > 0 && bytes.Equal(v.UniqKey(), key)
}

// byOffset is 33: the message that begins at an offset of the log. Java: viewMessageById.
func (h *Handler) byOffset(_ *remoting.Request, q *protocol.ViewMessageRequest) (remoting.Reply, error) {
	body, err := h.store.AppendLook(nil, q.Offset)
	if errors.Is(err, store.ErrNotFound) {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "can not find message by the offset, %d", q.Offset)
	}
	if err != nil {
		return remoting.Reply{}, err
	}
	return remoting.Reply{Body: body}, nil
}
