//go:build conformance

package hostile

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/remoting/protocol"
)

const diskSize = "64m"

// A disk that others fill while producers send: sends are refused with 14 and the reason, reads go on,
// nothing acknowledged is lost, and when there is room again sends go on by themselves.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t)
	if dir == "" {
		return // see conformance/SKIPPED.md
	}
	g := process.Run(t, process.Options{Dir: mkdir(t, filepath.Join(dir, "data")), Set: map[string]string{
		"mappedFileSizeCommitLog": "4194304", "mappedFileSizeConsumeQueue": "200000", "maxHashSlotNum": "10000", "maxIndexNum": "100000",
	}})
	load := startLoad(t, g.Broker, 4)
	load.until(t, 500)
	hog := fillDisk(t, dir)
	eventually(t, "sends are refused with 14", func() bool { return load.refused(protocol.ServiceNotAvailable) > 10 })
	refusedWell(t, g)
	load.stop()
	if sum := load.verify(t, g.Broker); sum.Acknowledged == 0 {
		t.Errorf("%v: the test tested nothing", sum)
	}
	if err := os.Remove(hog); err != nil {
		t.Fatal(err)
	}
	p := dial(t, g.Broker)
	eventually(t, "sends are taken again", func() bool {
		return p.ask(protocol.SendMessageV2, sendTo("Again"), []byte("body")).code == 0
	})
	eventually(t, "the process is ready again", func() bool {
		_, status, err := g.Get("/readyz")
		return err == nil && status == http.StatusOK
	})
	if err := g.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	wantQuiet(t, g.Output())
	t.Logf("%v; refused with 14: %d", load.verifyRestarted(t, g), load.refused(protocol.ServiceNotAvailable))
}

