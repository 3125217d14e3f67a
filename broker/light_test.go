package broker

import (
	"testing"

	"github.com/gannetmq/gannet/broker/stats"
)

// With enableLmq every name of a light queue is a topic and a group, and all of them count as one.
func TestLightNamesAreOneAccount(t *testing.T) {
	b := &Broker{stats: stats.New(stats.Options{}), cfg: &Config{Light: true}}
	if _, folds := b.tally().(lightStats); !folds {
		t.Error("accounts of light queues are kept apart")
	}
	b.cfg.LightStats = true
	if _, folds := b.tally().(lightStats); folds {
		t.Error("enableLmqStats has no effect")
	}
	for name, want := range map[string]string{"%LMQ%a": "%LMQ%", "%LMQ%": "%LMQ%", "T": "T", "%RETRY%a": "%RETRY%a"} {
		if got := string(fold([]byte(name))); got != want {
			t.Errorf("%s counts as %s, want %s", name, got, want)
		}
	}
}
