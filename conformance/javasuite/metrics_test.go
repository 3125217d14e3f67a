//go:build conformance

package javasuite_test

import (
	"bufio"
	"fmt"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
)

// What we tell under Java's names is what Java's exporter tells: the names, their labels, and of a topic and a group
// that the same was done with, the numbers.
func TestMetricsUnderJavaNames(t *testing.T) {
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	port := freePort(t)
	javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr, Conf: map[string]string{
		"metricsExporterType": "PROM", "metricsPromExporterHost": "127.0.0.1", "metricsPromExporterPort": port,
	}})
	g := process.Run(t, process.Options{})
	sides := map[string]string{ns.Addr: "127.0.0.1:" + port, g.Namesrv: g.Admin}
	told := make(map[string]map[string]string)
	for names, metrics := range sides {
		javaenv.RunClient(t, javaenv.Client533, "QuickProducer", nil, "--namesrv", names, "--topic", "Metered", "--count", "100")
		javaenv.RunClient(t, javaenv.Client533, "QuickConsumer", nil, "--namesrv", names, "--topic", "Metered", "--group", "G", "--count", "100")
		told[names] = scrape(t, strings.TrimPrefix(metrics, "http://"))
	}
	theirs, ours := told[ns.Addr], told[g.Namesrv]
	for series, value := range ours {
		name, _, _ := strings.Cut(series, "{")
		switch want, ok := theirs[series]; {
		case absent[name]: // of groups that are online, or of those that once were
		case !ok:
			t.Errorf("%s is not told by Java, which has\n%s", series, strings.Join(like(theirs, name), "\n"))
		case strings.Contains(series, "Metered") && !strings.Contains(name, "throughput") && value != want:
			t.Errorf("%s is %s, with Java %s", series, value, want)
		}
	}
	if len(ours) < 15 {
		t.Errorf("only %d series: %v", len(ours), ours)
	}
}

// absent are names that Java tells only now and then.
var absent = map[string]bool{
	"rocketmq_consumer_lag_messages": true, "rocketmq_consumer_lag_latency_milliseconds": true,
	"rocketmq_consumer_ready_messages": true, "rocketmq_consumer_inflight_messages": true, "rocketmq_send_to_dlq_messages_total": true,
}

func like(all map[string]string, name string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(s string) bool { return !strings.HasPrefix(s, name+"{") })
}

// only is what we do not count by, and what only OpenTelemetry adds.
var only = regexp.MustCompile(`(otel_scope_name|message_type)="[^"]*",?`)

// scrape returns the series of names that begin with rocketmq_, with their labels sorted.
func scrape(t *testing.T, addr string) map[string]string {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second}
	r, err := client.Get("http://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	all := make(map[string]string)
	for lines := bufio.NewScanner(r.Body); lines.Scan(); {
		name, rest, ok := strings.Cut(lines.Text(), "{")
		labels, value, _ := strings.Cut(rest, "} ")
		if !ok || !strings.HasPrefix(name, "rocketmq_") {
			continue
		}
		list := strings.Split(strings.Trim(only.ReplaceAllString(labels, ""), ","), ",")
		slices.Sort(list)
		value, _, _ = strings.Cut(value, " ")
		var n float64
		if _, err := fmt.Sscan(value, &n); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		all[name+"{"+strings.Join(list, ",")+"}"] = fmt.Sprint(n)
	}
	return all
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
