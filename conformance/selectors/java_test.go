//go:build conformance

package selectors

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
	"github.com/gannetmq/gannet/conformance/process"
)

// refusals are what a run of Selecting was told of the expressions that cannot be compiled.
type refusals struct{ Bad0, Bad1, Bad2, Bad3, Bad4 string }

func (r refusals) list() []string { return []string{r.Bad0, r.Bad1, r.Bad2, r.Bad3, r.Bad4} }

// selecting runs the Java program, which fails the test if it is not given what it selects.
func selecting(t *testing.T, client javasuite.Client, namesrv string) (r refusals) {
	t.Helper()
	run := javaenv.RunClient(t, client.Module, "Selecting", client.Props(), "--namesrv", namesrv, "--topic", "Selecting-"+client.Name())
	if err := json.Unmarshal(run.Line, &r); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", run.Line)
	return r
}

// TestJavaClients: what Java's clients select, and are told of bad expressions, is what they are given and told by a Java
// broker. Ours says the place too where Java's text does not.
func TestJavaClients(t *testing.T) {
	conf := map[string]string{"enablePropertyFilter": "true"}
	ours := process.Run(t, process.Options{Set: conf})
	newest := javasuite.Client{Module: javaenv.Client533, Headers: javasuite.JSON}
	var told refusals
	t.Run("clients", func(t *testing.T) {
		for _, client := range javasuite.Clients("Selecting") {
			t.Run(client.Name(), func(t *testing.T) {
				t.Parallel() // they wait most of the time
				if got := selecting(t, client, ours.Namesrv); client == newest {
					told = got
				}
			})
		}
	})
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr, Conf: conf})
	for i, want := range selecting(t, newest, ns.Addr).list() {
		got := told.list()[i]
		if !strings.HasPrefix(got, want) || want == "" {
			t.Errorf("refusal %d: got %q, want %q", i, got, want)
		}
		if !strings.Contains(got, "at line 1, column ") {
			t.Errorf("refusal %d: got %q, want the place", i, got)
		}
	}
}
