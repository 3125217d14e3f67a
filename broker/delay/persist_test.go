package delay

import (
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/vfs"
)

// content is a file as text; empty if there is none.
func content(t testing.TB, fs vfs.FS, name string) string {
	t.Helper()
	b, _, err := vfs.ReadFile(fs, name, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Java's file is read and written as the same bytes.
func TestGoldenFile(t *testing.T) {
	for _, image := range []string{"delay-tx-timer"} {
		text := content(t, vfs.NewOS(golden.Store(t, image)+"/store"), File)
		f, err := decode([]byte(text))
		if err != nil || len(f.Offsets) < 2 || f.Version.Timestamp == 0 {
			t.Fatalf("%s: %+v, %v", image, f, err)
		}
		if got := string(encode(&f)); got != text {
			t.Errorf("%s: got\n%s\nwant\n%s", image, got, text)
		}
	}
}

// What waits in a directory of Java is delivered, after it stopped and after it was killed.
func TestGoldenImage(t *testing.T) {
	for _, killed := range []bool{false, true} {
		fs := vfs.NewOS(golden.Store(t, "delay-tx-timer") + "/store")
		if killed {
			write(t, fs, "abort", "")
		}
		javas, err := ParseLevels("1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h")
		if err != nil {
			t.Fatal(err)
		}
		b := open(t, fs, Options{Levels: javas})
		var pending int64
		for _, p := range b.Progress() {
			pending += p.End - p.Next
		}
		if pending != 2 {
			t.Errorf("killed %v: %d messages wait, want 2", killed, pending)
		}
		before := len(b.stored(t))
		now := time.Now().UnixMilli()
		for b.round(t.Context(), now) <= now {
		}
		list := b.stored(t)
		for _, c := range list[before:] {
			if topic := string(c.view.Topic); topic != "TopicDelay" || c.view.StoreTime < now {
				t.Errorf("killed %v: delivered to %s at %d", killed, topic, c.view.StoreTime)
			}
		}
		if n := len(list) - before; n != 2 {
			t.Errorf("killed %v: %d messages came, want 2", killed, n)
		}
		b.stop(t)
		if got := content(t, fs, File); !strings.Contains(got, `"offsetTable":{1:3,2:2,3:3,5:1,18:2`) {
			t.Errorf("killed %v: then the file is\n%s", killed, got)
		}
	}
}

// An offset outside of its queue becomes the nearest inside; one of a level that there is not is kept.
func TestClamp(t *testing.T) {
	mem := vfs.NewMem()
	b := open(t, mem, Options{Levels: levels})
	b.send(t, 1, 1)
	b.send(t, 2, 2)
	b.stop(t)
	if err := jsonfile.Store(mem, File, []byte(`{"offsetTable":{1:7,2:-3,9:4}}`)); err != nil {
		t.Fatal(err)
	}
	b = open(t, mem, Options{Levels: levels})
	if p := b.Progress(); len(p) != 2 || p[0] != (Progress{1, 1, 1}) || p[1] != (Progress{2, 0, 1}) {
		t.Errorf("got %+v, want level 1 delivered and level 2 not", p)
	}
	b.moved(&b.levels[1], 1, 1, 0)
	b.stop(t)
	if got, want := content(t, mem, File), `"offsetTable":{1:1,2:1,9:4`; !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant %s", got, want)
	}
}

// Messages of a level that was taken away wait, are told of, and come when the level is back.
func TestLevelTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mem := vfs.NewMem()
		b := start(t, mem, Options{Levels: levels})
		b.send(t, 3, 7)
		b.stop(t)
		var said strings.Builder
		b = start(t, mem, Options{Levels: levels[:2], Log: slog.New(slog.NewTextHandler(&said, nil))})
		<-time.After(2 * time.Minute)
		if got := bodies(b.stored(t)); got != "" || !strings.Contains(said.String(), "level=3 messages=1") {
			t.Errorf("without the level: got %q, said %q", got, said.String())
		}
		b.stop(t)
		b = start(t, mem, Options{Levels: levels})
		<-time.After(time.Second)
		if got := bodies(b.stored(t)); got != "7" {
			t.Errorf("with the level again: got %q, want 7", got)
		}
	})
}

