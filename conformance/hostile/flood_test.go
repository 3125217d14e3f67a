//go:build conformance

package hostile

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// A million requests with codes that nobody serves, over one connection, are all answered.
func TestUnknownCodesFlood(t *testing.T) {
	const total, batch = 1_000_000, 5000
	attack(t, limits{memory: 96 * mib}, func(v *victim) {
		p := dial(t, v.Broker)
		requests := pipelined(batch, func(i int32) []byte { return request(60_000+i, i, 0, nil, nil) })
		began := time.Now()
		var writing sync.WaitGroup
		writing.Go(func() {
			for range total / batch {
				p.send(requests)
			}
		})
		for i := range total {
			a, err := p.receive()
			if err != nil {
				t.Fatalf("answer %d: %v", i, err)
			}
			if a.code != protocol.RequestCodeNotSupported {
				t.Fatalf("answer %d: code %d, want %d", i, a.code, protocol.RequestCodeNotSupported)
			}
		}
		writing.Wait()
		t.Logf("%d requests in %v", total, time.Since(began).Round(time.Millisecond))
		if n := v.metric("gannet_requests_unknown_total"); n != total {
			t.Errorf("gannet_requests_unknown_total is %v, want %d", n, total)
		}
	})
}

// Ten thousand connections in two seconds, each ended at once, leave nothing behind.
func TestConnectionFlood(t *testing.T) {
	const perSecond, seconds = 5000, 2
	attack(t, limits{memory: 64 * mib}, func(v *victim) {
		began := time.Now()
		failed := 0
		for i := range perSecond * seconds {
			if ahead := time.Duration(i)*time.Second/perSecond - time.Since(began); ahead > 0 {
				<-time.After(ahead)
			}
			conn, err := net.DialTimeout("tcp", v.Broker, patience)
			if err != nil {
				failed++
				continue
			}
			if i%3 == 0 {
				_, _ = conn.Write([]byte("\x00\x00\x00\x10\x00"))
			}
			if i%10 == 0 {
				_ = conn.Close()
			} else {
				reset(conn)
			}
		}
		took := time.Since(began)
		t.Logf("%d connects in %v, %d failed", perSecond*seconds, took.Round(time.Millisecond), failed)
		if failed > 0 {
			t.Errorf("%d connects failed, want none", failed)
		}
		eventually(t, "the flood has gone", func() bool { return v.metric("gannet_connections") == 1 })
		p := dial(t, v.Broker)
		p.want("a newcomer", protocol.GetMaxOffset, queueOf(quietTopic, "0"), nil, 0)
	})
}

// Registrations that nobody needs fill the name server to its bounds, and the log with a line.
func TestRegistrationFlood(t *testing.T) {
	const most, total = 10_000, 15_000
	attack(t, limits{memory: 96 * mib}, func(v *victim) {
		p := dial(t, v.Namesrv)
		body := []byte(`{"topicConfigSerializeWrapper":{"topicConfigTable":{}}}`)
		refused := 0
		for first := 0; first < total; first += 1000 {
			p.send(pipelined(1000, func(i int32) []byte {
				id := fmt.Sprint(first + int(i))
				return request(protocol.RegisterBroker, i, 0, ext{
					"brokerName": fmt.Sprint("evil", (first+int(i))/50), "brokerAddr": "10.0.0.1:" + id, "clusterName": "c", "haServerAddr": "", "brokerId": id,
				}, body)
			}))
			for range 1000 {
				a, err := p.receive()
				if err != nil {
					t.Fatal(err)
				}
				if a.code != 0 {
					refused++
				}
			}
		}
		if want := total - most; refused < want {
			t.Errorf("%d of %d registrations were refused, want at least %d", refused, total, want)
		}
		wantStillRouted(t, v)
		_ = p.Close()
		eventually(t, "the brokers of the connection are gone", func() bool { return v.metric("gannet_namesrv_brokers") == 1 })
	})
}

// With few descriptors, connections beyond the limit are refused, descriptors stay for files, and
// when the crowd has gone the broker accepts again.
func TestFewDescriptors(t *testing.T) {
	const descriptors = 256
	binary, err := process.Build()
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "gannet")
	text := fmt.Sprintf("#!/bin/sh\nulimit -n %d && exec %s \"$@\"\n", descriptors, binary)
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	attack(t, limits{binary: script}, func(v *victim) {
		worker := dial(t, v.Broker)
		var crowd []*peer
		for range 2 * descriptors { // the system accepts, whatever the process does
			crowd = append(crowd, dial(t, v.Broker), dial(t, v.Namesrv))
		}
		eventually(t, "connections are refused", func() bool { return v.metric("gannet_connections_refused_total") > descriptors/2 })
		// Each topic needs files of its own.
		for i := range 40 {
			topic := fmt.Sprintf("Files%d", i)
			worker.want("send to "+topic, protocol.SendMessageV2, sendTo(topic), []byte("body"), 0)
			if m := stored(worker, topic, "0"); string(m.Body) != "body" {
				t.Errorf("%s: got %q", topic, m.Body)
			}
		}
		served := 0
		for _, p := range crowd {
			p.send(request(protocol.GetMaxOffset, 1, 0, queueOf(quietTopic, "0"), nil))
			if a, err := p.receive(); err == nil && a.code == 0 {
				served++
			}
			_ = p.Close()
		}
		if served == 0 || served >= descriptors {
			t.Errorf("%d of %d connections to the broker were served, want some and fewer than %d", served, len(crowd)/2, descriptors)
		}
		eventually(t, "the crowd has gone", func() bool { return v.metric("gannet_connections") <= 2 })
		p := dial(t, v.Broker)
		p.want("a newcomer", protocol.GetMaxOffset, queueOf(quietTopic, "0"), nil, 0)
	})
}

