//go:build conformance

package javasuite_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
	"github.com/gannetmq/gannet/conformance/process"
)

func TestMain(m *testing.M) {
	process.AtOnce(3)
	os.Exit(m.Run())
}

// The clients work against ours as against Java's own, and a Java broker opens what they wrote:
// after kill -9 with every message, after a clean stop without a word.
func TestGannet(t *testing.T) {
	t.Run("default files", func(t *testing.T) { serve(t, nil, nil, javasuite.All()) })
	t.Run("small files", func(t *testing.T) {
		small := map[string]string{"mappedFileSizeCommitLog": "16777216", "mappedFileSizeConsumeQueue": "10000"}
		// Members reset their offsets themselves here, as those of Java 4 brokers do.
		serve(t, small, map[string]string{"useServerSideResetOffset": "false"}, javasuite.All()[:1])
	})
}

// serve runs a broker with the keys of the store, which Java gets too, and others.
func serve(t *testing.T, set, others map[string]string, clients []javasuite.Client) {
	all := maps.Clone(others)
	if all == nil {
		all = make(map[string]string)
	}
	maps.Copy(all, set)
	g := process.Run(t, process.Options{Set: all})
	javasuite.Run(t, g.Namesrv, clients)
	stop(t, g, set)
}

// stop ends the broker in both ways and has Java judge the directory. After kill -9, with what the clients wrote
// partly in no file but the log's, Java must come to the messages that we come to.
func stop(t *testing.T, g *process.Gannet, set map[string]string) {
	t.Helper()
	var args []string
	for k, v := range set {
		args = append(args, "--set", k+"="+v)
	}
	store := filepath.Join(g.Dir, "store")
	g.Kill()
	exit, killed := javaenv.StoreDump(t, store, args...)
	if exit != 0 || killed.Messages < javasuite.Count {
		t.Errorf("Java does not accept the directory after kill -9: exit %d\n%v", exit, killed)
	}
	again, err := g.Restart(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Stop(); err != nil {
		t.Fatalf("stop: %v", err)
	}
	exit, clean := javaenv.StoreDump(t, store, append(args, "--expect-clean", "--expect-messages", fmt.Sprint(killed.Messages))...)
	if exit != 0 {
		t.Errorf("Java does not accept the directory after a clean stop: exit %d\n%v", exit, clean)
	}
}

// A Java broker registers at our name server and serves a Java client through it.
func TestJavaBrokerAtOurNameServer(t *testing.T) {
	ns := process.Run(t, process.Options{Role: "namesrv"})
	javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Namesrv})
	javasuite.Quick(t, ns.Namesrv, javaenv.Client533)
}

// Our broker registers at a Java name server and serves a Java client through it.
func TestOurBrokerAtJavaNameServer(t *testing.T) {
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	process.Run(t, process.Options{Role: "broker", Set: map[string]string{"namesrvAddr": ns.Addr}})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := javaenv.AwaitNamesrv(ctx, ns.Addr); err != nil {
		t.Fatal(err)
	}
	javasuite.Quick(t, ns.Addr, javaenv.Client533)
}
