package javaenv

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// Requests that ask whether a server serves (org.apache.rocketmq.remoting.protocol.RequestCode).
const (
	getBrokerRuntimeInfo = 28
	getBrokerClusterInfo = 106
)

const (
	probeLimit = 2 * time.Second       // of one question
	probePause = 20 * time.Millisecond // between two
	maxAnswer  = 4 << 20               // bytes of one answer
)

// AwaitNamesrv waits until the name server at addr answers requests.
func AwaitNamesrv(ctx context.Context, addr string) error {
	return await(ctx, "name server "+addr, func() error {
		_, err := ask(ctx, addr, getBrokerClusterInfo)
		return err
	})
}

// AwaitBroker waits until the broker at addr answers requests and the name server tells clients about it under that
// address: only then can a client send.
func AwaitBroker(ctx context.Context, namesrv, addr string) error {
	return await(ctx, "broker "+addr, func() error {
		body, err := ask(ctx, namesrv, getBrokerClusterInfo)
		if err != nil {
			return fmt.Errorf("name server %s: %w", namesrv, err)
		}
		if !bytes.Contains(body, []byte(strconv.Quote(addr))) {
			return fmt.Errorf("name server %s does not know it: %s", namesrv, body)
		}
		_, err = ask(ctx, addr, getBrokerRuntimeInfo)
		return err
	})
}

// await repeats question until it succeeds; when ctx ends first, the last error tells why.
func await(ctx context.Context, what string, question func() error) error {
	tick := time.NewTicker(probePause)
	defer tick.Stop()
	for {
		err := question()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("javaenv: waiting for %s: %w (last answer: %w)", what, context.Cause(ctx), err)
		}
	}
}

// ask sends one request without fields and answers the body of a SUCCESS response. It speaks the frame by itself, as
// the judge of an implementation should not use its codec:
//
//	| 4 length of the rest | 1 header encoding, 0 = JSON | 3 header length | header | body |
func ask(ctx context.Context, addr string, code int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	header := fmt.Sprintf(`{"code":%d,"flag":0,"language":"OTHER","opaque":1,"serializeTypeCurrentRPC":"JSON","version":479}`, code)
	frame := binary.BigEndian.AppendUint32(nil, uint32(4+len(header)))
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(header)))
	if _, err := conn.Write(append(frame, header...)); err != nil {
		return nil, err
	}
	return readAnswer(conn)
}

func readAnswer(r io.Reader) ([]byte, error) {
	var fixed [8]byte
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return nil, err
	}
	total := int64(binary.BigEndian.Uint32(fixed[:4])) - 4
	headerLen := int64(binary.BigEndian.Uint32(fixed[4:]) & 0xFFFFFF)
	if total < headerLen || total > maxAnswer {
		return nil, fmt.Errorf("answer of %d bytes with a header of %d", total, headerLen)
	}
	rest := make([]byte, total)
	if _, err := io.ReadFull(r, rest); err != nil {
		return nil, err
	}
	var header struct {
		Code   *int   `json:"code"`
		Remark string `json:"remark"`
	}
	if err := json.Unmarshal(rest[:headerLen], &header); err != nil {
		return nil, fmt.Errorf("answer header: %w", err)
	}
	if header.Code == nil {
		return nil, errors.New("answer header without code")
	}
	if *header.Code != 0 {
		return nil, fmt.Errorf("answer code %d: %s", *header.Code, header.Remark)
	}
	return rest[headerLen:], nil
}