// Names that nobody needs fill tables only to their bounds, and cost what a name costs.
func TestTableFloods(t *testing.T) {
	set := map[string]string{"maxTopics": "60", "maxSubscriptionGroups": "50", "maxConsumerOffsets": "100"}
	attack(t, limits{set: set}, func(v *victim) {
		p := dial(t, v.Broker)
		flood := func(what string, refused int32, ask func(i int) answer) {
			t.Helper()
			full := 0
			for i := range 200 {
				if ask(i).code == refused {
					full++
				}
			}
			if full < 50 {
				t.Errorf("%s: %d of 200 were refused with %d, want the most", what, full, refused)
			}
		}
		flood("topics by use", 17, func(i int) answer {
			return p.ask(protocol.SendMessageV2, sendTo(fmt.Sprintf("Flood%d", i)), []byte("body"))
		})
		flood("topics by hand", 1, func(i int) answer {
			return p.ask(protocol.UpdateAndCreateTopic, createTopic(fmt.Sprintf("Made%d", i)), nil)
		})
		flood("groups by use", 26, func(i int) answer {
			return p.ask(protocol.PullMessage, pullFrom(quietTopic).with("consumerGroup", fmt.Sprintf("Flood%d", i)), nil)
		})
		flood("offsets", 29, func(i int) answer {
			return p.ask(protocol.UpdateConsumerOffset, commitOf(quietTopic, fmt.Sprint(i), "1").with("consumerGroup", "Flood1"), nil)
		})
	})
}

// beat is a heartbeat of one consumer for groups with one subscription each.
func beat(client, tags string, groups ...string) []byte {
	d := &protocol.HeartbeatData{ClientID: client}
	for _, g := range groups {
		d.ConsumerDataSet = append(d.ConsumerDataSet, protocol.ConsumerData{
			GroupName: g, MessageModel: protocol.Broadcasting, // so that nobody is notified
			SubscriptionDataSet: []protocol.SubscriptionData{{Topic: quietTopic, SubString: tags, SubVersion: 1}},
		})
	}
	return fastjson.Append(nil, d)
}

// newcomer checks that a consumer that connects now registers, is listed and pulls.
func (v *victim) newcomer(group string) {
	v.t.Helper()
	p := dial(v.t, v.Broker)
	p.want("heartbeat of "+group, protocol.HeartBeat, ext{}, beat("newcomer", "*", group), 0)
	if a := p.want("members of "+group, protocol.GetConsumerListByGroup, ext{"consumerGroup": group}, nil, 0); !strings.Contains(string(a.body), "newcomer") {
		v.t.Errorf("members of %s: %s, want the newcomer", group, a.body)
	}
	p.want("pull of "+group, protocol.PullMessage, pullFrom(quietTopic).with("consumerGroup", group), nil, 0)
}

// Connections name another group in each heartbeat, with subscriptions as long as they may be and then shorter
// ones, until there is no room for the shortest. Consumers that come later find some.
func TestSubscriptionFlood(t *testing.T) {
	attack(t, limits{memory: 256 * mib, output: mib}, func(v *victim) {
		tags := strings.Repeat("t||", 650_000)
		for range 3 {
			p := dial(t, v.Broker)
			accepted, refused := 0, 0
			for n := len(tags); n > 0; {
				a := p.ask(protocol.HeartBeat, ext{}, beat("attacker", tags[:n], fmt.Sprintf("flood-%d-%d", p.LocalAddr().(*net.TCPAddr).Port, accepted)))
				switch a.code {
				case 0:
					accepted++
				case protocol.SystemError, protocol.InvalidParameter: // no room for so much; so much is never taken
					refused++
					n /= 2
				default:
					t.Fatalf("heartbeat with %d bytes of tags: %d %s", n, a.code, a.remark)
				}
			}
			t.Logf("%d heartbeats accepted, %d refused", accepted, refused)
		}
		v.newcomer("after-the-flood")
	})
}

// Ten thousand groups: in one heartbeat they are refused, over one connection most of them, over ten they are served. A group
// that is made is a line in the log, and so is its topic.
func TestHeartbeatFlood(t *testing.T) {
	const each, conns = 1000, 10
	attack(t, limits{memory: 96 * mib, output: mib}, func(v *victim) {
		crowd := func(conn, n int) []byte {
			d := &protocol.HeartbeatData{ClientID: "crowd"}
			for i := range n {
				d.ProducerDataSet = append(d.ProducerDataSet, protocol.ProducerData{GroupName: fmt.Sprintf("flood-%d-%d", conn, i)})
			}
			return fastjson.Append(nil, d)
		}
		p := dial(t, v.Broker)
		p.want("all in one", protocol.HeartBeat, ext{}, crowd(0, each*conns), protocol.InvalidParameter)
		refused := 0
		for i := range conns {
			if p.ask(protocol.HeartBeat, ext{}, crowd(i, each)).code != 0 {
				refused++
			}
		}
		if refused != conns-2 {
			t.Errorf("%d heartbeats of one connection were refused, want all but two", refused)
		}
		for i := range conns {
			dial(t, v.Broker).want("a heartbeat", protocol.HeartBeat, ext{}, crowd(i, each), 0)
		}
		var groups []string // each of which is made, with a topic
		for i := range each {
			groups = append(groups, fmt.Sprint("flood-", i))
		}
		began := time.Now()
		dial(t, v.Broker).want("consumers", protocol.HeartBeat, ext{}, beat("crowd", "*", groups...), 0)
		t.Logf("%d consumer groups made in %v", each, time.Since(began).Round(time.Millisecond))
		v.newcomer("after-the-flood")
	})
}
