//go:build conformance

package javasuite_test

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/retention"
	"github.com/gannetmq/gannet/store/vfs"
)

// New groups begin where they ask to in queues that do not begin with 0 any more: the broker has no offset for them.
func TestWhereGroupsBeginBehindDeletedMessages(t *testing.T) {
	t.Parallel() // it mostly waits
	clients := javasuite.Clients("Trimmed")
	g := process.Run(t, process.Options{Set: map[string]string{
		"mappedFileSizeCommitLog": strconv.Itoa(logFile), "mappedFileSizeConsumeQueue": strconv.Itoa(queueFile),
	}})
	c := recorder.MustDial(t, g.Broker)
	topic := func(client javasuite.Client) string { return "Trimmed-" + client.Name() }
	for _, client := range clients {
		recorder.MustCreateTopic(t, g.Broker, topic(client), 1)
	}
	for i := range 80 { // of 4 MB in all, a message to each in turn
		for _, client := range clients {
			body := fmt.Sprintf("old %d %s", i, strings.Repeat("x", 4*logFile/80/len(clients)))
			if _, err := c.Send(recorder.Queue{Topic: topic(client)}, []byte(body)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := g.Stop(); err != nil {
		t.Fatal(err)
	}
	trim(t, filepath.Join(g.Dir, "store"))
	again, err := g.Restart(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again.End(t)
	for _, client := range clients {
		t.Run(client.Name(), func(t *testing.T) {
			t.Parallel()
			r := javaenv.RunClient(t, client.Module, "Trimmed", client.Props(), "--namesrv", again.Namesrv,
				"--prefix", topic(client), "--topic", topic(client))
			t.Logf("%s", r.Line)
		})
	}
}

const logFile, queueFile = 1 << 20, 6000

// trim deletes the first two files of a log.
func trim(t *testing.T, dir string) {
	t.Helper()
	s, err := store.Open(vfs.NewOS(dir), store.Options{
		LogFileSize: logFile, QueueFileSize: queueFile, CleanInterval: time.Hour, LogDeletePause: -1, QueueDeletePause: -1,
		Retention: retention.Rules{Keep: -1, Hours: 1 << 24, MaxUsed: 100, ForceUsed: 100, NoForce: true, Batch: 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteExpired(); err != nil {
		t.Fatal(err)
	}
	until(t, "two files fewer", func() bool { return s.Stats().Deleted == 2 })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
