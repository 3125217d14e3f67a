package recorder

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
)

// Client is a bare connection to a broker: one request, one answer. It hides nothing: every lost
// connection, time-out and refusal is the caller's to record.
type Client struct {
	conn    net.Conn
	timeout time.Duration
	opaque  int32
	frame   []byte
	in      []byte
	cmd     wire.Command
}

// Dial connects to a broker.
func Dial(addr string) (*Client, error) {
	conn, err := net.DialTimeout("tcp", addr, 3*time.Second)
	if err != nil {
		return nil, err
	}
	return &Client{conn: conn, timeout: 10 * time.Second}, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Refused is an answer that says no.
type Refused struct {
	Code   int32
	Remark string
}

func (r *Refused) Error() string { return fmt.Sprintf("code %d: %s", r.Code, r.Remark) }

// Call sends one request and returns its answer, which is valid until the next call.
func (c *Client) Call(code int32, h wire.Header, body []byte) (*wire.Command, error) {
	c.opaque++
	var e wire.Encoder
	e.Begin(c.frame[:0], wire.Head{Code: code, Language: wire.Go, Version: 479, Opaque: c.opaque})
	e.Header(h)
	frame, err := e.Finish(len(body))
	if err != nil {
		return nil, err
	}
	c.frame = append(frame, body...)
	_ = c.conn.SetDeadline(time.Now().Add(c.timeout))
	if _, err := c.conn.Write(c.frame); err != nil {
		return nil, err
	}
	for {
		if err := c.read(); err != nil {
			return nil, err
		}
		if c.cmd.IsResponse() {
			break
		} // else the broker tells a member of a group that others came or went
	}
	if c.cmd.Opaque != c.opaque {
		return nil, fmt.Errorf("answer to opaque %d, want %d", c.cmd.Opaque, c.opaque)
	}
	return &c.cmd, nil
}

func (c *Client) read() error {
	c.in = append(c.in[:0], 0, 0, 0, 0)
	if _, err := io.ReadFull(c.conn, c.in); err != nil {
		return err
	}
	n, err := wire.Cut(c.in)
	if err != nil {
		return err
	}
	c.in = append(c.in, make([]byte, n-4)...)
	if _, err := io.ReadFull(c.conn, c.in[4:]); err != nil {
		return err
	}
	return wire.Decode(c.in, &c.cmd)
}

// CreateTopic makes a topic with that many queues.
func (c *Client) CreateTopic(topic string, queues int32) error {
	answer, err := c.Call(protocol.UpdateAndCreateTopic, &protocol.CreateTopicRequest{
		Topic: topic, DefaultTopic: record.TopicAutoCreate, ReadQueueNums: queues, WriteQueueNums: queues,
		Perm: protocol.PermRead | protocol.PermWrite, TopicFilterType: "SINGLE_TAG",
	}, nil)
	if err == nil && answer.Code != protocol.Success {
		err = &Refused{answer.Code, string(answer.Remark)}
	}
	return err
}

// Send sends one message and returns the offset that the broker names. A *Refused says that it was
// refused; any other error leaves open whether it was stored.
func (c *Client) Send(q Queue, body []byte) (int64, error) { return c.SendWith(q, nil, body) }

// SendWith is Send with raw properties.
func (c *Client) SendWith(q Queue, properties, body []byte) (int64, error) {
	answer, err := c.Call(protocol.SendMessageV2, &protocol.SendRequestV2{
		ProducerGroup: []byte("recorder"), Topic: []byte(q.Topic), DefaultTopic: []byte(record.TopicAutoCreate),
		DefaultTopicQueueNums: 4, QueueID: q.ID, BornTimestamp: time.Now().UnixMilli(), Properties: properties,
	}, body)
	if err != nil {
		return 0, err
	}
	if answer.Code != protocol.Success {
		return 0, &Refused{answer.Code, string(answer.Remark)}
	}
	var h protocol.SendResponse
	if err := wire.DecodeHeader(answer, &h); err != nil {
		return 0, err
	}
	if h.QueueID != q.ID {
		return 0, fmt.Errorf("stored in queue %d, asked for %d", h.QueueID, q.ID)
	}
	return h.QueueOffset, nil
}

// ReadAll reads a queue from its beginning to its end.
func (c *Client) ReadAll(q Queue) ([]Stored, error) {
	var all []Stored
	pull := protocol.PullRequest{
		ConsumerGroup: []byte("recorder"), Topic: []byte(q.Topic), QueueID: q.ID, MaxMsgNums: 32,
		SysFlag: protocol.PullSubscription, Subscription: []byte("*"),
	}
	for {
		answer, err := c.Call(protocol.PullMessage, &pull, nil)
		if err != nil {
			return nil, err
		}
		var h protocol.PullResponse
		if err := wire.DecodeHeader(answer, &h); err != nil {
			return nil, fmt.Errorf("pull %v: code %d %s: %w", q, answer.Code, answer.Remark, err)
		}
		switch answer.Code {
		case protocol.Success:
			if all, err = appendStored(all, answer.Body); err != nil {
				return nil, fmt.Errorf("pull %v at %d: %w", q, pull.QueueOffset, err)
			}
		case protocol.PullNotFound:
			return all, nil
		case protocol.PullRetryImmediately, protocol.PullOffsetMoved:
		default:
			return nil, &Refused{answer.Code, string(answer.Remark)}
		}
		if h.NextBeginOffset == pull.QueueOffset && answer.Code == protocol.PullOffsetMoved {
			return all, nil
		}
		pull.QueueOffset = h.NextBeginOffset
	}
}

func appendStored(all []Stored, body []byte) ([]Stored, error) {
	var v record.View
	for len(body) > 0 {
		kind, err := record.Parse(body, &v, record.CheckCRC)
		if err != nil {
			return nil, err
		}
		if kind != record.Record {
			return nil, errors.New("not a message")
		}
		all = append(all, Stored{Offset: v.QueueOffset, Body: append([]byte(nil), v.Body...), Time: v.StoreTime})
		body = body[v.Size:]
	}
	return all, nil
}
