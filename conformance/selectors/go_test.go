//go:build conformance

package selectors

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
	"github.com/apache/rocketmq-client-go/v2/rlog"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
)

func TestMain(m *testing.M) {
	rlog.SetLogLevel("error")
	process.AtOnce(3)
	os.Exit(m.Run())
}

// each is how many messages a broker is sent; message i has a = i mod 10.
const each = 40

func send(t *testing.T, namesrv, topic string, from int) {
	t.Helper()
	p, err := rocketmq.NewProducer(
		producer.WithNsResolver(primitive.NewPassthroughResolver([]string{namesrv})),
		producer.WithGroupName("P_selectors"), producer.WithInstanceName(fmt.Sprint("p", from)), producer.WithRetry(2),
	)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	defer p.Shutdown()
	for i := from; i < from+each; i++ {
		m := primitive.NewMessage(topic, fmt.Append(nil, i))
		m.WithProperty("a", fmt.Sprint(i%10))
		if r, err := p.SendSync(context.Background(), m); err != nil || r.Status != primitive.SendOK {
			t.Fatalf("send %d: %v, %v", i, r, err)
		}
	}
}

// receive returns the bodies that a new group of the Go client is given, once there are so many and none comes for a second.
func receive(t *testing.T, namesrv, group, topic, expression string, count int) []string {
	t.Helper()
	c, err := rocketmq.NewPushConsumer(
		consumer.WithNsResolver(primitive.NewPassthroughResolver([]string{namesrv})),
		consumer.WithGroupName(group), consumer.WithInstance(group), consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
	)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var got []string
	came := make(chan struct{}, 1000)
	selector := consumer.MessageSelector{Type: consumer.SQL92, Expression: expression}
	err = c.Subscribe(topic, selector, func(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		mu.Lock()
		defer mu.Unlock()
		for _, m := range messages {
			got = append(got, string(m.Body))
			came <- struct{}{}
		}
		return consumer.ConsumeSuccess, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Shutdown()
	for n, limit := 0, time.After(time.Minute); ; {
		var quiet <-chan time.Time
		if n >= count {
			quiet = time.After(time.Second)
		}
		select {
		case <-came:
			n++
			continue
		case <-quiet:
		case <-limit:
		}
		break
	}
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(got)
	return slices.Compact(got)
}

// wanted is the bodies in [from, to) for which a is between 3 and 5.
func wanted(from, to int) (bodies []string) {
	for i := from; i < to; i++ {
		if a := i % 10; a >= 3 && a <= 5 {
			bodies = append(bodies, fmt.Sprint(i))
		}
	}
	slices.Sort(bodies)
	return bodies
}

// TestDirectories: what we and Java write in turn, with extensions of the queues and bit maps for filters, is opened by the
// other and filtered there.
func TestDirectories(t *testing.T) {
	conf := map[string]string{
		"enablePropertyFilter": "true", "enableConsumeQueueExt": "true", "enableCalcFilterBitMap": "true",
		"mappedFileSizeConsumeQueueExt": "65536", "mappedFileSizeCommitLog": "16777216", "mappedFileSizeConsumeQueue": "200000",
	}
	const topic, expression = "Selectors", "a BETWEEN 3 AND 5"
	dir := t.TempDir()
	check := func(where, namesrv, group string, from, to int) {
		t.Helper()
		want := wanted(from, to)
		if got := receive(t, namesrv, group, topic, expression, len(want)); !slices.Equal(got, want) {
			t.Errorf("%s: group %s got %q, want %q", where, group, got, want)
		}
	}
	ours := process.Run(t, process.Options{Dir: dir, Set: conf})
	send(t, ours.Namesrv, topic, 0)
	check("ours", ours.Namesrv, "G1", 0, each)
	send(t, ours.Namesrv, topic, each) // with bit maps of G1
	if err := ours.Stop(); err != nil {
		t.Fatal(err)
	}
	if exit, sum := javaenv.StoreDump(t, filepath.Join(dir, "store"), "--expect-clean", "--set", "enableConsumeQueueExt=true"); exit != 0 {
		t.Errorf("Java opens our directory with exit %d: %+v", exit, sum)
	}
	files, err := os.ReadFile(filepath.Join(dir, "store/config/consumerFilter.json"))
	if err != nil || !strings.Contains(string(files), expression) {
		t.Errorf("consumerFilter.json: %s, %v", files, err)
	}

	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	java := javaenv.StartBroker(t, javaenv.Options{Dir: dir, Namesrv: ns.Addr, Conf: conf})
	check("Java", ns.Addr, "G2", 0, 2*each)
	send(t, ns.Addr, topic, 2*each)
	javaenv.Kill(t, java)

	again := process.Run(t, process.Options{Dir: dir, Set: conf})
	check("ours again", again.Namesrv, "G1", each, 3*each) // its offsets are in the directory
	check("ours again", again.Namesrv, "G3", 0, 3*each)
	if err := again.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}
