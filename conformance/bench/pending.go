//go:build conformance

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/bench/result"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/remoting/protocol"
)

const (
	pendingMessages = 1_000_000
	flatMB          = 4 // in use for a second million: less than any note of each would take

	timedMessages = 1000
	timedOver     = 4 * time.Second // from the first to the last of them
	timerSlot     = time.Second     // timerPrecisionMs as it is without configuration

	manyGroups      = 10_000
	groupsOfClients = 100 // that each client has
	groupMB         = 50  // 5 KB a group: its configuration, its retry topic's, the subscription, the offset, and what the tables take
)

// grown runs load, which leaves a million messages that wait, twice on a process that has taken a million ordinary ones, whose buffers
// are as large as they get, and tells how much more memory of its own the first has it take, and how much more the second has in use,
// which is what grows if something is kept of each. what names the messages.
func (b *bench) grown(ctx context.Context, what string, conf map[string]string, load func(*gannet) error) ([]result.Absolute, error) {
	g, err := b.startGannet(ctx, conf)
	if err != nil {
		return nil, err
	}
	defer g.remove()
	ordinary := flood{topic: "Ordinary", queues: 4, count: pendingMessages, properties: func(int) string { return "" }}
	loads := []func(*gannet) error{func(g *gannet) error { return ordinary.send(ctx, g.broker) }, load, load}
	var anon, live [3]float64
	for i, load := range loads {
		if err := load(g); err != nil {
			return nil, err
		}
		if err := pause(ctx, settleTime); err != nil {
			return nil, err
		}
		if _, anon[i], err = memory(g.pid); err != nil {
			return nil, err
		}
		if live[i], err = liveHeap(g); err != nil {
			return nil, err
		}
	}
	b.say("%s: RssAnon in MB %.1f, live heap %.1f", what, anon, live)
	return []result.Absolute{
		one("RssAnon more with a million "+what, "MB", 0, anon[1]-anon[0]), // buffers, and what the collector has not taken yet
		one("live heap more with a second million of them", "MB", flatMB, live[2]-live[1]),
	}, nil
}

// liveHeap is how much the collector found in use when it last looked, in MB: it looks again when there is twice as much (GOGC=100).
func liveHeap(g *gannet) (float64, error) {
	text, _, err := g.process.Get("/metrics")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(text, "\ngo_memstats_next_gc_bytes ")
	goal, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.ParseFloat(goal, 64)
	return n / 2 / 1e6, err
}

// delayedMemory is what a million messages cost that wait for a delay level.
func (b *bench) delayedMemory(ctx context.Context) ([]result.Absolute, error) {
	return b.grown(ctx, "messages that wait for a delay level", nil, func(g *gannet) error {
		return flood{topic: "Delayed", queues: 4, count: pendingMessages, properties: func(int) string {
			return "DELAY\x0118\x02" // two hours
		}}.send(ctx, g.broker)
	})
}

// timedMemory is what a million timed messages cost, and how late others are beside them.
func (b *bench) timedMemory(ctx context.Context) ([]result.Absolute, error) {
	var late float64 // beside the second million
	topics := 0
	grown, err := b.grown(ctx, "timed messages that wait", nil, func(g *gannet) error {
		from := time.Now().Add(time.Hour)
		err := flood{topic: "Timed", queues: 4, count: pendingMessages, properties: func(i int) string {
			return deliverAt(from.Add(time.Duration(i) * time.Millisecond))
		}}.send(ctx, g.broker)
		if err == nil {
			topics++
			late, err = lateness(ctx, g, "Due"+strconv.Itoa(topics))
		}
		return err
	})
	return append(grown, one("p99 lateness of timed messages beside them", "ms", float64(timerSlot.Milliseconds()+10), late)), err
}

func deliverAt(t time.Time) string {
	return "TIMER_DELIVER_MS\x01" + strconv.FormatInt(t.UnixMilli(), 10) + "\x02"
}

// lateness sends messages to a new topic for moments soon to come and answers by how many ms the latest but one in a hundred was stored too late. One
// that comes early is an error.
func lateness(ctx context.Context, g *gannet, topic string) (float64, error) {
	first := time.Now().Add(3 * time.Second)
	due := make([]int64, timedMessages)
	err := flood{topic: topic, queues: 1, count: timedMessages, properties: func(i int) string {
		at := first.Add(time.Duration(i) * timedOver / timedMessages)
		due[i] = at.UnixMilli()
		return "KEYS\x01" + strconv.Itoa(i) + "\x02" + deliverAt(at)
	}}.send(ctx, g.broker)
	if err != nil {
		return 0, err
	}
	if err := pause(ctx, time.Until(first.Add(timedOver+2*timerSlot))); err != nil {
		return 0, err
	}
	c, err := recorder.Dial(g.broker)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	stored, err := c.ReadAll(recorder.Queue{Topic: topic})
	if err != nil {
		return 0, err
	}
	if len(stored) != timedMessages {
		return 0, fmt.Errorf("%d of %d timed messages came", len(stored), timedMessages)
	}
	// Messages come in the order of their moments, so the i-th is the one that asked for due[i].
	late := make([]int64, timedMessages)
	for i, s := range stored {
		if late[i] = s.Time - due[i]; late[i] < 0 {
			return 0, fmt.Errorf("message %d came %d ms early", i, -late[i])
		}
	}
	slices.Sort(late)
	return float64(late[int(math.Ceil(0.99*timedMessages))-1]), nil
}

