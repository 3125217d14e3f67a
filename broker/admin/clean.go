package admin

import (
	"log/slog"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Java: AdminBrokerProcessor.cleanExpiredConsumeQueue, deleteExpiredCommitLog.
//
//	306 CLEAN_EXPIRED_CONSUMEQUEUE  queues that have no messages any more, but of the broker's own topics
//	329 DELETE_EXPIRED_COMMITLOG    files of the log that are old enough, at any hour; answered before it is done

// Files are the store's.
type Files interface {
	// CleanExpiredQueues removes queues without messages, of topics that spare does not keep.
	CleanExpiredQueues(spare func(topic string) bool) (queues int, err error)
	// DeleteExpired does not wait.
	DeleteExpired() error
}

// Cleaner has the store delete what has expired.
type Cleaner struct {
	Files Files
	Spare func(topic string) bool // topics whose queues stay
	Log   *slog.Logger
}

// Routes returns the rows of 306 and 329. The first waits for the disk, so both run on pool.
func (c *Cleaner) Routes(pool *remoting.Pool) []remoting.Route {
	access := remoting.Access{Action: remoting.ActionUpdate, Resources: remoting.EveryCluster}
	return []remoting.Route{
		{Code: protocol.CleanExpiredConsumeQueue, Run: pool, Access: access, Handle: remoting.Plain(c.queues)},
		{Code: protocol.DeleteExpiredCommitLog, Run: pool, Access: access, Handle: remoting.Plain(c.log)},
	}
}

func (c *Cleaner) queues(r *remoting.Request) (remoting.Reply, error) {
	n, err := c.Files.CleanExpiredQueues(c.Spare)
	c.Log.Info("queues without messages removed", "queues", n, "by", r.Peer.RemoteAddr())
	return remoting.Reply{}, err
}

func (c *Cleaner) log(r *remoting.Request) (remoting.Reply, error) {
	c.Log.Info("expired files of the log are to be deleted", "by", r.Peer.RemoteAddr())
	return remoting.Reply{}, c.Files.DeleteExpired()
}
