package query

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"time"

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

// The index knows hashes. Messages are asked for the key itself, the newest first, and no more of them than this: others' keys may
// have the hash of one, by chance or on purpose.
const (
	maxJudged      = 1024
	maxJudgedBytes = 64 << 20
	maxJudging     = 2 * time.Second
)

// byKey is 12: the messages of a topic with a key. Where Java answers with the newest of a hash and leaves the rest to its clients, these
// have the key. Java: QueryMessageProcessor.queryMessage.
func (h *Handler) byKey(_ *remoting.Request, q *protocol.QueryMessageRequest) (remoting.Reply, error) {
	s := search{store: h.store, q: q, most: int(min(max(q.MaxNum, 0), keyMost)), began: time.Now(), before: math.MaxInt64}
	if q.UniqueKey.Or(false) {
		s.most = uniqueKeyMost
	}
	defer s.read.Release()
	candidates, err := s.run()
	if err != nil {
		return remoting.Reply{}, err
	}
	header := &protocol.QueryMessageResponse{}
	if candidates > 0 {
		header.IndexLastUpdateTimestamp, header.IndexLastUpdatePhyOffset = h.store.LastKey()
	}
	if len(s.found) == 0 {
		return remoting.Reply{
			Code: protocol.QueryNotFound, Remark: "can not find message, maybe time range not correct", Header: header,
		}, nil
	}
	slices.Reverse(s.found)
	return remoting.Reply{Header: header, Body: bytes.Join(s.found, nil)}, nil
}

// search is one request 12 at work.
type search struct {
	store *store.Store
	q     *protocol.QueryMessageRequest
	most  int // messages that are wanted

	began  time.Time
	read   store.Read
	before int64 // offset of the oldest message judged
	judged int
	bytes  int // of those

	found [][]byte // newest first
	size  int
	spare []byte
}

// run judges the newest candidates, then more of them, until there are enough messages, no more candidates, or the bounds are reached.
func (s *search) run() (candidates int, err error) {
	for ask := s.most; s.most > 0; ask = min(4*ask, maxJudged) {
		offsets, err := s.store.FindByKey([]byte(s.q.Topic), []byte(s.q.Key), ask, s.q.BeginTimestamp, s.q.EndTimestamp)
		if err != nil {
			return 0, err
		}
		candidates = len(offsets)
		for _, phyOff := range slices.Backward(offsets) {
			if phyOff >= s.before {
				continue
			}
			if done, err := s.judge(phyOff); done || err != nil {
				return candidates, err
			}
		}
		if candidates < ask || ask == maxJudged {
			break
		}
	}
	return candidates, nil
}

// judge takes the message at an offset if it has the key. done says that no more are wanted.
func (s *search) judge(phyOff int64) (done bool, err error) {
	s.before = phyOff
	err = s.store.Reread(phyOff, &s.read, false)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil // expired since
	}
	if err != nil {
		return false, err
	}
	s.judged++
	s.bytes += s.read.Len()
	b := s.read.AppendTo(s.scratch())
	switch {
	case !has(b, []byte(s.q.Topic), []byte(s.q.Key)):
		s.spare = b
	case s.size+len(b) > maxAnswer:
		return true, nil
	default:
		s.found = append(s.found, b)
		s.size += len(b)
	}
	return len(s.found) == s.most || s.judged == maxJudged || s.bytes > maxJudgedBytes || time.Since(s.began) > maxJudging, nil
}

// scratch is memory for the next message: that of one that was not wanted.
func (s *search) scratch() []byte {
	b := s.spare
	s.spare = nil
	return b[:0]
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
