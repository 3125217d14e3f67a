//go:build conformance

package transactions

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
	"github.com/gannetmq/gannet/conformance/process"
)

func TestMain(m *testing.M) {
	process.AtOnce(3)
	os.Exit(m.Run())
}

// soon makes a broker ask within seconds. Java's notes of ended transactions must be written before it asks.
var soon = map[string]string{
	"transactionTimeOut": "2000", "transactionCheckInterval": "1000", "transactionOpBatchInterval": "200",
}

// Java producers of all generations find what they find at a Java broker: commit, rollback, questions, questions again, and
// questions to another member of the group. Java opens what is left.
func TestJavaProducers(t *testing.T) {
	g := process.Run(t, process.Options{Set: soon})
	t.Run("clients", func(t *testing.T) {
		for _, client := range javasuite.Clients("Transactions") {
			t.Run(client.Name(), running("Transactions", client, g.Namesrv))
		}
	})
	if err := g.Stop(); err != nil {
		t.Fatal(err)
	}
	if exit, sum := javaenv.StoreDump(t, filepath.Join(g.Dir, "store"), "--expect-clean"); exit != 0 {
		t.Errorf("Java does not accept the directory: exit %d\n%v", exit, sum)
	}
}

// A transaction that is given up after transactionCheckMax questions is where an administrator finds it, and goes on when it is
// resumed; one with an immunity of its own is not asked for before that is over.
func TestGivenUp(t *testing.T) {
	g := process.Run(t, process.Options{Set: with("transactionCheckMax", "5")})
	for _, client := range javasuite.Clients("Abandoned") {
		t.Run(client.Name(), running("Abandoned", client, g.Namesrv))
	}
}

// The broker's own trace topic tells how transactions were decided, as producers that trace tell it.
func TestTraced(t *testing.T) {
	g := process.Run(t, process.Options{Set: with("traceTopicEnable", "true")})
	for _, client := range javasuite.Clients("TransactionTraces") {
		t.Run(client.Name(), running("TransactionTraces", client, g.Namesrv))
	}
}

// with is soon and one key more.
func with(key, value string) map[string]string {
	set := maps.Clone(soon)
	set[key] = value
	return set
}

// running is a test, run beside others, of a program with a client.
func running(program string, client javasuite.Client, namesrv string) func(t *testing.T) {
	return func(t *testing.T) {
		t.Parallel() // they mostly wait
		r := javaenv.RunClient(t, client.Module, program, client.Props(), "--namesrv", namesrv, "--prefix", program+"-"+client.Name())
		t.Logf("%s", r.Line)
	}
}
