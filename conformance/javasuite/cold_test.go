//go:build conformance

package javasuite_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Groups that have read enough old messages for now are put off, and come to all of them in the end.
func TestCold(t *testing.T) {
	t.Parallel() // it mostly waits
	g := process.Run(t, process.Options{Set: coldConf})
	clients := javasuite.Clients("Cold")
	makeCold(t, g.Broker, clients)
	for _, client := range clients {
		t.Run(client.Name(), func(t *testing.T) {
			t.Parallel()
			cold(t, client, g.Namesrv, coldRemark+": group GROUP read ")
		})
	}
}

// coldConf has messages be cold as early as can be, and a group put off after one pull.
var coldConf = map[string]string{
	"coldDataFlowControlEnable": "true", "cgColdReadThreshold": "1", "accessMessageInMemoryHotRatio": "1", "mappedFileSizeCommitLog": "67108864",
}

const (
	coldRemark = "This consumer group is reading cold data. It has been flow control"
	coldCount  = 24 // old messages of each topic
)

func coldTopic(client javasuite.Client) string { return "Cold-" + client.Name() }

func cold(t *testing.T, client javasuite.Client, namesrv, cause string) {
	t.Helper()
	r := javaenv.RunClient(t, client.Module, "Cold", client.Props(), "--namesrv", namesrv, "--prefix", coldTopic(client),
		"--topic", coldTopic(client), "--count", fmt.Sprint(coldCount), "--cause", cause)
	t.Logf("%s", r.Line)
}

// makeCold sends messages, and others until the broker counts a read of the first ones as cold: that takes a hundredth of the machine's
// memory, and with ours as much as it serves from memory in any case.
func makeCold(t *testing.T, broker string, clients []javasuite.Client) {
	t.Helper()
	const chunk, most = 16 << 20, 4 << 30
	c := recorder.MustDial(t, broker)
	for _, client := range clients {
		recorder.MustCreateTopic(t, broker, coldTopic(client), 1)
		for i := range coldCount {
			body := fmt.Sprintf("old %d %s", i, strings.Repeat("x", 8000))
			if _, err := c.Send(recorder.Queue{Topic: coldTopic(client)}, []byte(body)); err != nil {
				t.Fatal(err)
			}
		}
	}
	recorder.MustCreateTopic(t, broker, "New", 1)
	grow := func() {
		for range chunk >> 20 {
			if _, err := c.Send(recorder.Queue{Topic: "New"}, make([]byte, 1<<20)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for sent := 0; !readsCold(t, c, coldTopic(clients[0])); sent += chunk {
		if sent >= most {
			t.Fatalf("nothing is cold after %d bytes", sent)
		}
		grow()
	}
	grow() // what follows the first message is cold too
}

// readsCold reads the first message of a topic, and reports whether the broker counts that as cold.
func readsCold(t *testing.T, c *recorder.Client, topic string) bool {
	t.Helper()
	answer, err := c.Call(protocol.PullMessage, &protocol.PullRequest{
		ConsumerGroup: []byte("probe"), Topic: []byte(topic), MaxMsgNums: 1, SysFlag: protocol.PullSubscription, Subscription: []byte("*"),
	}, nil)
	if err != nil || answer.Code != protocol.Success {
		t.Fatalf("pull: %+v, %v", answer, err)
	}
	if answer, err = c.Call(protocol.GetColdDataFlowCtrInfo, none{}, nil); err != nil || answer.Code != protocol.Success {
		t.Fatalf("2003: %+v, %v", answer, err)
	}
	_, runtime, _ := strings.Cut(string(answer.Body), `"runtimeTable"`)
	return strings.Contains(runtime, `"probe":`)
}

// none is a header without fields.
type none struct{}

func (none) Fields(*wire.Fields) {}
