package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/image"
	"github.com/gannetmq/gannet/store/vfs"
)

func TestStat(t *testing.T) {
	data := golden.Store(t, "basic-clean")
	out, status, err := runStore(t, "stat", data, "--queues")
	for _, want := range []string{
		"store, closed in order\n", "4 files of 1.0 MiB, log offsets 0 to 3400760\n", "stored 2026-11-21T03:05:57.178Z to 2026-11-21T03:06:07.179Z\n",
		"14 queues of 6 topics, 1693 messages, 16 files,", "\nTopicOne    1       1130      0    1130\n", "\nG_all    TopicOne    1           429\n",
		"\n  0                  offset 701  429\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q", want)
		}
	}
	if status != 0 || t.Failed() {
		t.Errorf("exit %d, %v, got\n%s", status, err, out)
	}
	out, status, err = runStore(t, "stat", data, "--json")
	var s image.Stat
	if err := json.Unmarshal([]byte(out), &s); err != nil || status != 0 {
		t.Fatalf("exit %d, %v, got\n%s", status, err, out)
	}
	if s.Log.End != 3400760 || len(s.Topics) != 6 || len(s.Groups) != 4 {
		t.Errorf("%v, got %+v", err, s)
	}
}

// A directory that somebody has open is told of too.
func TestStatAndDumpBesideABroker(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(vfs.NewOS(dir), store.Options{LogFileSize: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if out, status, err := runStore(t, "stat", dir); status != 0 || !strings.Contains(out, "open in process ") {
		t.Errorf("stat: exit %d, %v, got\n%s", status, err, out)
	}
	if out, status, err := runStore(t, "dump", dir); status != 0 || out != "" {
		t.Errorf("dump: exit %d, %v, got\n%s", status, err, out)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDump(t *testing.T) {
	data := golden.Store(t, "basic-clean")
	out, status, err := runStore(t, "dump", data, "--topic", "TopicZip", "--queue", "0", "--from", "1", "--max", "1", "--body")
	const want = "TopicZip 0 offset 1, log offset 3393355, 310 bytes, body 49, stored 2026-11-21T03:06:03.304Z, " +
		"born 2026-11-21T03:06:03.297Z at 127.0.0.1:53960, compressed\n" +
		"  MSG_REGION=DefaultRegion\n  UNIQ_KEY=FD0000000000000000000000000000025BD330946E0967A986A0068A\n" +
		"  CLUSTER=DefaultCluster\n  TAGS=ZLIB\n  KEYS=zip-ZLIB\n  WAIT=true\n  TRACE_ON=true\n" +
		"  | 00000000  78 5e ed c6 31 0d 00 20  0c 00 30 2b b3 80 05 be  |x^..1.. ..0+....|\n"
	if status != 0 || !strings.HasPrefix(out, want) {
		t.Errorf("exit %d, %v, got\n%swant\n%s", status, err, out, want)
	}
	out, status, err = runStore(t, "dump", data, "--from", "291", "--max", "1", "--json", "--body")
	var m dumped
	if err := json.Unmarshal([]byte(out), &m); err != nil || status != 0 {
		t.Fatalf("exit %d, %v, got\n%s", status, err, out)
	}
	if m.LogOffset != 291 || m.Topic != "TopicA" || m.QueueID != 1 || m.QueueOffset != 0 || m.OffsetID != "7F000001000074D70000000000000123" ||
		len(m.Body) != 38 || m.Properties["KEYS"] != "key1 key2" || m.StoreTime != 1795230357579 {
		t.Errorf("%v, got %+v", err, m)
	}
	if out, _, _ := runStore(t, "dump", data, "--max", "0"); strings.Count(out, "log offset ") != 1693 {
		t.Errorf("got %d messages, want 1693", strings.Count(out, "log offset "))
	}
}

func TestDumpTellsOfDamage(t *testing.T) {
	data := golden.Store(t, "basic-clean")
	f, err := os.OpenFile(filepath.Join(data, "store", "commitlog", "00000000000000000000"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("x"), 291+95); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	out, status, err := runStore(t, "dump", data, "--max", "3")
	if status != exitError || !errors.Is(err, errUnreadable) || !strings.Contains(out, "log offset 291\n  damaged: ") || !strings.Contains(out, "TopicA 2 offset 0") {
		t.Errorf("exit %d, %v, got\n%s", status, err, out)
	}
}

func TestStatAndDumpUsage(t *testing.T) {
	data, empty := golden.Store(t, "api-put"), t.TempDir()
	for name, args := range map[string][]string{
		"no directory":   {"stat"},
		"absent":         {"stat", filepath.Join(empty, "absent")},
		"no store in it": {"dump", empty},
		"no such config": {"dump", data, "-c", filepath.Join(empty, "absent.conf")},
		"no topic":       {"dump", data, "--queue", "1"},
		"timers of one":  {"dump", data, "--timers", "--topic", "T"},
	} {
		if out, status, err := runStore(t, args...); status != exitUsage {
			t.Errorf("%s: exit %d, %v, want %d; got\n%s", name, status, err, exitUsage, out)
		}
	}
	if out, status, err := runStore(t, "dump", data, "--from", "1"); status != exitError || !errors.Is(err, image.ErrNoRecord) {
		t.Errorf("inside a message: exit %d, %v, got\n%s", status, err, out)
	}
}

// What waits is told in the order in which it is due.
func TestTimers(t *testing.T) {
	data := golden.Store(t, "delay-tx-timer")
	out, status, err := runStore(t, "stat", data)
	const want = "\ntimer         136 messages waiting, delivered up to 2026-11-21T03:35:42.000Z, 2 files, 10.2 KiB\n" +
		"              due 2026-11-21T04:34:37.000Z to 2026-11-22T03:34:37.000Z\n"
	if status != 0 || !strings.Contains(out, want) {
		t.Errorf("stat: exit %d, %v, got\n%swant\n%s", status, err, out, want)
	}
	out, status, err = runStore(t, "dump", data, "--timers", "--max", "0", "--json")
	var due int64
	n, back, roll := 0, 0, 0
	for line := range strings.Lines(out) {
		var m dumped
		if err := json.Unmarshal([]byte(line), &m); err != nil || m.Due < due || m.Topic != "rmq_sys_wheel_timer" {
			t.Fatalf("%v, behind %d: %s", err, due, line)
		}
		due = m.Due
		n++
		if m.TakeBack {
			back++
		}
		if m.Roll {
			roll++
		}
	}
	if status != 0 || n != 136 || back != 1 || roll != 1 {
		t.Errorf("dump: exit %d, %v: %d messages, %d take another back, %d roll; want 136, 1, 1", status, err, n, back, roll)
	}
	for _, want := range []string{"due 2026-11-21T04:34:37.000Z, log offset 4549, rmq_sys_wheel_timer 0 offset 3, ", "takes another back at 2026-11-21T04:34:38.000Z, "} {
		if out, _, _ := runStore(t, "dump", data, "--timers"); !strings.Contains(out, want) {
			t.Errorf("want %q in\n%s", want, out)
		}
	}
	out, status, err = runVerify(t, data, "-c", filepath.Join(data, "broker.conf"))
	if status != 0 || !strings.Contains(out, "136 messages waiting for 17 moments") {
		t.Errorf("verify with the image's own configuration: exit %d, %v, got\n%s", status, err, out)
	}
	if out, status, _ := runVerify(t, data, "-c", filepath.Join(data, "broker.conf"), "--set", "timerPrecisionMs=100"); status != exitError ||
		!strings.Contains(out, "slots of another length") {
		t.Errorf("verify with another precision: exit %d, got\n%s", status, out)
	}
}

func TestBatchQueues(t *testing.T) {
	data := golden.Store(t, "light-queues")
	out, status, err := runStore(t, "dump", data, "--topic", "TopicBcq", "--queue", "0", "--from", "5", "--max", "1")
	if status != 0 || !strings.HasPrefix(out, "TopicBcq 0 offset 4, 5 messages, log offset 16128, 1042 bytes, ") {
		t.Errorf("dump: exit %d, %v, got\n%s", status, err, out)
	}
	out, status, err = runStore(t, "stat", data, "--queues")
	if status != 0 || !strings.Contains(out, "\n  1          batches  42        0    42\n") {
		t.Errorf("stat: exit %d, %v, got\n%s", status, err, out)
	}
}