// verifyRestarted compares again with what a new process finds on the disk.
func (l *load) verifyRestarted(t *testing.T, g *process.Gannet) string {
	t.Helper()
	again, err := g.Restart(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again.End(t)
	sum := l.verify(t, again.Broker).String()
	if err := again.Stop(); err != nil {
		t.Errorf("second stop: %v", err)
	}
	return sum
}

// refusedWell checks the words of a refusal, and that the process says that it is not ready, and why.
func refusedWell(t *testing.T, g *process.Gannet) {
	t.Helper()
	p := dial(t, g.Broker)
	a := p.want("send to a full disk", protocol.SendMessageV2, sendTo(loadTopic), make([]byte, 100_000), protocol.ServiceNotAvailable)
	if !strings.Contains(a.remark, "service not available now") || !strings.Contains(a.remark, "Cause: ") {
		t.Errorf("remark %q, want Java's text and the cause", a.remark)
	}
	eventually(t, "/readyz says that the disk is full", func() bool {
		body, status, err := g.Get("/readyz")
		return err == nil && status != http.StatusOK && strings.Contains(body, "disk full")
	})
}

// smallDisk mounts a file system of 64 MB, "" if this process may not.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+diskSize)
	if errors.Is(err, syscall.EPERM) {
		t.Logf("not tested: mounting needs root: %v", err)
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// fillDisk writes a file until nothing fits any more.
func fillDisk(t *testing.T, dir string) (path string) {
	t.Helper()
	path = filepath.Join(dir, "hog")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	return path
}

// A file of the log that somebody cuts short under the running process (a fault in its mapping): the affected requests are
// refused with the cause, the process lives and says that it is not ready. The next start sets aside what is torn, serves
// what is left, and says what is lost.
func TestLogCutUnderTheProcess(t *testing.T) {
	g := process.Run(t, process.Options{Dir: t.TempDir(), Set: map[string]string{"mappedFileSizeCommitLog": "4194304", "maxHashSlotNum": "10000"}})
	load := startLoad(t, g.Broker, 2)
	load.until(t, 200)
	file := filepath.Join(g.Dir, "store", "commitlog", "00000000000000000000")
	const left = 70_000 // inside a message
	if err := os.Truncate(file, left); err != nil {
		t.Fatal(err)
	}
	eventually(t, "sends are refused with 14", func() bool { return load.refused(protocol.ServiceNotAvailable) > 10 })
	load.stop()
	p := dial(t, g.Broker)
	a := p.want("send to a log that was cut", protocol.SendMessageV2, sendTo(loadTopic), []byte("body"), protocol.ServiceNotAvailable)
	if !strings.Contains(a.remark, "service not available now") || !strings.Contains(a.remark, "Cause: store: read-only: ") {
		t.Errorf("remark %q, want Java's text and the cause", a.remark)
	}
	t.Logf("remark: %s", a.remark)
	body, status, err := g.Get("/readyz")
	if err != nil || status == http.StatusOK || !strings.Contains(body, "store: read-only: ") {
		t.Errorf("/readyz: %d %q, %v; want that the store is read-only, and why", status, body, err)
	}
	t.Logf("/readyz: %s", body)
	if code := p.ask(protocol.GetBrokerRuntimeInfo, nil, nil).code; code != 0 {
		t.Errorf("the process does not serve what does not touch the file: %d", code)
	}
	began := time.Now()
	if err := g.Stop(); err == nil {
		t.Error("stop: status 0, want one that tells of the fault")
	}
	t.Logf("stopped in %v", time.Since(began))
	wantQuiet(t, g.Output())

	again, err := g.Restart(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again.End(t)
	for _, want := range []string{"torn bytes behind the end of the log are set aside", "the queues know messages behind the end of the log, which are lost"} {
		if !strings.Contains(again.Output(), want) {
			t.Errorf("the start does not say %q:\n%s", want, again.Output())
		}
	}
	if list, err := filepath.Glob(filepath.Join(g.Dir, "store", "bad", "commitlog-*")); err != nil || len(list) != 1 {
		t.Errorf("set aside: %q, %v; want what was torn", list, err)
	}
	if _, status, err := again.Get("/readyz"); err != nil || status != http.StatusOK {
		t.Errorf("/readyz after the start: %d, %v", status, err)
	}
	p = dial(t, again.Broker)
	if code := p.ask(protocol.SendMessageV2, sendTo(loadTopic), []byte("body")).code; code != 0 {
		t.Errorf("send after the start: %d", code)
	}
	if err := again.Stop(); err != nil {
		t.Errorf("second stop: %v", err)
	}
}

// A process that has used up its descriptors cannot begin the log's next file: sends are refused with the cause, which
// /readyz tells too, and taken again when there are descriptors; nothing acknowledged is lost.
func TestRollWithoutDescriptors(t *testing.T) {
	g := process.Run(t, process.Options{Dir: t.TempDir(), Set: map[string]string{"mappedFileSizeCommitLog": "1048576", "maxHashSlotNum": "10000"}})
	load := startLoad(t, g.Broker, 2)
	p := dial(t, g.Broker)
	load.until(t, 100)
	ready := func() (string, bool) { // on a connection that is kept
		body, status, err := g.Get("/readyz")
		return body, err == nil && status == http.StatusOK
	}
	if body, ok := ready(); !ok {
		t.Fatalf("/readyz: %q", body)
	}
	var was unix.Rlimit
	if err := unix.Prlimit(g.Pid, unix.RLIMIT_NOFILE, nil, &was); err != nil {
		t.Fatal(err)
	}
	few := was
	few.Cur = 10 // what is open stays open
	if err := unix.Prlimit(g.Pid, unix.RLIMIT_NOFILE, &few, nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, "sends are refused with 14", func() bool { return load.refused(protocol.ServiceNotAvailable) > 10 })
	large := make([]byte, 900<<10) // fits into what is left of no file
	a := p.want("send", protocol.SendMessageV2, sendTo(loadTopic), large, protocol.ServiceNotAvailable)
	if !strings.Contains(a.remark, "too many open files") || !strings.Contains(a.remark, "Cause: store: read-only: ") {
		t.Errorf("remark %q, want the cause", a.remark)
	}
	if body, ok := ready(); ok || !strings.Contains(body, "too many open files") {
		t.Errorf("/readyz: %q, want the cause", body)
	}
	if err := unix.Prlimit(g.Pid, unix.RLIMIT_NOFILE, &was, nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the process is ready again", func() bool { _, ok := ready(); return ok })
	load.until(t, 100)
	load.stop()
	if err := g.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	wantQuiet(t, g.Output())
	t.Log(load.verifyRestarted(t, g))
}
