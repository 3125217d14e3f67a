package store_test

import (
	"testing"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/retention"
)

// What is changed holds from the next round on, and zero values are the defaults again.
func TestSetRetention(t *testing.T) {
	k := keeping(t, func(o *store.Options) { o.Retention.Batch = 1 })
	k.fill(300)
	k.pass(10 * time.Hour)
	k.clean("by the rules of the start", 0)
	k.s.SetRetention(retention.Rules{Keep: 9 * time.Hour, Hours: 1<<24 - 1, Batch: 2})
	k.clean("kept for nine hours, deleted at any of them", 2)
	k.s.SetRetention(retention.Rules{Hours: 1<<24 - 1})
	k.clean("kept for 72 hours again", 2)
	closeStore(t, k.s)
}
