//go:build conformance

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// flood is an exact number of messages, each of which the broker has to accept. `gannet bench` counts time, not messages, and knows
// no timed ones.
type flood struct {
	topic      string
	queues     int
	count      int
	sysFlag    int32
	properties func(i int) string
}

const (
	floodWindow = 256 // requests outstanding
	floodSize   = 128 // bytes of a body
)

// send sends all of it over one connection and returns when the last is acknowledged.
func (f flood) send(ctx context.Context, addr string) error {
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	window := make(chan struct{}, floodWindow)
	var writer sync.WaitGroup
	writer.Go(func() {
		if err := f.write(ctx, conn, window); err != nil {
			cancel(err)
		}
	})
	if err := f.read(conn, window); err != nil {
		cancel(err)
	}
	writer.Wait()
	err = context.Cause(ctx)
	cancel(nil)
	if stop() {
		_ = conn.Close()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.topic, err)
	}
	return nil
}

func (f flood) write(ctx context.Context, conn net.Conn, window chan<- struct{}) error {
	out := bufio.NewWriterSize(conn, 64<<10)
	body := make([]byte, floodSize)
	var e wire.Encoder
	var frame []byte
	for i := range f.count {
		e.Begin(frame[:0], wire.Head{Code: protocol.SendMessageV2, Language: wire.Go, Version: 479, Opaque: int32(i), Serialization: wire.Binary})
		e.Header(&protocol.SendRequestV2{
			ProducerGroup: []byte("flood"), Topic: []byte(f.topic), DefaultTopic: []byte("TBW102"), DefaultTopicQueueNums: 4,
			QueueID: int32(i % f.queues), SysFlag: f.sysFlag, BornTimestamp: time.Now().UnixMilli(), Properties: []byte(f.properties(i)),
		})
		var err error
		if frame, err = e.Finish(len(body)); err != nil {
			return err
		}
		if len(window) == cap(window) {
			if err := out.Flush(); err != nil {
				return err
			}
		}
		select {
		case window <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		if _, err := out.Write(frame); err != nil {
			return err
		}
		if _, err := out.Write(body); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (f flood) read(conn net.Conn, window <-chan struct{}) error {
	in := bufio.NewReaderSize(conn, 64<<10)
	var answer wire.Command
	frame := make([]byte, 4)
	for i := range f.count {
		if _, err := io.ReadFull(in, frame[:4]); err != nil {
			return err
		}
		size, err := wire.Cut(frame[:4])
		if err != nil {
			return err
		}
		if size > cap(frame) {
			frame = append(frame[:4], make([]byte, size-4)...)
		}
		frame = frame[:size]
		if _, err := io.ReadFull(in, frame[4:]); err != nil {
			return err
		}
		if err := wire.Decode(frame, &answer); err != nil {
			return err
		}
		if answer.Code != protocol.Success {
			return fmt.Errorf("message %d: code %d: %s", i, answer.Code, answer.Remark)
		}
		<-window
	}
	return nil
}
