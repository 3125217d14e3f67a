//go:build conformance

package goclient

import (
	"strings"
	"testing"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Two namespaces with one name of a topic and of a group: the client puts the namespace before names as Java's does, for retries too.
func TestNamespaces(t *testing.T) {
	t.Parallel()
	g := process.Run(t, process.Options{Set: shortLevels})
	spaces := []string{"one", "two"}
	for _, space := range spaces {
		recorder.MustCreateTopic(t, g.Broker, space+"%GoSpaces", 1)
		recorder.MustCreateTopic(t, g.Broker, "%RETRY%"+space+"%GSpaces", 1)
		p := newProducer(t, g.Namesrv, "PSpaces", producer.WithNamespace(space), producer.WithInstanceName("spaces-"+space))
		send(t, p, primitive.NewMessage("GoSpaces", []byte(space)))
	}
	for _, space := range spaces {
		into, seen := newInbox(), &sightings{of: make(map[string][]sighting)}
		failing(t, g.Namesrv, "GSpaces", "GoSpaces", 2, into, seen, consumer.WithNamespace(space), consumer.WithInstance("spaces-c"+space))
		into.wait(t, 1)
		into.check(t, map[string]bool{space: true})
		for _, topic := range []string{space + "%GoSpaces", "%RETRY%" + space + "%GSpaces"} {
			queue := recorder.Queue{Topic: topic}
			if all := recorder.MustReadAll(t, g.Broker, topic, 1)[queue]; len(all) != 1 || string(all[0].Body) != space {
				t.Errorf("%s holds %v, want what was sent in %s", topic, all, space)
			}
		}
	}
}

// Clients of units send and receive, and tell their unit with their id.
func TestUnitNames(t *testing.T) {
	t.Parallel()
	g := process.Run(t, process.Options{})
	recorder.MustCreateTopic(t, g.Broker, "GoUnits", 1)
	p := newProducer(t, g.Namesrv, "PUnits", producer.WithUnitName("unitA"))
	send(t, p, primitive.NewMessage("GoUnits", []byte("unit")))
	into := newInbox()
	listen(t, g.Namesrv, "GUnits", "GoUnits", into.take, consumer.WithUnitName("unitB"))
	into.wait(t, 1)
	into.check(t, map[string]bool{"unit": true})
	var members protocol.ConsumerList
	ask(t, recorder.MustDial(t, g.Broker), protocol.GetConsumerListByGroup, &protocol.ConsumerGroupRequest{ConsumerGroup: "GUnits"}, &members)
	if all := members.ConsumerIDList; len(all) != 1 || !strings.HasSuffix(all[0], "@unitB") {
		t.Errorf("members %q, want one with its unit", all)
	}
}
