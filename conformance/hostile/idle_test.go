//go:build conformance

package hostile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/gannetmq/gannet/remoting/protocol"
)

// crowdEnv makes the test binary the client of a crowd: it holds the connections of TestIdleConnections,
// which would else count against the descriptors and the memory of the test itself.
const crowdEnv = "GANNET_HOSTILE_CROWD"

const crowdSize = 10_000

func TestMain(m *testing.M) {
	if addr := os.Getenv(crowdEnv); addr != "" {
		if err := crowd(addr); err != nil {
			fmt.Fprintln(os.Stderr, "crowd:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// crowd opens the connections, has each answered once, says so, and holds them until its input ends.
func crowd(addr string) error {
	conns := make([]net.Conn, crowdSize)
	errs := make([]error, 16)
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			for i := w; i < crowdSize && errs[w] == nil; i += len(errs) {
				conns[i], errs[w] = join(addr)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	fmt.Println("here")
	_, err := io.Copy(io.Discard, os.Stdin)
	for _, c := range conns {
		reset(c)
	}
	return err
}

func join(addr string) (net.Conn, error) {
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	if _, err := c.Write(request(protocol.GetMaxOffset, 1, 0, queueOf(quietTopic, "0"), nil)); err != nil {
		return nil, err
	}
	var b [512]byte
	if n, err := c.Read(b[:]); err != nil || !strings.Contains(string(b[:n]), `"code":0`) {
		return nil, fmt.Errorf("answer %q: %w", b[:n], err)
	}
	return c, nil
}

// Ten thousand clients that were served once and now are idle cost at most 30 MB.
func TestIdleConnections(t *testing.T) {
	const most = 30 * mib
	attack(t, limits{memory: most}, func(v *victim) {
		before := resident(t, v.Pid)
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), crowdEnv+"="+v.Broker)
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "here\n" {
			t.Errorf("the crowd said %q, %v", line, err)
		}
		if n := v.metric("gannet_connections"); n < crowdSize {
			t.Errorf("%v connections, want %d", n, crowdSize)
		}
		v.works(steps)
		grown := resident(t, v.Pid) - before
		t.Logf("%d idle connections: resident memory without files of the store grew by %.1f MiB, %d bytes each",
			crowdSize, float64(grown)/mib, grown/crowdSize)
		if grown > most {
			t.Errorf("resident memory grew by %d MiB, want at most %d", grown/mib, most/mib)
		}
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("crowd: %v", err)
		}
		eventually(t, "the crowd has gone", func() bool { return v.metric("gannet_connections") == 1 })
	})
}

// resident is the resident memory of a process but for the files that it maps.
func resident(t *testing.T, pid int) int64 {
	t.Helper()
	rss, err := memoryOf(pid, "VmRSS")
	files, err2 := memoryOf(pid, "RssFile")
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return rss - files
}
