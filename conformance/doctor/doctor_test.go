//go:build conformance

package doctor

import (
	"encoding/json"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
)

type report struct {
	Checks []struct{ Check, State, Cause, Cure string }
}

// run runs `gannet doctor --json` and returns what it found, and the exit status.
func run(t *testing.T, args ...string) (report, int) {
	t.Helper()
	gannet, err := process.Build()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(gannet, append([]string{"doctor", "--json", "--data", t.TempDir()}, args...)...)
	out, err := cmd.Output()
	var r report
	if jsonErr := json.Unmarshal(out, &r); jsonErr != nil {
		t.Fatalf("%v, %v: %s", err, jsonErr, out)
	}
	return r, cmd.ProcessState.ExitCode()
}

// says reports whether a check has a result of that state with that text in its cause.
func (r report) says(check, state, cause string) bool {
	for _, c := range r.Checks {
		if c.Check == check && c.State == state && strings.Contains(c.Cause, cause) {
			return true
		}
	}
	return false
}

func TestJavaPair(t *testing.T) {
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	broker := javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr})
	javaenv.MQAdmin(t, "updateTopic", "-n", ns.Addr, "-b", broker.Addr, "-t", "Orders", "-r", "4", "-w", "4")
	host, port, err := net.SplitHostPort(broker.Addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	vip := net.JoinHostPort(host, strconv.Itoa(n-2))

	r, _ := run(t, "--broker", broker.Addr, "-n", ns.Addr, "--topic", "Orders")
	for _, want := range [][3]string{
		{"address", "warning", broker.Addr + ", told of"}, // of loopback, as the tests have it
		{"ports", "ok", "broker " + broker.Addr + " answers"},
		{"ports", "ok", "VIP " + vip + " answers"},
		{"name server", "ok", ns.Addr + " knows broker"},
		{"topic", "ok", "Orders has 4 queues to write at 1 broker"},
		{"clock", "ok", "is this machine's"},
		{"versions", "ok", "is V5_3_3"},
	} {
		if !r.says(want[0], want[1], want[2]) {
			t.Errorf("want %q in\n%+v", want, r)
		}
	}

	r, status := run(t, "--broker", broker.Addr, "-n", ns.Addr+";127.0.0.1:1", "--topic", "Order")
	if status != 1 || !r.says("topic", "problem", "nearest name: Orders") && !r.says("topic", "warning", "nearest name: Orders") ||
		!r.says("name server", "problem", "127.0.0.1:1 does not answer") {
		t.Errorf("exit %d, got\n%+v\nwant the name server that is away and a topic that is near", status, r)
	}

	javaenv.Stop(t, broker)
	r, status = run(t, "--broker", broker.Addr, "-n", ns.Addr, "--topic", "Orders")
	if status != 1 || !r.says("ports", "problem", broker.Addr+" is closed") {
		t.Errorf("after its stop: exit %d, got\n%+v\nwant a port that is closed", status, r)
	}
}
