package config

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/compat/jconf"
)

// TestProblemTexts has every text that a user may read. FILE stands for the path.
func TestProblemTexts(t *testing.T) {
	for _, c := range []struct {
		role Role
		line string
		want string
	}{
		{Broker, "brokerIp1=10.0.0.1", `unknown key "brokerIp1" in FILE:2, did you mean "brokerIP1"? start refused; use --lenient to ignore`},
		{Broker, "xyzzy=1", `unknown key "xyzzy" in FILE:2; start refused; use --lenient to ignore`},
		{Broker, "clusterTest=true", `unknown key "clusterTest" in FILE:2: it is a key of the name server; start refused; use --lenient to ignore`},
		{NameServer, "flushDiskType=SYNC_FLUSH", `unknown key "flushDiskType" in FILE:2: it is a key of the broker; start refused; use --lenient to ignore`},
		{Broker, "listenPort=10 911", `listenPort = "10 911" in FILE:2: want an integer from -2147483648 to 2147483647; start refused`},
		{Broker, "listenPort=70000", `listenPort = "70000" in FILE:2: want from 3 to 65534; start refused`},
		{Broker, "traceOn=yes", `traceOn = "yes" in FILE:2: want true or false; start refused`},
		{Broker, "flushDiskType=SYNC", `flushDiskType = "SYNC" in FILE:2: want one of ASYNC_FLUSH, SYNC_FLUSH; start refused`},
		{Broker, "sendMessageThreadPoolNums=many", `sendMessageThreadPoolNums = "many" in FILE:2: want an integer from -2147483648 to 2147483647; start refused`},
		{Broker, "brokerRole=SLAVE", `brokerRole = "SLAVE" in FILE:2 is refused: replication is not served yet; want the default "ASYNC_MASTER"; start refused; use --lenient to ignore`},
		{Broker, "maxFrameSize=1048576", `maxMessageSize = "4194304", the default: want at most 917504: it must fit a request with its properties; raise maxFrameSize; start refused`},
	} {
		path := write(t, "test.conf", "# a comment", c.line)
		f := findings(t, Sources{Role: c.role, File: path, Defaults: defaultsOf(c.role)})
		err := f.Err(false)
		var refusal *Refusal
		if !errors.As(err, &refusal) || strings.ReplaceAll(err.Error(), path, "FILE") != c.want {
			t.Errorf("%s:\ngot  %v\nwant %s", c.line, err, c.want)
		}
	}
}

func defaultsOf(r Role) []jconf.Setting {
	if r == NameServer {
		return nil
	}
	return ServeDefaults()
}

