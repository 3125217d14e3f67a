package broker

import (
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/broker/group"
	"github.com/gannetmq/gannet/broker/topic"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/vfs"
)

// Attempts become rarer while they fail, and there are none afterwards.
func TestSaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *saves
		var at []time.Duration
		begun := time.Now()
		left := 7
		s = newSaves(func() error {
			at = append(at, time.Since(begun)/time.Second)
			if left--; left > 0 {
				s.want()
				return errors.New("no room")
			}
			return nil
		}, slog.New(slog.DiscardHandler))
		s.start()
		<-time.After(time.Hour)
		synctest.Wait()
		if len(at) > 0 {
			t.Errorf("attempts after %v s without need", at)
		}
		begun = time.Now()
		s.want()
		s.want()
		<-time.After(time.Hour)
		synctest.Wait()
		if want := []time.Duration{1, 3, 7, 15, 31, 61, 91}; !slices.Equal(at, want) {
			t.Errorf("attempts after %v s, want %v", at, want)
		}
		begun, at = time.Now(), nil
		s.want()
		<-time.After(time.Hour)
		synctest.Wait()
		if want := []time.Duration{1}; !slices.Equal(at, want) {
			t.Errorf("attempts after %v s, want %v", at, want)
		}
		s.want()
		s.close()
	})
}

// A change that could not be written is on the disk soon after the disk takes it, without another change.
func TestFailedSavesAreTriedAgain(t *testing.T) {
	disk := vfs.NewFaulty(vfs.NewMem())
	b := runningOn(t, disk, nil)
	for _, file := range []string{topic.File, group.File} {
		disk.Inject(vfs.Rule{Op: vfs.OpRename, Name: file + "*", Times: 1, Err: syscall.ENOSPC})
	}
	call := consumer(t, b)
	a := call(protocol.UpdateAndCreateTopic, &protocol.CreateTopicRequest{
		Topic: "T", DefaultTopic: "TBW102", ReadQueueNums: 1, WriteQueueNums: 1, Perm: 6, TopicFilterType: protocol.SingleTag,
	}, nil)
	if a.Code == protocol.Success || b.topics.Metrics.SaveFails.Load() != 1 {
		t.Fatalf("%d %s, %d failures: want one", a.Code, a.Remark, b.topics.Metrics.SaveFails.Load())
	}
	call(protocol.GetSubscriptionGroupConfig, &protocol.GroupRequest{Group: "G"}, nil) // makes it
	if n := b.groups.Metrics.SaveFails.Load(); n != 1 {
		t.Fatalf("%d failures to write groups, want 1", n)
	}
	saved := func() bool {
		topics, err := topic.Open(disk, topic.Options{})
		groups, gerr := group.Open(disk, group.Options{})
		if err != nil || gerr != nil {
			t.Fatal(err, gerr)
		}
		return topics.Exists([]byte("T")) && groups.Exists([]byte("G"))
	}
	for deadline := time.Now().Add(10 * time.Second); !saved(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("not written")
		}
	}
}
