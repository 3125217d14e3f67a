package clients

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// surveyed is clients that answer after a while.
type surveyed struct {
	body             string
	now, most, asked atomic.Int64
}

func (c *surveyed) Push(remoting.Peer, *remoting.Message) error { return nil }

func (c *surveyed) Call(ctx context.Context, _ remoting.Peer, _ *remoting.Message) (*wire.Command, error) {
	c.asked.Add(1)
	for n := c.now.Add(1); ; {
		most := c.most.Load()
		if n <= most || c.most.CompareAndSwap(most, n) {
			break
		}
	}
	defer c.now.Add(-1)
	select {
	case <-time.After(time.Millisecond):
	case <-ctx.Done():
	}
	return &wire.Command{Body: []byte(c.body)}, ctx.Err()
}

// survey asks all of a group of so many members and returns how many told of themselves.
func survey(t *testing.T, c *surveyed, members int, log *slog.Logger) (table *Table, told int) {
	t.Helper()
	table, router := serve(t, Options{StatusTimeout: time.Minute, Log: log})
	for i := range members {
		beatOnce(t, table, peer.New(), consumerOf(fmt.Sprint("c", i), "quiet", "T=1"))
	}
	table.Start(c)
	got := peer.New().Ask(t, router, frame(t, 223, &protocol.ConsumerStatusRequest{Topic: "T", Group: "quiet"}, ""))
	if got.Code != protocol.Success {
		t.Fatalf("got %d %s", got.Code, got.Remark)
	}
	table.Close()
	return table, len(read[protocol.ConsumerStatus](t, got.Body).ConsumerTable)
}

// All members of a large group are asked, not all of them at once.
func TestSurveyOfMany(t *testing.T) {
	c := &surveyed{body: "{}"}
	const members = 3 * maxAsked
	_, told := survey(t, c, members, nil)
	if told != members || c.asked.Load() != members || c.most.Load() > maxAsked {
		t.Errorf("%d told, %d were asked, %d at once; want all %d, at most %d at once", told, c.asked.Load(), c.most.Load(), members, maxAsked)
	}
}

// However many members do not tell, the log gets a line.
func TestSurveyLogsOnce(t *testing.T) {
	var log bytes.Buffer
	c := &surveyed{body: "none"}
	if _, told := survey(t, c, 50, slog.New(slog.NewTextHandler(&log, nil))); told != 0 {
		t.Errorf("%d told, want none", told)
	}
	if n := strings.Count(log.String(), "did not tell"); n != 1 {
		t.Errorf("%d lines, want 1:\n%s", n, &log)
	}
}

// What clients tell is kept as long as there is room, which is given back.
func TestSurveyInBoundedMemory(t *testing.T) {
	const size = 5 << 20
	c := &surveyed{body: "{" + strings.Repeat(" ", size-2) + "}"}
	table, told := survey(t, c, 8, nil)
	if want := maxSurveyBytes / (4 * size); told != want {
		t.Errorf("%d told, want %d", told, want)
	}
	if bytes, refused := table.Relayed(); bytes != 0 || refused != 8-maxSurveyBytes/(4*size) {
		t.Errorf("%d bytes are kept after the answer, %d refused", bytes, refused)
	}
}
