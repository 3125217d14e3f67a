package config

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// run executes `gannet config args` and returns what it prints and the exit status.
func run(t *testing.T, args ...string) (out, errs string, status int) {
	t.Helper()
	var o, e strings.Builder
	cmd := Command()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&o)
	cmd.SetErr(&e)
	err := cmd.Execute()
	var exit *ExitError
	switch {
	case errors.As(err, &exit):
		status = exit.Status
	case err != nil:
		t.Fatalf("%v: %v, want an ExitError", args, err)
	}
	return o.String(), e.String(), status
}

func TestCheck(t *testing.T) {
	good := write(t, "good.conf", "brokerName=b", "transientStorePoolSize=3")
	bad := write(t, "bad.conf", "brokerIp1=10.0.0.1", "listenPort=x")
	unknown := write(t, "unknown.conf", "brokerIp1=10.0.0.1")
	names := write(t, "namesrv.conf", "listenPort=0")
	absent := filepath.Join(t.TempDir(), "absent.conf")
	note := "note: transientStorePoolSize = \"3\" in " + good + ":2 has no effect: " +
		"messages go to the page cache at once, so that they outlive the process\n"
	valid := good + ": valid for the broker\n"
	typo := `unknown key "brokerIp1" in ` + bad + ":1, did you mean \"brokerIP1\"?\n"
	number := `error: listenPort = "x" in ` + bad + ":2: want an integer from -2147483648 to 2147483647\n"
	port := `error: listenPort = "0" in ` + names + ":1: want from 1 to 65535\n"
	for _, c := range []struct {
		args   []string
		out    string
		status int
	}{
		{[]string{"check"}, "", 0},
		{[]string{"check", good}, note + valid, 0},
		{[]string{"check", "-c", good}, note + valid, 0},
		{[]string{"check", bad}, "error: " + typo + number, StatusInvalid},
		{[]string{"check", bad, good}, "error: " + typo + number + note + valid, StatusInvalid},
		{[]string{"check", "--lenient", bad}, "warning: " + typo + number, StatusInvalid},
		{
			[]string{"check", "--lenient", unknown},
			`warning: unknown key "brokerIp1" in ` + unknown + ":1, did you mean \"brokerIP1\"?\n" + unknown + ": valid for the broker\n", 0,
		},
		{[]string{"check", "--namesrv-config", names}, port, StatusInvalid},
		{[]string{"check", good, "--namesrv-config", names}, note + valid + port, StatusInvalid},
		{[]string{"check", "--set", "listenPort=y"}, "error: listenPort = \"y\" in --set: want an integer from -2147483648 to 2147483647\n", StatusInvalid},
		{[]string{"check", absent, good}, note + valid, StatusUsage},
		{[]string{"check", "--set", "nothing"}, "", StatusUsage},
	} {
		out, _, status := run(t, c.args...)
		if out != c.out || status != c.status {
			t.Errorf("%v: got status %d and\n%s\nwant status %d and\n%s", c.args, status, out, c.status, c.out)
		}
	}
}

func TestShow(t *testing.T) {
	path := write(t, "broker.conf", "listenPort = 20911 ", "deleteWhen=04", "regionId=a\\tb")
	t.Setenv("GANNET_BROKERIP1", "10.0.0.1")
	args := []string{"show", "-c", path, "--set", "namesrv.listenPort=19876"}
	out, _, status := run(t, args...)
	want := "brokerIP1=10.0.0.1\nbrokerName=broker-a\ndeleteWhen=04\nlistenPort=20911\nregionId=\"a\\tb\"\nnamesrv.listenPort=19876\n"
	if out != want || status != StatusInvalid {
		t.Errorf("got status %d and\n%s\nwant %d and\n%s", status, out, StatusInvalid, want)
	}

	out, errs, _ := run(t, append(args, "--source")...)
	want = "brokerIP1=10.0.0.1\tvariable GANNET_BROKERIP1\nbrokerName=broker-a\tdefault of serve\ndeleteWhen=04\t" + path +
		":2\nlistenPort=20911\t" + path + ":1\nregionId=\"a\\tb\"\t" + path + ":3\nnamesrv.listenPort=19876\t--set namesrv.listenPort\n"
	if out != want || errs != "" {
		t.Errorf("--source: got %q and\n%s\nwant\n%s", errs, out, want)
	}
}

func TestShowEffective(t *testing.T) {
	path := write(t, "broker.conf", "listenPort=20911", "maxMessageSize=x", "transientStorePoolSize=3")
	out, errs, status := run(t, "show", "-c", path, "--effective", "--source")
	if status != StatusInvalid || !strings.Contains(errs, "transientStorePoolSize") {
		t.Errorf("got status %d and %q, want %d and the note", status, errs, StatusInvalid)
	}
	for _, line := range []string{
		"listenPort=20911\t" + path + ":1\n", "maxMessageSize=4194304\tdefault\n", "traceOn=true\tdefault\n",
		"brokerName=broker-a\tdefault of serve\n", "namesrv.listenPort=9876\tdefault\n",
	} {
		if !strings.Contains(out, line) {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
	if strings.Contains(out, "transientStorePoolSize") {
		t.Errorf("a key without effect is effective:\n%s", out)
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if n := len(Broker.fields()) + len(NameServer.fields()); len(lines) != n {
		t.Errorf("got %d lines, want %d", len(lines), n)
	}
	if _, _, status := run(t, "show", "-c", filepath.Join(t.TempDir(), "absent")); status != StatusUsage {
		t.Errorf("absent file: got status %d, want %d", status, StatusUsage)
	}
}
