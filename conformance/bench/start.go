//go:build conformance

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gannetmq/gannet/conformance/bench/result"
	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/remoting/wire"
)

// starts measures from the start of a process on an empty directory to its first accepted send, and
// what is in memory a second later.
func (b *bench) starts(ctx context.Context) ([]result.Absolute, error) {
	var ours, theirs, rss, anon, javaRSS, javaAnon []float64
	for range b.options.starts {
		s, err := b.startOfGannet(ctx)
		if err != nil {
			return nil, err
		}
		b.say("gannet: first accepted send after %.0f ms, RSS %.1f MB", s.ms, s.rss)
		ours, rss, anon = append(ours, s.ms), append(rss, s.rss), append(anon, s.anon)
	}
	names, err := b.env.StartNamesrv(ctx, javaenv.Options{Dir: filepath.Join(b.dir, "start-namesrv")})
	if err != nil {
		return nil, err
	}
	defer func() { _ = names.Kill() }()
	for i := range b.options.starts {
		s, err := b.startOfJava(ctx, names.Addr, filepath.Join(b.dir, fmt.Sprintf("start-java-%d", i)))
		if err != nil {
			return nil, err
		}
		b.say("Java: first accepted send after %.0f ms, RSS %.1f MB", s.ms, s.rss)
		theirs, javaRSS, javaAnon = append(theirs, s.ms), append(javaRSS, s.rss), append(javaAnon, s.anon)
	}
	return []result.Absolute{
		{Title: "process start to first accepted send, empty directory", Unit: "ms", AtMost: 100, Gannet: result.Summarize(ours), Java: result.Summarize(theirs)},
		{Title: "VmRSS a second later (gannet: name server included)", Unit: "MB", AtMost: 40, Gannet: result.Summarize(rss), Java: result.Summarize(javaRSS)},
		{Title: "RssAnon then", Unit: "MB", Gannet: result.Summarize(anon), Java: result.Summarize(javaAnon)},
		{Title: "binary", Unit: "MB", AtMost: 40, Gannet: result.Summarize([]float64{b.machine.binaryMB})},
	}, nil
}

// started is one start: milliseconds, and megabytes of 10^6 bytes.
type started struct{ ms, rss, anon float64 }

func (b *bench) startOfGannet(ctx context.Context) (started, error) {
	port, err := process.FreePorts()
	if err != nil {
		return started{}, err
	}
	dir := filepath.Join(b.dir, "start-gannet")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return started{}, err
	}
	defer os.RemoveAll(dir)
	syscall.Sync() // a start waits for the disk, which must not be busy with what was measured before
	first := firstSend(ctx, port)
	began := time.Now()
	p, err := process.Start(ctx, process.Options{Dir: dir, Binary: b.gannet, Broker: port})
	if err != nil {
		return started{}, err
	}
	defer p.Kill()
	return settled(ctx, first, began, p.Pid)
}

func (b *bench) startOfJava(ctx context.Context, namesrv, dir string) (started, error) {
	port, err := process.FreePorts()
	if err != nil {
		return started{}, err
	}
	defer os.RemoveAll(dir)
	syscall.Sync() // a start waits for the disk, which must not be busy with what was measured before
	first := firstSend(ctx, port)
	began := time.Now()
	p, err := b.env.StartBroker(ctx, javaenv.Options{Dir: dir, Namesrv: namesrv, Port: port, Plain: true, HeapMin: heap, HeapMax: heap})
	if err != nil {
		return started{}, err
	}
	defer func() { _ = p.Kill() }()
	return settled(ctx, first, began, p.Pid())
}

// settled waits for the first send and reads the memory a second after it.
func settled(ctx context.Context, first <-chan time.Time, began time.Time, pid int) (started, error) {
	var s started
	select {
	case at := <-first:
		s.ms = float64(at.Sub(began).Microseconds()) / 1000
	case <-time.After(time.Minute):
		return s, fmt.Errorf("no send was accepted within a minute of the start")
	case <-ctx.Done():
		return s, ctx.Err()
	}
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return s, ctx.Err()
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	s.rss, s.anon = statusMB(string(text), "VmRSS:"), statusMB(string(text), "RssAnon:")
	return s, err
}

// statusMB reads a line of /proc/PID/status, whose unit is 1,024 bytes.
func statusMB(status, name string) float64 {
	_, rest, _ := strings.Cut(status, name)
	line, _, _ := strings.Cut(rest, "\n")
	kb, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(line, "kB")), 64)
	if err != nil {
		return 0
	}
	return kb * 1024 / 1e6
}

// firstSend tries every millisecond, from now on, to send one message to the port of this machine,
// and tells when it was accepted.
func firstSend(ctx context.Context, port int) <-chan time.Time {
	accepted := make(chan time.Time, 1)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	go func() {
		defer cancel()
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			if at, ok := sendOnce(net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), "FirstSend"); ok {
				accepted <- at
				return
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	}()
	return accepted
}

// sendOnce sends a message to a topic that does not exist yet, as the official client does.
func sendOnce(addr, topic string) (time.Time, bool) {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return time.Time{}, false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	var e wire.Encoder
	e.Begin(nil, wire.Head{Code: 310, Language: wire.Java, Version: 479, Opaque: 1, Serialization: wire.JSON}) // SEND_MESSAGE_V2
	for _, f := range [][2]string{
		{"a", "bench_producer"}, {"b", topic}, {"c", "TBW102"}, {"d", "4"}, {"e", "0"}, {"f", "0"},
		{"g", "1700000000000"}, {"h", "0"}, {"i", "WAIT\x01true\x02"}, {"j", "0"}, {"k", "false"}, {"m", "false"},
	} {
		e.String(f[0], f[1])
	}
	body := []byte("first")
	frame, err := e.Finish(len(body))
	if err != nil {
		return time.Time{}, false
	}
	if _, err := conn.Write(append(frame, body...)); err != nil {
		return time.Time{}, false
	}
	var answer wire.Command
	in := make([]byte, 4, 4096)
	if _, err := io.ReadFull(conn, in); err != nil {
		return time.Time{}, false
	}
	size, err := wire.Cut(in)
	if err != nil || size > cap(in) {
		return time.Time{}, false
	}
	in = in[:size]
	if _, err := io.ReadFull(conn, in[4:]); err != nil {
		return time.Time{}, false
	}
	return time.Now(), wire.Decode(in, &answer) == nil && answer.Code == 0
}