// halfMemory is what a million halves cost whose producers have said nothing yet.
func (b *bench) halfMemory(ctx context.Context) ([]result.Absolute, error) {
	conf := map[string]string{"transactionTimeOut": "3600000"} // nobody is asked meanwhile
	const prepared = 4                                         // sysFlag TRANSACTION_PREPARED_TYPE
	return b.grown(ctx, "halves undecided", conf, func(g *gannet) error {
		return flood{topic: "Halves", queues: 4, count: pendingMessages, sysFlag: prepared, properties: func(i int) string {
			return "TRAN_MSG\x01true\x02PGROUP\x01flood\x02UNIQ_KEY\x01" + strconv.Itoa(i) + "\x02"
		}}.send(ctx, g.broker)
	})
}

// groupMemory is what consumer groups cost of which each has a member, a subscription and an offset. They are known to the broker from
// the start: one by one, each new group writes the files of all.
func (b *bench) groupMemory(ctx context.Context) ([]result.Absolute, error) {
	before, err := b.withGroups(ctx, 0)
	if err != nil {
		return nil, err
	}
	after, err := b.withGroups(ctx, manyGroups)
	return []result.Absolute{
		one("RssAnon more with 10,000 consumer groups, each with a member, a subscription and an offset", "MB", groupMB, after-before),
	}, err
}

// withGroups is RssAnon of a process in which so many groups consume, in MB.
func (b *bench) withGroups(ctx context.Context, groups int) (float64, error) {
	dir, err := os.MkdirTemp(b.dir, "gannet-")
	if err != nil {
		return 0, err
	}
	if err := knownGroups(filepath.Join(dir, "store", "config"), groups); err != nil {
		return 0, err
	}
	g, err := b.startIn(ctx, dir, nil)
	if err != nil {
		return 0, err
	}
	defer g.remove()
	if _, ok := sendOnce(g.broker, "Grouped"); !ok {
		return 0, fmt.Errorf("the topic was not made")
	}
	for i := range groups / groupsOfClients {
		c, err := recorder.Dial(g.broker)
		if err != nil {
			return 0, err
		}
		defer c.Close()
		if err := join(c, i); err != nil {
			return 0, fmt.Errorf("client %d: %w", i, err)
		}
	}
	if err := pause(ctx, settleTime); err != nil {
		return 0, err
	}
	_, anon, err := memory(g.pid)
	return anon, err
}

func groupName(client, i int) string { return fmt.Sprintf("Group_%d_%d", client, i) }

// knownGroups writes the files in which a broker keeps its groups and their retry topics.
func knownGroups(config string, groups int) error {
	if err := os.MkdirAll(config, 0o755); err != nil {
		return err
	}
	type object = map[string]any
	table, topics := object{}, object{}
	for i := range groups {
		name := groupName(i/groupsOfClients, i%groupsOfClients)
		table[name] = object{"groupName": name}
		retry := "%RETRY%" + name
		topics[retry] = object{"topicName": retry, "readQueueNums": 1, "writeQueueNums": 1, "perm": 6}
	}
	for file, content := range map[string]object{
		"subscriptionGroup.json": {"subscriptionGroupTable": table},
		"topics.json":            {"topicConfigTable": topics},
	} {
		text, err := json.Marshal(content)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(config, file), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// join makes a connection a member of groups of its own, and commits an offset for each.
func join(c *recorder.Client, client int) error {
	beat := protocol.HeartbeatData{ClientID: fmt.Sprintf("127.0.0.1@%d", client)}
	for i := range groupsOfClients {
		beat.ConsumerDataSet = append(beat.ConsumerDataSet, protocol.ConsumerData{
			GroupName: groupName(client, i), ConsumeType: protocol.ConsumePassively, MessageModel: protocol.Clustering,
			SubscriptionDataSet: []protocol.SubscriptionData{{
				Topic: "Grouped", SubString: "TagA || TagB", TagsSet: []string{"TagA", "TagB"}, CodeSet: []int32{2598919, 2598920},
				ExpressionType: protocol.ExpressionTag, SubVersion: time.Now().UnixMilli(),
			}},
		})
	}
	answer, err := c.Call(protocol.HeartBeat, &protocol.BareRequest{}, fastjson.Append(nil, &beat))
	if err == nil && answer.Code != protocol.Success {
		err = &recorder.Refused{Code: answer.Code, Remark: string(answer.Remark)}
	}
	for _, group := range beat.ConsumerDataSet {
		if err != nil {
			return err
		}
		answer, err = c.Call(protocol.UpdateConsumerOffset, &protocol.UpdateOffsetRequest{
			ConsumerGroup: []byte(group.GroupName), Topic: []byte("Grouped"), CommitOffset: 1,
		}, nil)
		if err == nil && answer.Code != protocol.Success {
			err = &recorder.Refused{Code: answer.Code, Remark: string(answer.Remark)}
		}
	}
	return err
}
