package verify_test

import (
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store/timer"
	"github.com/gannetmq/gannet/store/verify"
)

const (
	timerLog  = "timerlog/00000000000000005200"
	timerUnit = 52
	timerPos  = 6708 - 5200 // in that file, of an entry amid a chain
)

// timerDamages are done to Java's image delay-tx-timer.
func timerDamages() []damage {
	return []damage{
		{"the place of a message", func(t testing.TB, root string) {
			patch(t, root, timerLog, timerPos+28, binary.BigEndian.AppendUint64(nil, 5))
		}, verify.Damaged, []string{timerLog + " at 1508: no message of ", "begins at log offset 5"}},
		{"a place behind the log", func(t testing.TB, root string) {
			patch(t, root, timerLog, timerPos+28, binary.BigEndian.AppendUint64(nil, 1<<40))
		}, verify.Damaged, []string{"begins at log offset 1099511627776"}},
		{"the entry in front, in the chain", func(t testing.TB, root string) {
			patch(t, root, timerLog, timerPos+4, binary.BigEndian.AppendUint64(nil, 5200-7))
		}, verify.Damaged, []string{"timerlog: entries of ", "are lost"}},
		{"the moment of an entry", func(t testing.TB, root string) { patch(t, root, timerLog, timerPos+24, []byte{0, 1}) },
			verify.Damaged, []string{"are lost: timer: no entry of the timer log of this moment at 6708"}},
		{"an entry in the middle that the next start reads", func(t testing.TB, root string) { patch(t, root, timerLog, 10*timerUnit, make([]byte, timerUnit)) },
			verify.Recoverable, []string{"config/timercheck: the timer log has 5720 bytes, and had 8944", "made anew from queue 0 of rmq_sys_wheel_timer"}},
		{"a file of the timer log is gone", func(t testing.TB, root string) { remove(t, root, timerLog) },
			verify.Recoverable, []string{"and had 8944"}},
		{"the first file of the timer log is gone", func(t testing.TB, root string) { remove(t, root, "timerlog/00000000000000000000") },
			verify.Recoverable, []string{"the timer log begins at 5200"}},
		{"the wheel is short", func(t testing.TB, root string) { cut(t, root, "timerwheel", 1000) },
			verify.Recoverable, []string{"timerwheel: missing or of another size, and made anew from the timer log", "136 messages waiting for 17 moments"}},
		{"the wheel is gone", func(t testing.TB, root string) { remove(t, root, "timerwheel") },
			verify.Recoverable, []string{"timerwheel: missing", "136 messages waiting for 17 moments"}},
		{"the checkpoint is gone", func(t testing.TB, root string) { remove(t, root, "config/timercheck") },
			verify.Recoverable, []string{"there is no checkpoint"}},
		{"all of it is gone", func(t testing.TB, root string) {
			for _, name := range []string{"config/timercheck", "timerlog", "timerwheel"} {
				remove(t, root, name)
			}
		}, verify.Recoverable, []string{"there is no checkpoint"}},
		{"a checkpoint ahead of the queue", func(t testing.TB, root string) {
			patch(t, root, "config/timercheck", 16, binary.BigEndian.AppendUint64(nil, 172))
		}, verify.Damaged, []string{"config/timercheck at 16: 172 messages of rmq_sys_wheel_timer are taken up, and its queue ends at 171"}},
		{"the queue is gone, whose messages in the log are not all that it had", func(t testing.TB, root string) {
			remove(t, root, "consumequeue/rmq_sys_wheel_timer")
			patch(t, root, "commitlog/00000000000000000000", 56398+20, binary.BigEndian.AppendUint64(nil, 299)) // its number in the queue
			patch(t, root, "config/timercheck", 16, binary.BigEndian.AppendUint64(nil, 300))
		}, verify.Note, []string{"136 messages waiting for 17 moments"}},
		{"a foreign file", func(t testing.TB, root string) { write(t, root, "timerlog/notes.txt", "x") },
			verify.Note, []string{"not a file of the timer log", "136 messages waiting for 17 moments"}},
	}
}

func TestDamageOfTimers(t *testing.T) {
	for _, d := range timerDamages() {
		t.Run(d.name, func(t *testing.T) {
			root := image(t, "delay-tx-timer")
			d.do(t, root)
			judge(t, verified(t, root, sizes()), d)
		})
	}
}

// What a configuration says is what the next start goes by.
func TestTimerOptions(t *testing.T) {
	for name, c := range map[string]struct {
		timer timer.Options
		want  damage
	}{
		"nothing is told":        {timer.Options{}, damage{severity: verify.Note, want: []string{"136 messages waiting"}}},
		"as it was":              {timer.Options{Precision: 1000, LogFileSize: 5200}, damage{severity: verify.Note, want: []string{"136 messages waiting"}}},
		"slots of other lengths": {timer.Options{Precision: 100, LogFileSize: 5200}, damage{severity: verify.Recoverable, want: []string{"slots of another length"}}},
		"files of another size":  {timer.Options{Precision: 1000, LogFileSize: 10400}, damage{severity: verify.Recoverable, want: []string{"has 5200 bytes"}}},
	} {
		t.Run(name, func(t *testing.T) {
			o := sizes()
			o.Timer = c.timer
			judge(t, verified(t, image(t, "delay-tx-timer"), o), c.want)
		})
	}
}

// Java does not start with a short wheel; without timers nothing is wrong with it.
func TestGoldenDamagesOfTimers(t *testing.T) {
	for _, name := range []string{"timerwheel-short/clean", "timer-lost/clean"} {
		t.Run(name, func(t *testing.T) {
			root := filepath.Join(golden.Damaged(t, name), "store")
			judge(t, verified(t, root, sizes()), damage{severity: verify.Note, want: []string{"1693 messages", "\ntimer         ", "\nclean\n"}})
		})
	}
}
