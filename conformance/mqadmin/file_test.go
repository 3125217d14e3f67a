//go:build conformance

package mqadmin

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/client"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// What 25 changes is in the file that the broker was started with, beside what was there, and counts after kill -9.
func TestChangedConfigurationSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "broker.conf")
	const before = "# of the operator\nautoCreateTopicEnable = true\ndeleteWhen=04\n"
	if err := os.WriteFile(path, []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	g := process.Run(t, process.Options{Args: []string{"-c", path}})
	if a := call(t, g.Broker, protocol.UpdateBrokerConfig, "autoCreateTopicEnable=false\nfileReservedTime=48\n"); a.Code != protocol.Success {
		t.Fatalf("25: %d %s", a.Code, a.Remark)
	}
	if a := call(t, g.Broker, protocol.UpdateBrokerConfig, "fileReservedTime=24\nlistenPort=1\n"); a.Code != protocol.NoPermission {
		t.Errorf("25 with a port: %d %s, want %d", a.Code, a.Remark, protocol.NoPermission)
	}
	const want = "# of the operator\nautoCreateTopicEnable=false\ndeleteWhen=04\nfileReservedTime=48\n"
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("the file is %q, %v, want %q", got, err, want)
	}
	if got, err := os.ReadFile(path + ".bak"); err != nil || string(got) != before {
		t.Errorf("the file of before is %q, %v, want %q", got, err, before)
	}
	g.Kill()
	again, err := g.Restart(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	again.End(t)
	text := "\n" + string(call(t, again.Broker, protocol.GetBrokerConfig, "").Body)
	for _, line := range []string{"autoCreateTopicEnable=false", "fileReservedTime=48", "deleteWhen=04"} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("26 after the restart lacks %s", line)
		}
	}
}

// call sends one request to a broker.
func call(t *testing.T, addr string, code int32, body string) *wire.Command {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := client.New(client.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Call(ctx, addr, &remoting.Message{Code: code, Body: []byte(body)})
	if err != nil {
		t.Fatalf("code %d: %v", code, err)
	}
	if err := c.Close(ctx); err != nil {
		t.Error(err)
	}
	return answer
}