func findings(t *testing.T, s Sources) *Findings {
	t.Helper()
	_, f, err := bound(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestVariableTexts(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"GANNET_LISTENPRT", "1", `unknown variable "GANNET_LISTENPRT", did you mean "GANNET_LISTENPORT"? start refused; use --lenient to ignore`},
		{"GANNET_FLUSH_DISK_TYPE", "1", `unknown variable "GANNET_FLUSH_DISK_TYPE", did you mean "GANNET_FLUSHDISKTYPE"? start refused; use --lenient to ignore`},
		{"GANNET_LISTEN_PORT", "1", `unknown variable "GANNET_LISTEN_PORT", did you mean "GANNET_LISTENPORT"? start refused; use --lenient to ignore`},
		{"GANNET_XYZZY", "1", `unknown variable "GANNET_XYZZY"; start refused; use --lenient to ignore`},
		{"GANNET_LISTENPORT", "x", `listenPort = "x" in variable GANNET_LISTENPORT: want an integer from -2147483648 to 2147483647; start refused`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(c.name, c.value)
			err := findings(t, Sources{Defaults: ServeDefaults()}).Err(false)
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestFlagTexts(t *testing.T) {
	for _, c := range []struct {
		role      Role
		set, want string
	}{
		{Broker, "listenprot=1", `unknown key "listenprot" in --set, did you mean "listenPort"? start refused; use --lenient to ignore`},
		{NameServer, "namesrv.listenprot=1", `unknown key "listenprot" in --set namesrv.listenprot, did you mean "listenPort"? start refused; use --lenient to ignore`},
	} {
		s := Sources{Role: c.role, Set: []string{c.set}}
		if c.role == Broker {
			s.Defaults = ServeDefaults()
		}
		err := findings(t, s).Err(false)
		if err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

// TestLenient: unknown and refused keys become warnings and keep their defaults, bad values do not.
func TestLenient(t *testing.T) {
	path := write(t, "broker.conf", "brokerIp1=10.0.0.1", "duplicationEnable=true", "brokerRole=SLAVE", "listenPort=168 ", "brokerName=b")
	c, f, err := LoadBroker(Sources{File: path})
	if err != nil {
		t.Fatal(err)
	}
	strict := f.Err(false)
	if strict == nil || strings.Count(strict.Error(), "\n") != 3 || !strings.HasSuffix(strict.Error(), "\nstart refused; use --lenient to ignore unknown and refused keys") {
		t.Errorf("strict: got %v, want three problems and the way out", strict)
	}
	if err := f.Err(true); err != nil {
		t.Errorf("lenient: got %v, want nothing", err)
	}
	want := []string{
		`unknown key "brokerIp1" in FILE:1, did you mean "brokerIP1"?: ignored`,
		`duplicationEnable = "true" in FILE:2 is refused: replication is not served yet; want the default "false": ignored`,
		`brokerRole = "SLAVE" in FILE:3 is refused: replication is not served yet; want the default "ASYNC_MASTER": ignored`,
	}
	var got []string
	for _, w := range f.Warnings(true) {
		got = append(got, strings.ReplaceAll(w, path, "FILE"))
	}
	if !slices.Equal(got, want) {
		t.Errorf("warnings:\ngot  %q\nwant %q", got, want)
	}
	if c.ListenPort != 168 || c.BrokerIP1 != "" {
		t.Errorf("got port %d and brokerIP1 %q, want 168 (blanks do not count) and nothing", c.ListenPort, c.BrokerIP1)
	}

	bad := findings(t, Sources{File: write(t, "broker.conf", "listenPort=x", "xyzzy=1"), Defaults: ServeDefaults()})
	if err := bad.Err(true); err == nil || strings.Contains(err.Error(), "xyzzy") || strings.Contains(err.Error(), "lenient") {
		t.Errorf("lenient with a bad value: got %v, want that one only, and no way out", err)
	}
}

func TestNotes(t *testing.T) {
	path := write(t, "broker.conf", "listenPort=1111", "transientStorePoolSize=3", "transientStorePoolEnable=false", "listenPort=2222")
	f := findings(t, Sources{File: path, Defaults: ServeDefaults()})
	want := []string{
		`listenPort = "1111" in FILE:1 does not count: FILE:4 sets it again`,
		`transientStorePoolSize = "3" in FILE:2 has no effect: messages go to the page cache at once, so that they outlive the process`,
	}
	var got []string
	for _, n := range f.Notes {
		got = append(got, strings.ReplaceAll(n, path, "FILE"))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if err := f.Err(false); err != nil {
		t.Errorf("got %v, want notes only", err)
	}
}

// TestSecretsAreNotPrinted: in no text of a problem, of a note, of check or of show.
func TestSecretsAreNotPrinted(t *testing.T) {
	keys := []string{
		"initAuthenticationUser", "innerClientAuthenticationCredentials", "metricsGrpcExporterHeader",
		"objectStoreAccessKey", "objectStoreSecretKey", "secretKey", "sslPassword",
	}
	var lines []string
	for _, key := range keys {
		lines = append(lines, key+"=hunter2", key+"=hunter2")
	}
	path := write(t, "broker.conf", append(lines, "listenPort=2")...)
	o := &chosen{brokerFile: path, set: []string{"namesrv.secretKey=hunter2"}}
	var out strings.Builder
	if err := o.check(&out, nil); err == nil {
		t.Error("check: no problem, want unknown keys")
	}
	if err := o.show(&out, &out, false, true); err == nil {
		t.Error("show: no problem, want unknown keys")
	}
	f := findings(t, Sources{File: path})
	text := out.String() + f.Err(false).Error() + strings.Join(f.Warnings(true), "\n")
	if strings.Contains(text, "hunter2") {
		t.Errorf("a secret is in\n%s", text)
	}
	for _, key := range keys {
		if !strings.Contains(out.String(), key+"=***") {
			t.Errorf("show does not print %s=***:\n%s", key, out.String())
		}
	}
}
