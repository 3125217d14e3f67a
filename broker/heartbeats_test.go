package broker

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/broker/group"
	"github.com/gannetmq/gannet/broker/topic"
	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// registry is a name server that counts registrations.
type registry struct{ registrations atomic.Int64 }

func (r *registry) Call(_ context.Context, _ string, m *remoting.Message) (*wire.Command, error) {
	if m.Code == protocol.RegisterBroker {
		r.registrations.Add(1)
	}
	return new(wire.Command), nil
}

// registered starts a broker that the name server knows.
func registered(t testing.TB, disk vfs.FS, r *registry) *Broker {
	t.Helper()
	c := bind(t, "listenPort=0", "vipPortEnable=false", "bindAddress=127.0.0.1", "mappedFileSizeCommitLog=8388608",
		"storePathRootDir=/data/store", "namesrvAddr=ns:9876", "registerNameServerPeriod=60000")
	b, err := Start(Options{
		Config: c, FS: disk, Advertised: netip.MustParseAddr("10.9.8.7"), Caller: r, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for end := time.Now().Add(10 * time.Second); b.registrar.Err() != nil; <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the broker is not registered")
		}
	}
	return b
}

// beatOf is a heartbeat of n consumer groups from number from on.
func beatOf(from, n int) []byte {
	d := protocol.HeartbeatData{ClientID: "c"}
	for i := from; i < from+n; i++ {
		d.ConsumerDataSet = append(d.ConsumerDataSet, protocol.ConsumerData{
			GroupName: fmt.Sprint("G", i), ConsumeType: protocol.ConsumePassively, MessageModel: protocol.Clustering,
			SubscriptionDataSet: []protocol.SubscriptionData{{Topic: "T", SubString: "*"}},
		})
	}
	return fastjson.Append(nil, &d)
}

// However many groups of a heartbeat are new: each table is written once and the broker registers once, and what was
// answered survives a power cut.
func TestOneWriteAHeartbeat(t *testing.T) {
	disk, names := vfs.NewMem(), new(registry)
	var mu sync.Mutex
	written := make(map[string]int)
	disk.OnOp = func(op vfs.Op, name string) {
		if op == vfs.OpRename {
			mu.Lock()
			defer mu.Unlock()
			written[name]++
		}
	}
	b := registered(t, disk, names)
	call := consumer(t, b)
	const groups, heartbeats = 200, 3
	before := names.registrations.Load()
	for i := range heartbeats {
		if a := call(protocol.HeartBeat, nil, beatOf(i*groups, groups)); a.Code != protocol.Success {
			t.Fatalf("heartbeat: %d %s", a.Code, a.Remark)
		}
		cut := disk.Clone(rand.New(rand.NewPCG(1, uint64(i))), vfs.Policy{})
		made, retries := onDisk(t, cut)
		for g := range (i + 1) * groups {
			name := fmt.Sprint("G", g)
			if !made.Exists([]byte(name)) || !retries.Exists([]byte(record.RetryPrefix+name)) {
				t.Fatalf("heartbeat %d was answered without %s on disk", i, name)
			}
		}
	}
	if got := names.registrations.Load() - before; got != heartbeats {
		t.Errorf("%d registrations for %d heartbeats", got, heartbeats)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, file := range []string{group.File, topic.File} {
		if got := written[file+".tmp"]; got != heartbeats {
			t.Errorf("%s was written %d times for %d heartbeats: %v", file, got, heartbeats, written)
		}
	}
}

// onDisk reads the tables of groups and topics.
func onDisk(t *testing.T, disk vfs.FS) (*group.Table, *topic.Table) {
	t.Helper()
	groups, err := group.Open(disk, group.Options{})
	if err != nil {
		t.Fatal(err)
	}
	topics, err := topic.Open(disk, topic.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return groups, topics
}

// BenchmarkNewGroups is a heartbeat with 1,000 new groups where there are 10,000 already, on a disk.
func BenchmarkNewGroups(b *testing.B) {
	const groups, there = 1000, 10_000
	br := registered(b, vfs.NewOS(b.TempDir()), new(registry))
	made := 0
	beat := func() {
		if a := consumer(b, br)(protocol.HeartBeat, nil, beatOf(made, groups)); a.Code != protocol.Success {
			b.Fatalf("heartbeat: %d %s", a.Code, a.Remark)
		}
		made += groups
	}
	for made < there {
		beat()
	}
	for b.Loop() {
		beat()
	}
}

// BenchmarkAmongGroups is a commit, a query and a pull of one group over a connection: how many other groups there are
// must not count.
func BenchmarkAmongGroups(b *testing.B) {
	for _, groups := range []int{10, 10_000} {
		br := registered(b, vfs.NewMem(), new(registry))
		ask := consumer(b, br)
		call := func(code int32, h wire.Header, body []byte) {
			if a := ask(code, h, body); a.Code != protocol.Success && a.Code != protocol.PullNotFound {
				b.Fatalf("code %d: %d %s", code, a.Code, a.Remark)
			}
		}
		call(protocol.UpdateAndCreateTopic, &protocol.CreateTopicRequest{
			Topic: "T", DefaultTopic: "TBW102", ReadQueueNums: 4, WriteQueueNums: 4, Perm: 6, TopicFilterType: protocol.SingleTag,
		}, nil)
		for made := 0; made < groups; made += min(groups, 1000) {
			ask = consumer(b, br) // one connection may have some 2,000 memberships
			call(protocol.HeartBeat, nil, beatOf(made, min(groups, 1000)))
			for i := range min(groups, 1000) {
				call(protocol.UpdateConsumerOffset, &protocol.UpdateOffsetRequest{
					ConsumerGroup: fmt.Append(nil, "G", made+i), Topic: []byte("T"), CommitOffset: 1,
				}, nil)
			}
		}
		g, t := []byte("G5"), []byte("T")
		for name, request := range map[string]func(){
			"commit": func() {
				call(protocol.UpdateConsumerOffset, &protocol.UpdateOffsetRequest{ConsumerGroup: g, Topic: t, CommitOffset: 1}, nil)
			},
			"query": func() {
				call(protocol.QueryConsumerOffset, &protocol.QueryOffsetRequest{ConsumerGroup: g, Topic: t}, nil)
			},
			"pull": func() {
				call(protocol.PullMessage, &protocol.PullRequest{
					ConsumerGroup: g, Topic: t, MaxMsgNums: 32, SysFlag: protocol.PullCommitOffset, CommitOffset: 1, SuspendTimeoutMillis: 1,
				}, nil)
			},
		} {
			b.Run(fmt.Sprintf("groups=%d/%s", groups, name), func(b *testing.B) {
				for b.Loop() {
					request()
				}
			})
		}
	}
}
