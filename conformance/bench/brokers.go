//go:build conformance

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
)

// heap of the Java broker in MB.
const heap = 1024

// java is a name server and a broker, each a JVM.
type java struct {
	target
	dir     string
	servers []*javaenv.Server
}

// startJava starts both, the broker with conf, on an empty directory.
func (b *bench) startJava(ctx context.Context, name string, conf map[string]string) (*java, error) {
	j := &java{dir: filepath.Join(b.dir, name)}
	names, err := b.env.StartNamesrv(ctx, javaenv.Options{Dir: filepath.Join(j.dir, "namesrv")})
	if err != nil {
		return nil, err
	}
	j.servers = append(j.servers, names)
	broker, err := b.env.StartBroker(ctx, javaenv.Options{
		Dir: filepath.Join(j.dir, "broker"), Namesrv: names.Addr, Conf: conf, Plain: true, HeapMin: heap, HeapMax: heap,
	})
	if err != nil {
		j.remove()
		return nil, err
	}
	j.servers = append(j.servers, broker)
	j.target = target{name: nameJava, namesrv: names.Addr, broker: broker.Addr, pid: broker.Pid()}
	return j, nil
}

func (j *java) pause() error  { return j.signal(syscall.SIGSTOP) }
func (j *java) resume() error { return j.signal(syscall.SIGCONT) }

func (j *java) signal(s syscall.Signal) error {
	var err error
	for _, server := range j.servers {
		if e := syscall.Kill(server.Pid(), s); e != nil {
			err = errors.Join(err, fmt.Errorf("%v to the JVM %d: %w", s, server.Pid(), e))
		}
	}
	return err
}

// remove ends both, which a stopped process does not prevent, and empties the directory.
func (j *java) remove() {
	for _, server := range j.servers {
		_ = server.Kill() // it may have ended by itself, and then a round has failed
	}
	_ = os.RemoveAll(j.dir)
}

// gannet is a `gannet serve`.
type gannet struct {
	target
	process *process.Gannet
}

// startGannet starts it with conf on an empty directory.
func (b *bench) startGannet(ctx context.Context, conf map[string]string) (*gannet, error) {
	dir, err := os.MkdirTemp(b.dir, "gannet-")
	if err != nil {
		return nil, err
	}
	return b.startIn(ctx, dir, conf)
}

func (b *bench) startIn(ctx context.Context, dir string, conf map[string]string) (*gannet, error) {
	p, err := process.Start(ctx, process.Options{Dir: dir, Binary: b.gannet, Set: conf})
	if err != nil {
		return nil, err
	}
	return &gannet{target: target{name: nameGannet, namesrv: p.Namesrv, broker: p.Broker, pid: p.Pid}, process: p}, nil
}

// remove kills it, as its data is not needed any more, and empties the directory.
func (g *gannet) remove() {
	g.process.Kill()
	_ = os.RemoveAll(g.process.Dir)
}
