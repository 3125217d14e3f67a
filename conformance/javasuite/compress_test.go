//go:build conformance

package javasuite_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

var shortLevels = map[string]string{"messageDelayLevel": "1s 2s"}

// Bodies that Java's clients compress come back whole and still compressed, whatever way they take.
func TestCompressedBodies(t *testing.T) {
	g := process.Run(t, process.Options{Set: shortLevels})
	t.Run("clients", func(t *testing.T) {
		for _, client := range javasuite.Clients("Compressing") {
			t.Run(client.Name(), func(t *testing.T) {
				t.Parallel()
				compressing(t, client, g.Namesrv)
			})
		}
	})
}

func compressing(t *testing.T, client javasuite.Client, namesrv string) {
	t.Helper()
	props := map[string]string{"rocketmq.client.rebalance.waitInterval": "2000"} // 5.3.3 may begin to consume at its second rebalance
	maps.Copy(props, client.Props())
	r := javaenv.RunClient(t, client.Module, "Compressing", props, "--namesrv", namesrv, "--prefix", "Z-"+client.Name())
	t.Logf("%s", r.Line)
}

// The very bytes that Java's compressors make are what is stored and given out, at once and after a delay.
func TestCompressedBytes(t *testing.T) {
	type form struct {
		SysFlag int32
		Base64  []byte
	}
	var facts struct {
		Bodies []struct {
			Name            string
			LZ4, ZSTD, ZLIB form
		}
	}
	golden.Facts(t, "compress", &facts)
	g := process.Run(t, process.Options{Set: shortLevels})
	recorder.MustCreateTopic(t, g.Broker, "Compressed", 1)
	c := recorder.MustDial(t, g.Broker)
	var want [][]byte
	for _, body := range facts.Bodies {
		for _, f := range []form{body.LZ4, body.ZSTD, body.ZLIB} {
			for level := range 2 {
				h := protocol.SendRequestV2{
					ProducerGroup: []byte("P"), Topic: []byte("Compressed"), DefaultTopic: []byte(record.TopicAutoCreate), DefaultTopicQueueNums: 1,
					SysFlag: f.SysFlag, BornTimestamp: time.Now().UnixMilli(),
				}
				if level > 0 {
					h.Properties = record.AppendProperty(nil, record.PropDelayLevel, strconv.Itoa(level))
				}
				if answer, err := c.Call(protocol.SendMessageV2, &h, f.Base64); err != nil || answer.Code != protocol.Success {
					t.Fatalf("%s: %v, %v", body.Name, answer, err)
				}
				want = append(want, f.Base64)
			}
		}
	}
	if len(want) == 0 {
		t.Fatal("no bodies")
	}
	var got [][]byte
	until(t, fmt.Sprintf("%d bodies", len(want)), func() bool {
		got = nil
		for _, s := range recorder.MustReadAll(t, g.Broker, "Compressed", 1)[recorder.Queue{Topic: "Compressed"}] {
			got = append(got, s.Body)
		}
		return len(got) >= len(want)
	})
	slices.SortFunc(got, bytes.Compare)
	slices.SortFunc(want, bytes.Compare)
	if !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("%d bodies, want the %d that were sent, byte by byte", len(got), len(want))
	}
}
