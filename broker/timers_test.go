package broker

import (
	"context"
	"errors"
	"testing"

	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// The hooks of timers and delays, one behind the other: a time goes to the timers, unless there is a level.
func TestTimersHook(t *testing.T) {
	s, err := store.Open(vfs.NewMem(), store.Options{LogFileSize: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	b := wired(bind(t))
	b.opts.FS, b.store = vfs.NewMem(), s
	if err := b.openTimers(); err != nil {
		t.Fatal(err)
	}
	hooks := []send.Hook{timers{b.timers}, delays{b.cfg.delayLevels()}}
	for props, want := range map[string]struct {
		left  send.Asks
		topic string
		code  int32
	}{
		"TIMER_DELAY_MS\x015000\x02":                          {0, record.TopicTimer, 0},
		"TIMER_DELAY_MS\x015000\x02TRAN_MSG\x01true\x02":      {send.AsksTransaction, record.TopicTimer, 0},
		"TIMER_DELAY_MS\x015000\x02DELAY\x012\x02":            {0, record.TopicSchedule, 0},
		"TIMER_DELIVER_MS\x015\x02":                           {0, "T", 0},
		"TIMER_DELAY_SEC\x019999999\x02":                      {0, "T", protocol.MessageIllegal},
		"k\x01v\x02":                                          {0, "T", 0},
		"TIMER_DELAY_SEC\x015\x02TIMER_OUT_MS\x011795230\x02": {0, "T", 0},
	} {
		m := record.Message{Topic: []byte("T"), Properties: []byte(props)}
		left, err := send.AsksOf(m.Properties), error(nil)
		for _, hook := range hooks {
			if left, err = hook.BeforePut(&m, left); err != nil {
				break
			}
		}
		var refused *remoting.Error
		if want.code != 0 {
			if !errors.As(err, &refused) || refused.Code != want.code {
				t.Errorf("%q: got %v, want code %d", props, err, want.code)
			}
			continue
		}
		if err != nil || left != want.left || string(m.Topic) != want.topic {
			t.Errorf("%q: to %s, %q left, %v, want %s and %q", props, m.Topic, left, err, want.topic, want.left)
		}
	}
	if err := errors.Join(b.timers.Close(context.Background()), s.Close()); err != nil {
		t.Error(err)
	}
}
