//go:build conformance

package transactions

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
)

// soon makes a broker ask within seconds. Java's notes of ended transactions must be written before it asks.
var soon = map[string]string{
	"transactionTimeOut": "2000", "transactionCheckInterval": "1000", "transactionOpBatchInterval": "200",
}

// Java producers of all generations find what they find at a Java broker: commit, rollback, questions, questions again, and
// questions to another member of the group. Java opens what is left.
func TestJavaProducers(t *testing.T) {
	g := process.Run(t, process.Options{Set: soon})
	t.Run("clients", func(t *testing.T) { // they mostly wait
		for i, client := range []javaenv.Module{javaenv.Client533, javaenv.Client514, javaenv.Client494, javaenv.Client471, javaenv.Client432} {
			t.Run(string(client), func(t *testing.T) {
				t.Parallel()
				r := javaenv.RunClient(t, client, "Transactions", nil, "--namesrv", g.Namesrv, "--prefix", fmt.Sprint("Tx", i))
				t.Logf("%s", r.Line)
			})
		}
	})
	if err := g.Stop(); err != nil {
		t.Fatal(err)
	}
	if exit, sum := javaenv.StoreDump(t, filepath.Join(g.Dir, "store"), "--expect-clean"); exit != 0 {
		t.Errorf("Java does not accept the directory: exit %d\n%v", exit, sum)
	}
}