// FuzzFile: whatever a file holds, it is refused, or written again as what was understood.
func FuzzFile(f *testing.F) {
	for _, text := range []string{`{"dataVersion":{"counter":7,"stateVersion":0,"timestamp":1},"offsetTable":{1:3,2:2,18:0}}`,
		`{"offsetTable":{"1":9223372036854775807,-1:-1}}`, `{}`, `{"offsetTable":null}`, `[`, `{"offsetTable":{1:1e99}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		first, err := decode(text)
		if err != nil {
			return
		}
		second, err := decode(encode(&first))
		if err != nil || first.Version != second.Version || !maps.Equal(first.Offsets, second.Offsets) {
			t.Fatalf("%q: read as %+v, then as %+v, %v", text, first, second, err)
		}
	})
}

func TestDamagedFile(t *testing.T) {
	mem := vfs.NewMem()
	for _, c := range []struct {
		main, backup string
		want         error
	}{{`{"offsetTable":{1:`, `{"offsetTable":{1:0}}`, nil}, {`x`, `y`, jsonfile.ErrDamaged}} {
		for name, b := range map[string]string{File: c.main, File + ".bak": c.backup} {
			write(t, mem, name, b)
		}
		s := openStore(t, mem)
		_, err := Open(s, mem, Options{Levels: levels})
		if !errors.Is(err, c.want) {
			t.Errorf("%q and %q: got %v, want %v", c.main, c.backup, err, c.want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// The version rises with each so many deliveries, and slaves are told what the file will say.
func TestVersionAndAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), Options{Levels: levels, VersionStep: 10})
		for i := range 25 {
			b.send(t, 1, i)
			<-time.After(time.Millisecond)
		}
		<-time.After(2 * time.Second)
		f, _, _ := b.snapshot()
		if f.Version.Counter != 2 || f.Version.Timestamp == 0 || f.Offsets[1] != 25 {
			t.Errorf("after 25 deliveries: %+v, want counter 2", f)
		}
		pool := remoting.NewPool("test", 1, 10)
		ask, err := wire.AppendCommand(nil, &wire.Command{Code: protocol.GetAllDelayOffset})
		if err != nil {
			t.Fatal(err)
		}
		got := peer.Ask(t, peer.Router(t, b.Routes(pool)), ask)
		if want := fastjson.Append(nil, f); got.Code != 0 || string(got.Body) != string(want) {
			t.Errorf("45: %d %q, want %s", got.Code, got.Body, want)
		}
		if err := pool.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

// Whenever the power fails, what was on disk is delivered at least once after the restart, and never before its time.
func TestPowerCuts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) {
			mem := vfs.NewMem()
			b := start(t, mem, Options{Levels: levels, FlushEvery: 200 * time.Millisecond})
			var broken *vfs.Mem
			for i := range 60 {
				b.send(t, 1+i%2, i)
				<-time.After(time.Duration(rng.IntN(100)) * time.Millisecond)
			}
			if err := b.store.Synced(t.Context(), b.store.Stats().LogEnd); err != nil {
				t.Fatal(err)
			}
			b.atPut(1+rng.IntN(25), func() { broken = b.cut(mem, seed) })
			<-time.After(10 * time.Second)
			b.stop(t)
			if broken == nil {
				t.Fatal("no delivery after the last message was sent")
			}

			b = start(t, broken, Options{Levels: levels})
			<-time.After(10 * time.Second)
			times := make(map[string]int)
			for _, c := range b.stored(t) {
				times[c.body]++
				i, _ := strconv.Atoi(c.body)
				if due := c.parked + levels[i%2].Milliseconds(); c.stored < due {
					t.Errorf("seed %d: message %d came %d ms before its time", seed, i, due-c.stored)
				}
			}
			for i := range 60 {
				if n := times[strconv.Itoa(i)]; n < 1 || n > 2 {
					t.Errorf("seed %d: message %d came %d times, want 1 or, after the crash, 2", seed, i, n)
				}
			}
		})
	}
}
