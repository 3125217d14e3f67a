//go:build conformance

package hostile

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/process"
)

// started is a process that is expected to end by itself.
type started struct {
	args []string
	env  []string
	as   *syscall.Credential
}

// ends runs the binary until it gives up and returns its exit status and what it printed.
func (s started) ends(t *testing.T) (status int, output string) {
	t.Helper()
	binary, err := process.Build()
	if err != nil {
		t.Fatal(err)
	}
	if s.as != nil {
		binary = readableCopy(t, binary)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, s.args...)
	cmd.Env = append(os.Environ(), s.env...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		t.Fatalf("%v still runs after %v:\n%s", s.args, 2*patience, out)
	case err == nil:
		t.Fatalf("%v ended with status 0:\n%s", s.args, out)
	case !errors.As(err, &exit):
		t.Fatal(err)
	}
	wantQuiet(t, string(out))
	return exit.ExitCode(), string(out)
}

// readableCopy is the binary where another user finds it.
func readableCopy(t *testing.T, binary string) string {
	t.Helper()
	b, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(openDir(t), "gannet")
	if err := os.WriteFile(path, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// openDir is a directory of the test that every user may enter.
func openDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for d := dir; strings.HasPrefix(filepath.Base(filepath.Dir(d)), "Test") || d == dir; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// serve are arguments that let a process start if nothing else is wrong.
func serve(t *testing.T, dir string, more ...string) []string {
	t.Helper()
	var ports [2]int
	for i := range ports {
		p, err := process.FreePorts()
		if err != nil {
			t.Fatal(err)
		}
		ports[i] = p
	}
	return append([]string{"serve", "--data", dir, "--admin", "", "--set", "brokerIP1=127.0.0.1",
		"--set", "listenPort=" + strconv.Itoa(ports[0]), "--set", "namesrv.listenPort=" + strconv.Itoa(ports[1])}, more...)
}

// wantRefusal checks the status and that the last line says what is wrong.
func wantRefusal(t *testing.T, what string, status int, output string, wantStatus int, words ...string) {
	t.Helper()
	if status != wantStatus {
		t.Errorf("%s: exit status %d, want %d", what, status, wantStatus)
	}
	for _, w := range words {
		if !strings.Contains(output, w) {
			t.Errorf("%s: got %q, want %q in it", what, output, w)
		}
	}
	if n := len(output); n > 4000 || strings.Count(output, "goroutine ") > 0 {
		t.Errorf("%s: %d bytes of output, want a message", what, n)
	}
}

// A wrong setting is refused with its key, its place, and what would be right.
func TestBadSettings(t *testing.T) {
	dir := t.TempDir()
	file := func(text string) string {
		path := filepath.Join(dir, "broker.conf")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cases := []struct {
		name, text string
		set        []string
		words      []string
	}{
		{"unknown key", "brokerName=b\n\nflushDiskTyp=ASYNC_FLUSH\n", nil, []string{"broker.conf:3", "flushDiskTyp", "flushDiskType"}},
		{"bad number", "brokerName=b\nhaListenPort=port\n", nil, []string{"broker.conf:2", "haListenPort", `"port"`}},
		{"number too large", "haListenPort=70000\n", nil, []string{"broker.conf:1", "haListenPort", "70000", "65535"}},
		{"bad choice", "flushDiskType=MAYBE\n", nil, []string{"broker.conf:1", "flushDiskType", "MAYBE", "SYNC_FLUSH"}},
		{"negative size", "mappedFileSizeCommitLog=-1\n", nil, []string{"mappedFileSizeCommitLog", "-1", "4096"}},
		{"not served", "brokerId=1\n", nil, []string{"broker.conf:1", "brokerId"}},
		{"a name with a path in it", "brokerName=../evil\n", nil, []string{"brokerName", "../evil"}},
		{"broken escape", "brokerName=\\u12\n", nil, []string{"broker.conf"}},
		{"a long value", "brokerName=" + repeat("b", 100_000) + "\n", nil, []string{"brokerName"}},
		{"bad flag", "", []string{"--set", "listenPort=x"}, []string{"listenPort", "--set"}},
		{"flag without a value", "", []string{"--set", "listenPort"}, []string{"--set"}},
		{"bad TLS mode", "tls.server.mode=enforced\n", nil, []string{"broker.conf:1", "tls.server.mode", "enforced", "permissive"}},
		{"no certificate", "", []string{"--set", "tls.server.certPath=/absent/c.pem", "--set", "tls.server.keyPath=/absent/k.pem"},
			[]string{"tls.server.certPath", "/absent/c.pem", "no such file"}},
		{"half of a pair", "", []string{"--set", "namesrv.tls.server.keyPath=/k.pem"}, []string{"tls.server.certPath", "tls.server.keyPath", "both"}},
		{"client authentication that is none", "", []string{"--set", "tls.server.need.client.auth=required"}, []string{"need.client.auth", "required", "optional"}},
		{"a name server that its broker cannot reach", "", []string{"--set", "namesrv.tls.server.mode=enforcing"}, []string{"enforcing", "registers without TLS", "permissive"}},
		{"bad proxies", "proxyProtocolFrom=10.0.0.0/33\n", nil, []string{"broker.conf:1", "proxyProtocolFrom", "10.0.0.0/33", "any, none"}},
		{"bounds that do not fit", "maxUnsentBytes=1000\n", nil, []string{"broker.conf:1", "maxUnsentBytes", "67108864"}},
		{"unknown key of the name server", "", []string{"--set", "namesrv.listenPrt=1"}, []string{"listenPrt", "listenPort"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			status, output := started{args: serve(t, data, append(c.set, "-c", file(c.text))...)}.ends(t)
			if status != 1 && status != 2 {
				t.Errorf("exit status %d, want 1 or 2", status)
			}
			wantRefusal(t, c.name, status, output, status, c.words...)
			if _, err := os.Stat(filepath.Join(data, "store")); err == nil {
				t.Error("the data directory was made, for a configuration that is wrong")
			}
		})
	}
	t.Run("no such file", func(t *testing.T) {
		status, output := started{args: serve(t, dir, "-c", "/absent/broker.conf")}.ends(t)
		wantRefusal(t, "no such file", status, output, 2, "/absent/broker.conf", "no such file")
	})
	t.Run("unknown flag", func(t *testing.T) {
		status, output := started{args: serve(t, dir, "--prot", "1")}.ends(t)
		wantRefusal(t, "unknown flag", status, output, 2, "--prot", "--help")
	})
	t.Run("unknown variable", func(t *testing.T) {
		status, output := started{args: serve(t, dir), env: []string{"GANNET_FLUSHDISKTYP=x"}}.ends(t)
		if status != 1 && status != 2 {
			t.Errorf("exit status %d, want 1 or 2", status)
		}
		wantRefusal(t, "unknown variable", status, output, status, "GANNET_FLUSHDISKTYP")
	})
}

// A directory that must not be written is named, with the reason.
func TestDirectoryWithoutPermission(t *testing.T) {
	dir := openDir(t)
	locked := filepath.Join(dir, "locked")
	if err := os.Mkdir(locked, 0o555); err != nil {
		t.Fatal(err)
	}
	var as *syscall.Credential
	if os.Getuid() == 0 {
		as = &syscall.Credential{Uid: 65534, Gid: 65534} // root may write anywhere
	}
	status, output := started{args: serve(t, filepath.Join(locked, "data")), as: as}.ends(t)
	wantRefusal(t, "locked directory", status, output, 1, locked, "permission denied")

	// The same for a directory that is there, and whose files belong to somebody else.
	data := filepath.Join(dir, "data")
	g := process.Run(t, process.Options{Dir: mkdir(t, data)})
	if err := g.Stop(); err != nil {
		t.Fatal(err)
	}
	if as != nil {
		status, output = started{args: serve(t, data), as: as}.ends(t)
		wantRefusal(t, "files of root", status, output, 1, data, "permission denied")
	}
	// A file in the place of the directory.
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	status, output = started{args: serve(t, file)}.ends(t)
	wantRefusal(t, "a file", status, output, 2, file, "is no directory")
}

func mkdir(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A port in use is named; what the process had begun is taken down in order.
func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	vip := strconv.Itoa(l.Addr().(*net.TCPAddr).Port + 2)
	for what, set := range map[string]string{"broker": "listenPort=" + port, "VIP": "listenPort=" + vip, "name server": "namesrv.listenPort=" + port} {
		dir := t.TempDir()
		status, output := started{args: serve(t, dir, "--set", set)}.ends(t)
		wantRefusal(t, what, status, output, 1, ":"+port, "address already in use")
		if _, err := os.Stat(filepath.Join(dir, "store", "abort")); err == nil {
			t.Errorf("%s: the abort file is left behind", what)
		}
	}
	status, output := started{args: serve(t, t.TempDir(), "--admin", "127.0.0.1:"+port)}.ends(t)
	wantRefusal(t, "admin", status, output, 1, ":"+port, "address already in use")
}

// A second process on a directory names the first and leaves it alone.
func TestSecondProcess(t *testing.T) {
	attack(t, limits{}, func(v *victim) {
		for range 5 {
			status, output := started{args: serve(t, v.Dir)}.ends(t)
			wantRefusal(t, "second process", status, output, 1, strconv.Itoa(v.Pid))
		}
		if _, err := os.Stat(filepath.Join(v.Dir, "store", "abort")); err != nil {
			t.Errorf("abort file of the first process: %v", err)
		}
	})
}

// SIGTERM under load ends the process in order: status 0, nothing acknowledged lost, no recovery needed.
func TestTermUnderLoad(t *testing.T) {
	for _, mode := range []string{"ASYNC_FLUSH", "SYNC_FLUSH"} {
		t.Run(mode, func(t *testing.T) { termUnderLoad(t, mode) })
	}
}

func termUnderLoad(t *testing.T, mode string) {
	options := process.Options{Dir: t.TempDir(), Set: map[string]string{"flushDiskType": mode, "mappedFileSizeCommitLog": "4194304"}}
	g := process.Run(t, options)
	load := startLoad(t, g.Broker, 8)
	load.until(t, 2000)
	began := time.Now()
	if err := g.Stop(); err != nil {
		t.Errorf("stop under load: %v, want status 0", err)
	}
	took := time.Since(began)
	load.stop()
	wantQuiet(t, g.Output())
	if _, err := os.Stat(filepath.Join(g.Dir, "store", "abort")); !os.IsNotExist(err) {
		t.Errorf("abort file: %v, want none", err)
	}
	if took > patience {
		t.Errorf("the stop took %v", took)
	}
	again, err := g.Restart(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	again.End(t)
	if m := regexp.MustCompile(`(?i)recover`).FindString(again.Output()); m != "" {
		t.Errorf("the next start says %q:\n%s\nwant a start without recovery", m, again.Output())
	}
	sum := load.verify(t, again.Broker)
	if sum.Stored != sum.Acknowledged {
		t.Errorf("%d messages are stored and %d acknowledged: the others will be sent again", sum.Stored, sum.Acknowledged)
	}
	t.Logf("stopped in %v; %v", took.Round(time.Millisecond), sum)
	if err := again.Stop(); err != nil {
		t.Errorf("second stop: %v", err)
	}
}
