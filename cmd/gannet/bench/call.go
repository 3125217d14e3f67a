package bench

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/gannetmq/gannet/remoting/wire"
)

// call sends one request and waits for its answer; nothing else may be under way on conn.
func call(conn net.Conn, code int32, fields []field) (*wire.Command, error) {
	t, err := newTemplate(code, wire.JSON, fields, nil)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	defer func() { _ = conn.SetDeadline(time.Time{}) }()
	if _, err := conn.Write(t.frame); err != nil {
		return nil, err
	}
	frame, err := readFrame(conn, nil)
	if err != nil {
		return nil, err
	}
	cmd := new(wire.Command)
	return cmd, wire.Decode(frame, cmd)
}

// readFrame reads one frame into buf, which it grows as needed.
func readFrame(r io.Reader, buf []byte) ([]byte, error) {
	buf = append(buf[:0], 0, 0, 0, 0)
	if _, err := io.ReadFull(r, buf); err != nil {
		return nil, err
	}
	size, err := wire.Cut(buf)
	if err != nil {
		return nil, err
	}
	if cap(buf) < size {
		grown := make([]byte, size)
		copy(grown, buf)
		buf = grown
	}
	buf = buf[:size]
	if _, err := io.ReadFull(r, buf[4:]); err != nil {
		return nil, err
	}
	return buf, nil
}

// createTopic makes a topic of so many queues. One that exists is used as it is, if it has as many:
// it may be somebody's.
func createTopic(addr, topic string, queues int) error {
	conn, err := dial(addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if has, err := queuesOf(conn, topic); err != nil {
		return fmt.Errorf("topic %s at %s: %w", topic, addr, err)
	} else if has >= queues {
		return nil
	} else if has > 0 {
		return fmt.Errorf("topic %s at %s has %d queues, %d are needed; choose another with --topic", topic, addr, has, queues)
	}
	n := strconv.Itoa(queues)
	answer, err := call(conn, codeUpdateTopic, []field{
		{"topic", topic}, {"defaultTopic", "TBW102"}, {"readQueueNums", n}, {"writeQueueNums", n},
		{"perm", "6"}, {"topicFilterType", "SINGLE_TAG"}, {"topicSysFlag", "0"}, {"order", "false"},
	})
	if err != nil {
		return fmt.Errorf("create topic %s at %s: %w", topic, addr, err)
	}
	if answer.Code != 0 {
		return fmt.Errorf("create topic %s at %s: code %d: %s", topic, addr, answer.Code, answer.Remark)
	}
	return nil
}

// queuesOf asks how many queues of a topic can be written to; 0 if there is no topic.
func queuesOf(conn net.Conn, topic string) (int, error) {
	answer, err := call(conn, codeTopicConfig, []field{{"topic", topic}})
	if err != nil || answer.Code == codeNoTopic {
		return 0, err
	}
	var config struct{ WriteQueueNums int }
	if answer.Code != 0 {
		return 0, fmt.Errorf("code %d: %s", answer.Code, answer.Remark)
	}
	return config.WriteQueueNums, json.Unmarshal(answer.Body, &config)
}

// maxOffset asks for the end of a queue.
func maxOffset(conn net.Conn, topic string, queue int) (int64, error) {
	answer, err := call(conn, codeMaxOffset, []field{{"topic", topic}, {"queueId", strconv.Itoa(queue)}})
	if err != nil {
		return 0, err
	}
	offset, ok := answer.Lookup("offset")
	if answer.Code != 0 || !ok {
		return 0, fmt.Errorf("end of %s queue %d: code %d: %s", topic, queue, answer.Code, answer.Remark)
	}
	return strconv.ParseInt(string(offset), 10, 64)
}

// messages calls each for the stored messages of a pull's body. Layout: store/record.
func messages(body []byte, each func(record []byte)) error {
	for len(body) > 0 {
		if len(body) < 4 {
			return io.ErrUnexpectedEOF
		}
		n := int(binary.BigEndian.Uint32(body))
		if n < 88 || n > len(body) {
			return fmt.Errorf("a record of %d bytes in a body with %d left", n, len(body))
		}
		each(body[:n])
		body = body[n:]
	}
	return nil
}
