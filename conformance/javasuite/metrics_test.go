//go:build conformance

package javasuite_test

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
)

// What we tell under Java's names is what Java's exporter tells after the same was done with both: the names with their labels,
// and of a topic and a group of its own, the numbers. What only one of them tells is listed.
func TestMetricsUnderJavaNames(t *testing.T) {
	set := map[string]string{
		"transactionTimeOut": "2000", "transactionCheckInterval": "1000", "transactionOpBatchInterval": "200", "recallMessageEnable": "true",
		"messageDelayLevel": "1s 2s 1s 2s 3s", "brokerName": "broker-a",
	}
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	port := freePort(t)
	conf := map[string]string{"metricsExporterType": "PROM", "metricsPromExporterHost": "127.0.0.1", "metricsPromExporterPort": port}
	maps.Copy(conf, set)
	javaenv.StartBroker(t, javaenv.Options{Namesrv: ns.Addr, Conf: conf})
	g := process.Run(t, process.Options{Set: set})
	var theirs, ours map[string]string
	t.Run("sides", func(t *testing.T) { // their clients mostly wait
		t.Run("java", func(t *testing.T) {
			t.Parallel()
			theirs = measured(t, ns.Addr, "127.0.0.1:"+port)
		})
		t.Run("ours", func(t *testing.T) {
			t.Parallel()
			ours = measured(t, g.Namesrv, strings.TrimPrefix(g.Admin, "http://"))
		})
	})
	them, us := kinds(theirs), kinds(ours)
	for kind := range us {
		if !them[kind] {
			t.Errorf("%s is not told by Java, which has\n%s", kind, strings.Join(like(theirs, kind), "\n"))
		}
	}
	needed := make(map[string]bool)
	for kind := range them {
		switch line := listed(kind); {
		case line != "":
			if needed[line] = true; us[kind] {
				t.Errorf("%s is listed, and we tell it", kind)
			}
		case !us[kind]:
			t.Errorf("%s is told by Java only; ours is\n%s", kind, strings.Join(like(ours, kind), "\n"))
		}
	}
	for line := range untold {
		if !needed[line] {
			t.Errorf("%s is listed, and Java does not tell it", line)
		}
	}
	for series, value := range theirs {
		name, _, _ := strings.Cut(series, "{")
		if strings.Contains(series, `="Metered"`) && !strings.Contains(name, "latency") && !strings.Contains(name, "throughput") && !strings.HasSuffix(name, "_sum") && ours[series] != value {
			t.Errorf("%s is %s, with Java %s", series, cmp.Or(ours[series], "missing"), value)
		}
	}
}

// measured does what gives a broker something to tell, and returns what it tells while a consumer is there.
func measured(t *testing.T, names, metrics string) map[string]string {
	t.Helper()
	run := func(program string, args ...string) {
		javaenv.RunClient(t, javaenv.Client533, program, nil, append([]string{"--namesrv", names}, args...)...)
	}
	run("QuickProducer", "--topic", "Metered", "--count", "100")
	env, ctx := javaenv.Setup(t), context.Background()
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	dirs := []string{t.TempDir(), t.TempDir()}
	work.Go(func() { // it waits for one message more than there are
		_, _ = env.Run(ctx, javaenv.Program{Dir: dirs[0], Module: javaenv.Client533, Main: "QuickConsumer", Args: []string{
			"--namesrv", names, "--topic", "Metered", "--group", "G", "--count", "101", "--seconds", "300"}})
	})
	defer work.Wait()
	defer cancel()
	t.Run("programs", func(t *testing.T) {
		for program, args := range map[string][]string{"Failures": {"--prefix", "F"}, "Transactions": {"--prefix", "X"}} {
			t.Run(program, func(t *testing.T) {
				t.Parallel()
				run(program, args...)
			})
		}
		t.Run("Timed", func(t *testing.T) {
			t.Parallel()
			file, err := filepath.Abs("../timers/Timed.java")
			if err != nil {
				t.Fatal(err)
			}
			out, err := env.Run(ctx, javaenv.Program{
				Dir: dirs[1], Module: javaenv.Client533, Main: file, Args: []string{"both", names, "Timed", "20", "500", "3000"},
			})
			if err != nil || out.Exit != 0 {
				t.Fatalf("%v\n%s%s", err, out.Stdout, out.Stderr)
			}
		})
	})
	return scrape(t, metrics)
}

// kinds are names with the names of their labels, and the values of labels that have a few.
func kinds(series map[string]string) map[string]bool {
	all := make(map[string]bool)
	for s := range series {
		all[openLabels.ReplaceAllString(s, "$1")] = true
	}
	return all
}

// openLabels have any values.
var openLabels = regexp.MustCompile(`(topic|consumer_group|request_code|response_code|is_long_polling|result|is_system|is_retry|node_id|queue_id)="[^"]*"`)

// untold are what Java tells and we do not, by the beginning of a kind, with why.
var untold = map[string]string{
	"rocketmq_pop_":                    "POP is not built",
	"rocketmq_timer_message_snapshot{": "a walk of the whole wheel for each scrape; the messages that wait are told by topic",
	`rocketmq_processor_watermark{cluster="DefaultCluster",node_id,node_type="broker",processor="ack"}`:              "POP is not built",
	`rocketmq_processor_watermark{cluster="DefaultCluster",node_id,node_type="broker",processor="async_put"}`:        "no such pool: sends run on the loop, or on the pool send",
	`rocketmq_processor_watermark{cluster="DefaultCluster",node_id,node_type="broker",processor="client_manager"}`:   "no such pool: run by admin",
	`rocketmq_processor_watermark{cluster="DefaultCluster",node_id,node_type="broker",processor="consumer_manager"}`: "no such pool: run on the loop, or by admin",
	`rocketmq_processor_watermark{cluster="DefaultCluster",node_id,node_type="broker",processor="heartbeat"}`:        "no such pool: run on the loop, or by admin",
	`rocketmq_processor_watermark{cluster="DefaultCluster",node_id,node_type="broker",processor="lite_pull"}`:        "no such pool: run on the loop, or by pull",
	`rocketmq_processor_watermark{cluster="DefaultCluster",node_id,node_type="broker",processor="reply"}`:            "no such pool: run by send",
	`rocketmq_processor_watermark{cluster="DefaultCluster",node_id,node_type="broker",processor="transaction"}`:      "no such pool: run by send",
}

// listed returns the line of untold that is about a kind, "" without one.
func listed(kind string) string {
	for line := range untold {
		if strings.HasPrefix(kind, line) {
			return line
		}
	}
	return ""
}

func like(all map[string]string, kind string) []string {
	name, _, _ := strings.Cut(kind, "{")
	list := slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(s string) bool { return !strings.HasPrefix(s, name+"{") })
	return list[:min(len(list), 4)]
}

// only is what only OpenTelemetry adds.
var only = regexp.MustCompile(`otel_scope_name="[^"]*",?`)

// bound is that of a histogram, which each exporter writes in its own way.
var bound = regexp.MustCompile(`le="([0-9.e+]+)"`)

func plainBound(label string) string {
	n, err := strconv.ParseFloat(bound.FindStringSubmatch(label)[1], 64)
	if err != nil {
		return label
	}
	return fmt.Sprintf("le=%q", fmt.Sprint(int64(n)))
}

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
		list := strings.Split(strings.Trim(bound.ReplaceAllStringFunc(only.ReplaceAllString(labels, ""), plainBound), ","), ",")
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
