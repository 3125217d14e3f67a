//go:build conformance

package names

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
)

// TestActingMaster: when a Java master leaves our name server, clients are told that its slave is the master
// for reading, and the slave is told that it is the smallest; when the master is back both are told so.
func TestActingMaster(t *testing.T) {
	names := gannet(t, t.TempDir())
	group := func(role, id string) javaenv.Options {
		return javaenv.Options{Namesrv: names.addr, Conf: map[string]string{
			"brokerRole": role, "brokerId": id, "enableSlaveActingMaster": "true",
		}}
	}
	master := javaenv.StartBroker(t, group("ASYNC_MASTER", "0"))
	slave := javaenv.StartBroker(t, group("SLAVE", "1"))
	route := step{version: 479, code: 105, ext: []any{"topic", "BenchmarkTest"}}
	awaitRoute := func(addrs, perm string) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); ; pause(t) {
			got := names.ask(t, route).Body
			if bytes.Contains(got, []byte(`"brokerAddrs":`+addrs)) && bytes.Contains(got, []byte(`"perm":`+perm+`,`)) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("got %s, want the brokers %s and perm %s", got, addrs, perm)
			}
		}
	}
	awaitNotice := func(id string) { // what Java logs when a 905 comes
		t.Helper()
		notice := regexp.MustCompile(`min broker id changed, prev [0-9]+, new ` + id)
		for deadline := time.Now().Add(30 * time.Second); !logged(t, slave.Logs(), notice); pause(t) {
			if time.Now().After(deadline) {
				t.Fatalf("the slave's logs in %s do not say %q", slave.Logs(), notice)
			}
		}
	}
	both := `{"0":` + strconv.Quote(master.Addr) + `,"1":` + strconv.Quote(slave.Addr) + `}`
	awaitRoute(both, "6")
	if err := master.Stop(); err != nil {
		t.Fatal(err)
	}
	awaitRoute(`{"0":`+strconv.Quote(slave.Addr)+`}`, "4")
	awaitNotice("1")
	javaenv.StartBroker(t, master.Options)
	awaitRoute(both, "6")
	awaitNotice("0")
}

// logged reports whether one of the files below dir has the text.
func logged(t *testing.T, dir string, text *regexp.Regexp) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if text.Match(content) {
			return true
		}
	}
	return false
}
